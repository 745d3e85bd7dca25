"""People's own templates, copied as they are into the charts of their services."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.tools import files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

FOLDER = "overlays"
_WANTED = re.compile(r"overlays/([^/]+)/templates/([A-Za-z0-9_.-]+\.(?:yaml|yml|tpl))")
_BESIDE_THE_POINT = re.compile(r"(?:\..*|README(?:\..*)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlays:
    """What was read: path → bytes (None: cannot be read)."""

    files: dict[str, bytes | None]


def read(root: Path) -> Overlays:
    """Every file below overlays/, whether or not it is of use."""
    base = str(root)
    return Overlays(files={path: files.read_inside(base, path) for path in sorted(_walk(base, FOLDER))})


def placed(
    overlays: Overlays, platform: str, services: Collection[str], generated: Collection[str]
) -> tuple[dict[str, str], list[Diagnostic]]:
    """The files as charts/ gets them, and what is wrong with the rest."""
    tree: dict[str, str] = {}
    folders = {path.split("/")[1] for path in overlays.files if path.count("/") > 1}
    found = [_no_service(folder, services) for folder in sorted(folders - set(services))]
    for path, data in overlays.files.items():
        name = _WANTED.fullmatch(path)
        if name is None:
            found += _no_template(path)
        elif name[1] in services:
            target = f"charts/{platform}/charts/{name[1]}/templates/{name[2]}"
            text = _text(data)
            found += _mistakes(path, name[1], target, text, generated)
            tree[target] = text or ""
    return tree, found


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


def _no_template(path: str) -> Iterator[Diagnostic]:
    hint = "only overlays/<service>/templates/<name>.yaml and <name>.tpl are"
    yield diagnose("CG610", Span(path), "this file is not copied into a chart", hint)


def _mistakes(
    path: str, service: str, target: str, text: str | None, generated: Collection[str]
) -> Iterator[Diagnostic]:
    if text is None:
        yield diagnose("CG609", Span(path), "this overlay cannot be read as UTF-8 text inside the repository")
    if target in generated:
        hint = "give it another name, or change the generated object with `patches` in the registry"
        name = target.rpartition("/")[2]
        yield diagnose("CG608", Span(path), f'the chart of "{service}" has a generated template {name}', hint)


def _text(data: bytes | None) -> str | None:
    if data is None or len(data) > files.MAX_BYTES:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
