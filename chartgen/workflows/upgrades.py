"""What an installed release would refuse, or lose sight of, when the charts on disk become those that are wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry.kinds import TRAITS
from chartgen.registry.model import Kind
from chartgen.registry.names import claim
from chartgen.registry.quantity import parse_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from chartgen.tools.tree import Survey

_FOLDER = re.compile(r"(charts/[^/]+/charts/[^/]+)/(?:values\.yaml$|templates/)")
_ACCESS = re.compile(r"name: (\S+)$.*?accessModes:\s+- (\w+)$", re.MULTILINE | re.DOTALL)
_ORPHAN = "before the upgrade, kubectl delete statefulset {} --cascade=orphan: pods and claims stay as they are"
_REFUSED = "an installed release refuses the upgrade"
_KEEP = "keep it, or move the data to a volume of another name"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    size: str
    storage_class: str
    access: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A service's kind, and its claims by the volume's name."""

    kind: Kind
    claims: Mapping[str, _Claim]


def hazards(survey: Survey) -> list[Diagnostic]:
    """A warning for each claim that an upgrade could not change, or would leave behind with its data. To be asked
    before the files are written."""

    def on_disk(path: str) -> str | None:
        try:
            return Path(survey.root, path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def wanted(path: str) -> str | None:
        return survey.contents[path].decode() if path in survey.contents else None

    changed = {_FOLDER.match(path) for path in (*survey.plan.update, *survey.plan.remove)}
    return [
        diagnose(code, Span(f"{folder}/values.yaml"), message, hint)
        for folder in sorted({match[1] for match in changed if match})
        for code, message, hint in _service(folder, on_disk, wanted)
    ]


def _service(
    folder: str, on_disk: Callable[[str], str | None], wanted: Callable[[str], str | None]
) -> Iterator[tuple[str, str, str]]:
    old = _stored(folder, on_disk)
    new = _stored(folder, wanted) if old else None
    if not (old and new):
        return
    name = folder.rpartition("/")[2]
    templates = TRAITS[old.kind].claim_templates
    if templates != TRAITS[new.kind].claim_templates:
        if old.claims:
            yield "CG617", _moved(name, old, new), "copy the data, or keep the kind; the old claims stay until deleted"
    elif templates:
        yield from (("CG616", words, _ORPHAN.format(name)) for words in _changes(name, old, new))
    else:
        yield from (("CG616", words, _KEEP) for words in _refused(name, old, new))
        gone, come = sorted(old.claims.keys() - new.claims.keys()), sorted(new.claims.keys() - old.claims.keys())
        if gone and come:
            words = f"the data of {_listed(claim(name, each) for each in gone)} stays there"
            yield "CG617", f'{words}: "{claim(name, come[0])}" is empty', "keep the volume's name, or copy the data"


def _changes(name: str, old: _Stored, new: _Stored) -> Iterator[str]:
    """Every difference between the claims of two StatefulSets."""
    for volume in sorted({*old.claims, *new.claims}):
        before, after = old.claims.get(volume), new.claims.get(volume)
        what = f'the claim "{volume}" of StatefulSet "{name}"'
        if before is None or after is None:
            yield f"{what} {'comes' if after else 'goes'}, and {_REFUSED}"
        elif words := _difference(before, after, shrinks=False):
            yield f"{what} goes {words}, and {_REFUSED}"


def _refused(name: str, old: _Stored, new: _Stored) -> Iterator[str]:
    """The differences that a claim does not allow: it can grow, where its class can."""
    for volume in sorted(old.claims.keys() & new.claims.keys()):
        if words := _difference(old.claims[volume], new.claims[volume], shrinks=True):
            yield f'the claim "{claim(name, volume)}" goes {words}, and {_REFUSED}'


def _difference(before: _Claim, after: _Claim, *, shrinks: bool) -> str:
    sizes = parse_quantity(before.size), parse_quantity(after.size)
    less = sizes[0] is not None and sizes[1] is not None and sizes[1] < sizes[0]
    if less if shrinks else sizes[0] != sizes[1]:
        return f"from {before.size} to {after.size}"
    if before.storage_class != after.storage_class:
        default = "the default class"
        return f"from {before.storage_class or default} to {after.storage_class or default}"
    return f"from {before.access} to {after.access}" if before.access != after.access else ""


def _moved(name: str, old: _Stored, new: _Stored) -> str:
    kept = [f"{volume}-{name}-0" if TRAITS[old.kind].claim_templates else claim(name, volume) for volume in old.claims]
    return f'"{name}" becomes a {new.kind}, which does not see the data of {_listed(sorted(kept))}'


def _listed(names: Iterator[str] | list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _stored(folder: str, read: Callable[[str], str | None]) -> _Stored | None:
    """What the chart of a folder stores; None when there is no such chart."""
    templates = ((kind, read(f"{folder}/templates/{kind.lower()}.yaml")) for kind in Kind)
    kind, text = next(((kind, text) for kind, text in templates if text is not None), (None, ""))
    if kind is None:
        return None
    own = TRAITS[kind].claim_templates
    access = dict(_ACCESS.findall(text.partition("volumeClaimTemplates:")[2])) if own else {}
    claims = {}
    for volume, values in _persistence(read(f"{folder}/values.yaml") or "").items():
        found = _ACCESS.search("" if own else read(f"{folder}/templates/persistentvolumeclaim-{volume}.yaml") or "")
        claims[volume] = _Claim(
            size=str(values.get("size")),
            storage_class=str(values.get("storageClass") or ""),
            access=found[2] if found else access.get(volume, ""),
        )
    return _Stored(kind=kind, claims=claims)


def _persistence(values: str) -> Mapping[str, Mapping[str, object]]:
    if "\npersistence:" not in values:
        return {}
    try:
        loaded = yaml.load(values, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return {}
    found = loaded.get("persistence") if isinstance(loaded, dict) else None
    return {name: each for name, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}
