"""People's own templates, copied as they are into the charts of their services."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span, in_file_order
from chartgen.tools import files
from chartgen.workflows.defines import defines, names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

FOLDER = "overlays"
_WANTED = re.compile(r"overlays/([^/]+)/templates/([A-Za-z0-9_.-]+\.(?:yaml|yml|tpl))")
_BESIDE_THE_POINT = re.compile(r"(?:\..*|README(?:\..*)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlays:
    """What was read: path → bytes (None: cannot be read)."""

    files: dict[str, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One template that is copied: its path, its service, its name in the chart, its text (None: no text)."""

    path: str
    service: str
    name: str
    text: str | None


def read(root: Path) -> Overlays:
    """Every file below overlays/, whether or not it is of use."""
    base = str(root)
    return Overlays(files={path: files.read_inside(base, path) for path in sorted(_walk(base, FOLDER))})


def copied(overlays: Overlays, services: Collection[str]) -> Iterator[Overlay]:
    """Those of the files that get into charts."""
    for path, data in overlays.files.items():
        found = _WANTED.fullmatch(path)
        if found and found[1] in services:
            yield Overlay(path=path, service=found[1], name=found[2], text=_text(data))


def placed(
    overlays: Overlays, homes: Mapping[str, str], generated: Mapping[str, str]
) -> tuple[dict[str, str], list[Diagnostic]]:
    """The files as charts/ gets them, and what is wrong with the rest. `homes`: service → the name of its umbrella."""
    services = sorted(homes)
    tree: dict[str, str] = {}
    folders = {path.split("/")[1] for path in overlays.files if path.count("/") > 1}
    found = [_no_service(folder, services) for folder in sorted(folders - set(services))]
    found += [_no_template(path) for path in overlays.files if not _WANTED.fullmatch(path)]
    for overlay in copied(overlays, services):
        target = f"charts/{homes[overlay.service]}/charts/{overlay.service}/templates/{overlay.name}"
        if overlay.text is None:
            found.append(diagnose("CG609", Span(overlay.path), "this is no UTF-8 text in a file of the repository"))
        if target in generated:
            found.append(_taken(overlay))
        tree[target] = overlay.text or ""
    return tree, in_file_order([*found, *_redefined(copied(overlays, services), generated)])


def _walk(root: str, folder: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(f"{root}/{folder}"))
    except OSError:
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if _BESIDE_THE_POINT.fullmatch(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, path)
        else:
            yield path


def _no_service(folder: str, services: Collection[str]) -> Diagnostic:
    import difflib

    close = difflib.get_close_matches(folder, sorted(services), 1)
    hint = f'did you mean "{close[0]}"?' if close else "overlays/<service>/templates/ holds a service's own templates"
    return diagnose("CG607", Span(f"{FOLDER}/{folder}"), f'overlays for "{folder}", which is no service', hint)


def _no_template(path: str) -> Diagnostic:
    hint = "only overlays/<service>/templates/<name>.yaml and <name>.tpl are"
    return diagnose("CG610", Span(path), "this file is not copied into a chart", hint)


def _taken(overlay: Overlay) -> Diagnostic:
    hint = "give it another name, or change the generated object with `patches` in the registry"
    words = f'the chart of "{overlay.service}" has a generated template {overlay.name}'
    return diagnose("CG608", Span(overlay.path), words, hint)


def _redefined(overlays: Iterable[Overlay], generated: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Definitions that would take the place of a generated one, without a word from helm."""
    found = [place for overlay in overlays if overlay.text for place in defines(overlay.text, overlay.path)]
    ours = names(text for path, text in generated.items() if "/templates/" in path) if found else frozenset()
    for name, span in found:
        if name in ours:
            hint = "give it a name of its own"
            yield diagnose(
                "CG615", span, f'"{name}" is defined by a generated template, and this would replace it', hint
            )


def _text(data: bytes | None) -> str | None:
    if data is None or len(data) > files.MAX_BYTES:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
