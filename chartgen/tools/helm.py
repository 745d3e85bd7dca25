"""Helm: where it is found, and the two things that chartgen asks of it."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chartgen.errors import ToolError
from chartgen.tools import cache
from chartgen.tools.process import Completed, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MINIMUM = (3, 17, 0)
TIMEOUT = 900.0

_NOWHERE = "/nonexistent/helm"
"""A user's plugins, repositories and kubeconfig must not change what is rendered: only root could make this folder."""

_ENVIRONMENT = {
    "HELM_CACHE_HOME": _NOWHERE,
    "HELM_CONFIG_HOME": _NOWHERE,
    "HELM_DATA_HOME": _NOWHERE,
    "KUBECONFIG": os.devnull,
    "GOGC": "400",
    "GOMEMLIMIT": "1GiB",
}
"""The last two let helm collect its garbage less often: linting 400 subcharts took 4.4 s instead of 5.4 s."""

_HOW_TO_GET_IT = (
    "Install helm 3.17 or later (https://helm.sh/docs/intro/install/), or name it with --helm or CHARTGEN_HELM."
)

Version = tuple[int, int, int]

_MACH_O = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
"""How programs of macOS begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helm:
    """A helm that was found and is new enough."""

    path: str
    version: Version

    def template(
        self,
        chart: Path,
        *,
        release: str,
        values: Sequence[Path] = (),
        namespace: str = "default",
        extra: Sequence[str] = (),
        cwd: Path | None = None,
    ) -> Completed:
        """How `helm template` of the chart ended."""
        return self._run(["template", release, str(chart), "--namespace", namespace, *_values(values), *extra], cwd=cwd)

    def lint(
        self,
        charts: Sequence[Path],
        *,
        values: Sequence[Path] = (),
        extra: Sequence[str] = (),
        cwd: Path | None = None,
    ) -> Completed:
        """How one `helm lint --strict` over all the charts ended; it prints warnings and errors alone."""
        return self._run(["lint", "--strict", "--quiet", *_values(values), *extra, *map(str, charts)], cwd=cwd)

    def _run(self, arguments: Sequence[str], cwd: Path | None) -> Completed:
        return run([self.path, *arguments], cwd=cwd, environment=_ENVIRONMENT, timeout=TIMEOUT)


def find_helm(option: str | None = None, environment: Mapping[str, str] = os.environ) -> Helm:
    """The helm to use: `option` (--helm), CHARTGEN_HELM, PATH, the tools cache; ToolError when none is fit."""
    for source, path in (("--helm", option), ("CHARTGEN_HELM", environment.get("CHARTGEN_HELM"))):
        if path:
            return _demanded(source, path)
    unfit = []
    for path in _candidates(environment):
        version = version_of(path)
        if version >= MINIMUM:
            return Helm(path=path, version=version)
        unfit.append(f"{path} is {_dotted(version)}")
    found = f" ({'; '.join(unfit)})" if unfit else ""
    raise ToolError(f"helm {_dotted(MINIMUM)} or later was not found{found}. {_HOW_TO_GET_IT}")


def candidate(option: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """The program that `find_helm` looks at first; empty when there is none."""
    named = option or environment.get("CHARTGEN_HELM")
    return (shutil.which(named) or "") if named else next(_candidates(environment), "")


def version_of(path: str) -> Version:
    """The version that this helm says it is, now or when the same program was asked before; ToolError when it does not
    say one."""
    stamp = stamp_of(path)
    known = cache.load(f"helm\0{stamp}") if stamp else None
    if isinstance(known, list) and len(known) == 3 and all(isinstance(number, int) for number in known):
        return tuple(known)  # type: ignore[return-value]  # three numbers, as they were stored
    version = _asked(path)
    if stamp:
        cache.store(f"helm\0{stamp}", list(version))
    return version


def stamp_of(path: str) -> str:
    """What stays the same as long as the program does; empty for a script, which may start another one every time."""
    try:
        with open(path, "rb") as file:
            head = file.read(4)
        found = os.stat(path)
    except OSError:
        return ""
    program = head == b"\x7fELF" or head in _MACH_O
    return f"{os.path.realpath(path)}\0{found.st_mtime_ns}\0{found.st_size}\0{found.st_ino}" if program else ""


def _asked(path: str) -> Version:
    done = run([path, "version", "--template", "{{.Version}}"], environment=_ENVIRONMENT)
    found = re.search(r"v?(\d+)\.(\d+)\.(\d+)", done.stdout)
    if done.code:
        raise done.error()
    if not found:
        raise ToolError(f"{path} is no helm: `{path} version` names no version. {_HOW_TO_GET_IT}")
    return int(found[1]), int(found[2]), int(found[3])


def tools_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder where `make` puts fetched tools: <cache>/chartgen/tools."""
    base = environment.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "chartgen" / "tools"


def _demanded(source: str, path: str) -> Helm:
    located = shutil.which(path)
    if located is None:
        raise ToolError(f"{source} names {path}, which is not a program. {_HOW_TO_GET_IT}")
    version = version_of(located)
    if version < MINIMUM:
        raise ToolError(f"{source} names {path}, which is helm {_dotted(version)}. {_HOW_TO_GET_IT}")
    return Helm(path=located, version=version)


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    on_path = shutil.which("helm", path=environment.get("PATH"))
    if on_path is not None:
        yield on_path
    cached = [path for path in (tools_cache(environment) / "helm").glob("*/helm") if path.is_file()]
    yield from (str(path) for path in sorted(cached, key=lambda path: _numbers(path.parent.name), reverse=True))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", text))


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _values(files: Sequence[Path]) -> list[str]:
    return [argument for file in files for argument in ("--values", str(file))]
