"""Puts checkov into an environment of its own."""

from __future__ import annotations

import sys

from scripts.apart import ROOT, Apart

CHECKOV = Apart(package="checkov", lock=ROOT / "requirements-checkov.lock")


def command() -> list[str]:
    """How checkov is started."""
    return [CHECKOV.python(), "-m", "checkov.main"]


if __name__ == "__main__":
    sys.exit(CHECKOV.main())
