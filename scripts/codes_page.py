"""docs/codes.md, made from chartgen/codes/ and the case of each code."""

from __future__ import annotations

from pathlib import Path

from chartgen.codes import CODES, Code

CASES = Path(__file__).parent.parent / "tests" / "cases"
MEANINGS = {
    "CG0": "The file and its YAML",
    "CG1": "Shape",
    "CG2": "Names, references, the graph",
    "CG3": "What a workload means",
    "CG4": "Warnings on a registry",
    "CG5": "Lint of charts and rendered objects",
    "CG6": "Generating",
    "CG7": "Mesh, gateway and proof",
}
HEAD = """\
# Codes

<!-- Made by `make docs` from chartgen/codes/ and tests/cases. Do not edit. -->

Every diagnostic carries a stable code. An error ends the run with exit code 1; a warning does so with `--strict` only.
"""


def text() -> str:
    """The page: the codes by number, each with its explanation and the words of its case."""
    parts = [HEAD]
    group = ""
    for code in sorted(CODES.values(), key=lambda code: code.id):
        if code.id[:3] != group:
            group = code.id[:3]
            parts.append(f"## {group}xx: {MEANINGS[group]}\n")
        parts.append(_section(code))
    return "\n".join(parts)


def _section(code: Code) -> str:
    lines = [f"### {code.id}: {code.title}", "", f"*{code.severity}.* {code.explanation}", ""]
    examples = _examples(code)
    return "\n".join([*lines, *(["For example:", "", *(f"    {line}" for line in examples), ""] if examples else [])])


def _examples(code: Code) -> list[str]:
    """The lines of the first case of the code that speak of it, at most three."""
    for case in sorted(CASES.glob(f"*/{code.id}-*/expected.txt")):
        lines = [line for line in case.read_text(encoding="utf-8").splitlines() if f"[{code.id}]" in line]
        if lines:
            return lines[:3]
    return []
