"""Rules on template text that people wrote: functions that make a render slow, or different each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_ACTION = re.compile(r"\{\{-?\s*(/\*.*?\*/|.*?)-?\}\}", re.DOTALL)
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
_WHY = {
    "tpl": "is slower than linear: a platform's render time would grow with its square",
    "lookup": "asks a cluster: the render would differ between machines",
    "getHostByName": "asks the network: the render would differ between machines",
    **dict.fromkeys(("now", "ago"), "asks the clock: the render would differ each time"),
    **dict.fromkeys(
        (
            "randAlpha", "randAlphaNum", "randAscii", "randBytes", "randInt", "randNumeric", "shuffle", "uuidv4",
            "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert", "genSelfSignedCertWithKey",
            "genSignedCert", "genSignedCertWithKey", "bcrypt", "htpasswd", "encryptAES",
        ),
        "is random: every upgrade would change the object",
    ),
}  # fmt: skip
_WORD = re.compile(rf"(?<![\w.$])({'|'.join(_WHY)})\b")


def template_is_steady(text: str, file: str) -> Iterator[Diagnostic]:
    """CG550: a template calls `tpl`, `lookup`, or a function of chance or time."""
    for action in _ACTION.finditer(text):
        if action[1].startswith("/*"):
            continue
        code = _QUOTED.sub(lambda found: " " * len(found[0]), action[1])
        for call in _WORD.finditer(code):
            start = action.start(1) + call.start()
            line = text.count("\n", 0, start) + 1
            column = start - (text.rfind("\n", 0, start) + 1) + 1
            span = Span(file, line, column, line, column + len(call[1]))
            yield diagnose("CG550", span, f"{call[1]} {_WHY[call[1]]}")
