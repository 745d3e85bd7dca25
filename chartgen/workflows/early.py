"""Renders that begin before anybody has read the registry: helm takes as long as loading the compiler does.

What lies in charts/ is most likely what the registry stands for; whatever turns out otherwise is rendered again. What
was rendered before is remembered: who asks once asks again, and of a large platform helm takes seconds."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

from chartgen.errors import ChartgenError, ToolError, UsageError
from chartgen.tools import cache, tree
from chartgen.tools.helm import Helm, find_helm
from chartgen.tools.process import Completed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILES = ("values.yaml", "release.yaml")
_NAMESPACE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """One chart with values files (from the repository's root), in a namespace; `name` of its release, where that is
    not the chart's."""

    folder: str
    values: tuple[str, ...]
    namespace: str = _NAMESPACE
    name: str = ""

    @property
    def release(self) -> str:
        """The name of its release."""
        return self.name or self.folder.rpartition("/")[2]


@dataclass(slots=True, kw_only=True)
class Early:
    """The renders of one environment that are under way. `state`: changes with the charts, the values and the helm;
    empty: nothing is to be remembered."""

    root: Path
    environment: str
    helm: str
    state: str = ""
    _threads: dict[Render, Thread] = field(default_factory=dict)
    _ends: dict[Render, Completed | ChartgenError] = field(default_factory=dict)
    _made: list[Render] = field(default_factory=list)
    _program: Helm | None = None
    _beginning: Thread | None = None

    def begin(self) -> None:
        """Looks for a helm, and starts it on each umbrella that lies in charts/, while others go on."""
        self._beginning = Thread(target=self._begin)
        self._beginning.start()

    def _begin(self) -> None:
        unknown = [each for each in _guessed(self.root, self.environment) if not self._recalled(each)]
        if not unknown:
            return
        try:
            self._program = find_helm(self.helm or None)
        except ToolError:  # said when its help is really needed
            return
        for render in unknown:
            self._threads[render] = Thread(target=self._run, args=(self._program, render))
            self._threads[render].start()

    def wanted(self, folder: str, values: tuple[str, ...], namespace: str, release: str) -> Render:
        """The render that is really meant; UsageError when there is no such chart."""
        if not (self.root / folder / "Chart.yaml").is_file():
            raise UsageError(f"{folder} is not there: run `chartgen generate` first")
        name = "" if folder.endswith(f"/{release}") else release
        return Render(folder=folder, values=values, namespace=namespace, name=name)

    def done(self, render: Render) -> Completed:
        """How it ended, begun early or not. ToolError when helm is missing, or cannot be run."""
        self._begun()
        if render in self._threads:
            self._threads[render].join()
        elif render not in self._ends and not self._recalled(render):
            self._run(self._program or find_helm(self.helm or None), render)
        end = self._ends[render]
        if isinstance(end, ChartgenError):
            raise end
        return end

    def wait(self) -> None:
        """Until all have ended, wanted or not."""
        self._begun()
        for thread in self._threads.values():
            thread.join()

    def remember(self) -> None:
        """Keeps what was rendered for the next question; for who knows that the state is still the same."""
        for render in self._made if self.state else ():
            end = self._ends[render]
            if isinstance(end, Completed) and not end.code:
                cache.store(self._name(render), {"key": self._key(render), "text": end.stdout})

    def _recalled(self, render: Render) -> bool:
        found = cache.load(self._name(render)) if self.state else None
        if not isinstance(found, dict) or found.get("key") != self._key(render):
            return False
        self._ends[render] = Completed(argv=(), code=0, stdout=str(found.get("text")), stderr="")
        return True

    def _name(self, render: Render) -> str:
        """One for each umbrella and environment: a render is large."""
        return f"render\0{os.path.realpath(self.root)}\0{self.environment}\0{render.folder}"

    def _key(self, render: Render) -> str:
        parts = (cache.program_digest(), self.state, repr(render))
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()

    def _begun(self) -> None:
        if self._beginning:
            self._beginning.join()

    def _run(self, program: Helm, render: Render) -> None:
        self._made.append(render)
        try:
            self._ends[render] = program.template(
                self.root / render.folder,
                release=render.release,
                values=[self.root / file for file in render.values],
                namespace=render.namespace,
            )
        except ChartgenError as error:
            self._ends[render] = error


@contextmanager
def started(root: Path, environment: str, helm: str, state: str = "") -> Iterator[Early]:
    """Begins to render; charts/ is kept from changing until the end."""
    early = Early(root=root, environment=environment, helm=helm, state=state)
    with tree.reading(str(root)):
        early.begin()
        try:
            yield early
        finally:
            early.wait()


def _guessed(root: Path, environment: str) -> list[Render]:
    values = [f"values/{environment}/{name}" for name in _FILES] if environment else []
    there = tuple(file for file in values if os.path.lexists(root / file))
    try:
        names = sorted(entry.name for entry in os.scandir(root / "charts") if entry.is_dir())
    except OSError:
        return []
    folders = [f"charts/{name}" for name in names]
    return [Render(folder=each, values=there) for each in folders if (root / each / "Chart.yaml").is_file()]
