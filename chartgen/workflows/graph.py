"""The platform's graph as a drawing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from chartgen.diagnostics import Diagnostic
from chartgen.drawing import events
from chartgen.drawing.document import document
from chartgen.drawing.dot import dot
from chartgen.drawing.mermaid import mermaid
from chartgen.drawing.picture import Grouping, Picture, picture
from chartgen.drawing.text import draw, glyphs_for
from chartgen.errors import UsageError
from chartgen.registry.model import Registry
from chartgen.registry.pod import JsonValue
from chartgen.tools import tree
from chartgen.workflows import load


class Form(StrEnum):
    """What a drawing is written as."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How to draw. `events`: topics with their publishers and subscribers, in place of calls. `around`: only these
    services, what they need and who needs them; empty for all. The rest is the terminal's, for text."""

    form: Form = Form.TEXT
    events: bool = False
    grouping: Grouping = Grouping.NONE
    around: tuple[str, ...] = ()
    width: int = 100
    color: bool = False
    encoding: str | None = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The drawing as `text`, or as `result` for JSON; both are empty when the registry has errors."""

    diagnostics: tuple[Diagnostic, ...]
    text: str = ""
    result: JsonValue = None


def run(
    root: Path,
    registry: str = "registry.yaml",
    look: Look = Look(),
    *,
    notice: Callable[[str], None] = lambda _: None,
) -> Drawn:
    """Reads, compiles and draws. UsageError when the registry cannot be read, or has no service of a name asked for."""
    tree.settle(str(root), notice=notice)
    loaded = load.run(root, registry)
    if loaded.registry is None:
        return Drawn(diagnostics=loaded.diagnostics)
    _check_names(loaded.registry, look.around)
    if look.events:
        return _events(loaded.registry, look, loaded.diagnostics)
    scene = picture(loaded.registry, look.around)
    if look.form is Form.JSON:
        return Drawn(diagnostics=loaded.diagnostics, result=document(scene))
    return Drawn(diagnostics=loaded.diagnostics, text=_drawers(look)[look.form](scene))


def _events(registry: Registry, look: Look, diagnostics: tuple[Diagnostic, ...]) -> Drawn:
    drawn = events.streams(registry, look.around)
    if look.form is Form.JSON:
        return Drawn(diagnostics=diagnostics, result=events.document(drawn))
    drawers: dict[Form, Callable[[events.Streams], str]] = {
        Form.TEXT: lambda found: events.text(found, color=look.color, arrow=glyphs_for(look.encoding).waits),
        Form.MERMAID: events.mermaid,
        Form.DOT: events.dot,
    }
    return Drawn(diagnostics=diagnostics, text=drawers[look.form](drawn))


def _drawers(look: Look) -> dict[Form, Callable[[Picture], str]]:
    return {
        Form.TEXT: lambda scene: draw(
            scene, grouping=look.grouping, width=look.width, color=look.color, glyphs=glyphs_for(look.encoding)
        ),
        Form.MERMAID: lambda scene: mermaid(scene, look.grouping),
        Form.DOT: lambda scene: dot(scene, look.grouping),
    }


def _check_names(registry: Registry, names: tuple[str, ...]) -> None:
    known = registry.by_name()
    unknown = [name for name in names if name not in known]
    if unknown:
        import difflib

        close = difflib.get_close_matches(unknown[0], known, n=1)
        raise UsageError(
            f'no service, datastore or external "{unknown[0]}"' + (f' (did you mean "{close[0]}"?)' if close else "")
        )
