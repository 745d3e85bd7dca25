"""`make docs`: writes the pages of docs/ that are made from the program; `--check` says which are stale instead."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from chartgen import manual
from scripts import codes_page, operators_page

ROOT = Path(__file__).parent.parent
PAGES: dict[str, Callable[[], str]] = {
    "docs/registry.md": manual.page,
    "docs/codes.md": codes_page.text,
    "docs/operators.md": operators_page.text,
}


def stale() -> list[str]:
    """The pages that are not what the program says, as paths from the repository's root."""
    return [path for path, text in PAGES.items() if not _holds(ROOT / path, text())]


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or with --check 1 when a page is stale."""
    parser = argparse.ArgumentParser(prog="python -m scripts.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    check = parser.parse_args(arguments).check
    old = stale()
    for path in old:
        print(f"{path}: {'stale, run `make docs`' if check else 'written'}", file=sys.stderr)
        if not check:
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_text(PAGES[path](), encoding="utf-8")
    return 1 if check and old else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
