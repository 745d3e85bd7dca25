"""What helm printed, as objects for a proof: each document is read once, however often it is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chartgen.audit.objects import Document, split
from chartgen.mesh.manifests import Manifests, read_text

if TYPE_CHECKING:
    from chartgen.mesh.model import Problem, Ref, Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The documents that were read so far."""

    known: dict[Document, Manifests] = field(default_factory=dict)

    def read(self, renders: Iterable[tuple[str, Callable[[str], str]]]) -> Manifests:
        """The objects that speak of calls, and what could not be read; with each render, where its templates lie."""
        found = Manifests()
        for text, file in renders:
            for document in split(text):
                one = self.known.get(document)
                if one is None:
                    one = self.known[document] = read_text(document.text, file(document.source))
                found.objects.extend(_placed(one.objects))
                found.problems.extend(_without_lines(one.problems))
        return found


def _placed(objects: Iterable[tuple[Tree, Ref]]) -> Iterator[tuple[Tree, Ref]]:
    """A line of the render is none of the template."""
    return ((data, replace(ref, line=0)) for data, ref in objects)


def _without_lines(problems: Iterable[Problem]) -> Iterator[Problem]:
    return (replace(problem, ref=replace(problem.ref, line=0), where="") for problem in problems)
