"""Puts network-config-analyzer into an environment of its own."""

from __future__ import annotations

import sys

from scripts.apart import ROOT, Apart

ANALYZER = Apart(package="network-config-analyzer", lock=ROOT / "requirements-analyzer.lock")

if __name__ == "__main__":
    sys.exit(ANALYZER.main())
