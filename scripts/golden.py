"""Writes tests/cases/generate/<name>/expected/ anew: the files that each registry there compiles to.

Read the difference before committing it: a golden file that nobody reads proves nothing.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from chartgen import emit
from chartgen.workflows import load

CASES = Path(__file__).resolve().parent.parent / "tests" / "cases" / "generate"


def compiled(case: Path) -> dict[str, str]:
    """Path below the repository's root → text, for a case that compiles. ValueError with its mistakes otherwise."""
    result = load.run(case)
    if result.registry is None:
        raise ValueError(f"{case.name}: {[d.message for d in result.diagnostics]}")
    return dict(sorted(emit.platform(result.registry).items()))


def expected(case: Path) -> dict[str, str]:
    """What is committed for the case."""
    root = case / "expected"
    texts = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in root.rglob("*")
        if path.is_file()
    }
    return dict(sorted(texts.items()))


def main() -> int:
    """0, after every case is written."""
    for case in sorted(path for path in CASES.iterdir() if path.is_dir()):
        shutil.rmtree(case / "expected", ignore_errors=True)
        for name, text in compiled(case).items():
            target = case / "expected" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        print(case.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
