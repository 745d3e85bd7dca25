"""How a rule speaks of a rendered object."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chartgen.audit.objects import Container, Rendered


def about(code: str, thing: Rendered, words: str, hint: str = "") -> Diagnostic:
    """A diagnostic on an object, at the template that rendered it: `Deployment "x" <words>`."""
    return diagnose(code, Span(file=thing.file), f'{thing.kind} "{thing.name}" {words}', hint)


def within(code: str, thing: Rendered, container: Container, words: str, hint: str = "") -> Diagnostic:
    """A diagnostic on a container of an object: `Deployment "x", container "y": <words>`."""
    message = f'{thing.kind} "{thing.name}", container "{container.name}": {words}'
    return diagnose(code, Span(file=thing.file), message, hint)


def repeated(values: Iterable[str]) -> list[str]:
    """Those that occur more than once, in the order of their first occurrence."""
    return [value for value, count in Counter(values).items() if count > 1]
