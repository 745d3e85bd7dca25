"""What an installed release would refuse, or lose sight of, when the charts on disk become those that are wanted."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry.kinds import TRAITS
from chartgen.registry.model import Service
from chartgen.registry.names import claim
from chartgen.registry.quantity import parse_quantity
from chartgen.registry.umbrellas import homes
from chartgen.tools import files
from chartgen.workflows.laid_over import Unknown
from chartgen.workflows.stored import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chartgen.registry.model import Path, Registry
    from chartgen.tools.tree import Survey
    from chartgen.workflows.load import Loaded
    from chartgen.workflows.stored import Claim, Stored

_FOLDER = re.compile(r"(charts/[^/]+/charts/([^/]+))/(?:values\.yaml$|templates/)")
_ORPHAN = (
    "before the upgrade, in the release's namespace: kubectl delete statefulset {} --cascade=orphan; pods and claims "
    "stay as they are"
)
_GROWS = ", and each claim keeps its size until it is patched"
_UNSEEN = ", and the old pods have to be deleted after it where the new selector does not find them"
_REFUSED = "which an installed release refuses"
_KEEP = "keep it, or move the data to a volume of another name"


@dataclass(frozen=True, slots=True)
class _Hazard:
    """A warning before it has a place; `volume`: the one that it speaks of, or empty."""

    code: str
    volume: str
    message: str
    hint: str


def hazards(survey: Survey, loaded: Loaded, registry: Registry) -> list[Diagnostic]:
    """A warning for each thing that an upgrade could not change, or would leave behind with its data. To be asked
    before the files are written."""

    def on_disk(path: str) -> str | None:
        return _on_disk(survey.root, path)

    def wanted(path: str) -> str | None:
        return survey.contents[path].decode() if path in survey.contents else None

    found = [(each, hazard) for each, hazard in _moves(survey, registry, on_disk)]
    changed = {_FOLDER.match(path) for path in (*survey.plan.update, *survey.plan.remove)}
    folders = {match[2]: match[1] for match in changed if match}
    workloads = {node.name: node if isinstance(node, Service) else node.workload for node in registry.charts()}
    for service in workloads.values():
        for workload in service.workloads if service.name in folders else ():
            new = stored(folders[service.name], wanted, service.kind, workload.version)
            old = stored(folders[service.name], on_disk, service.kind, workload.version) if new else None
            found += [(workload, each) for each in _service(workload.name, old, new)] if old and new else []
        if service.versions and service.name in folders:
            found += [
                (service, each) for each in _divided(service, stored(folders[service.name], on_disk, service.kind))
            ]
    return [
        diagnose(each.code, _place(loaded, service, each.volume), each.message, each.hint) for service, each in found
    ]


def _moves(survey: Survey, registry: Registry, read: Callable[[str], str | None]) -> Iterator[tuple[Service, _Hazard]]:
    """Services that another release makes from now on: one warning for each pair of releases."""
    home = homes(registry)
    workloads = {node.name: node if isinstance(node, Service) else node.workload for node in registry.charts()}
    left = {match[2]: match[1] for path in survey.plan.remove if (match := _FOLDER.match(path))}
    moves: dict[tuple[str, str], list[str]] = {}
    for name in sorted(left.keys() & home.keys()):
        old = left[name].split("/")[1]
        if old != home[name]:
            moves.setdefault((old, home[name]), []).append(name)
    for (old, new), names in moves.items():
        kept = [each for name in names for each in _kept_claims(workloads[name], left[name], read)]
        first = f"upgrade {old}" if old in home.values() else f"uninstall {old}"
        yield workloads[names[0]], _move(first, new, names, kept)


def _move(first: str, new: str, names: list[str], kept: list[str]) -> _Hazard:
    old = first.rpartition(" ")[2]
    what = f"{_listed(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"
    message = f'{what} {"moves" if len(names) == 1 else "move"} from the release "{old}" to "{new}"'
    hint = f"helm takes over nothing of another release: {first} first, then install {new}"
    claims = f" with --take-ownership, because the claims {_listed(kept)} stay" if kept else ""
    return _Hazard("CG618", "", message, hint + claims)


def _kept_claims(service: Service, folder: str, read: Callable[[str], str | None]) -> list[str]:
    """The claims that Helm keeps, and that another release must be told to take over. Those that a StatefulSet makes
    are nobody's: it finds them again."""
    old = stored(folder, read, service.kind)
    if old is None or TRAITS[old.kind].claim_templates:
        return []
    return [claim(service.name, volume) for volume in old.claims]


def _on_disk(root: str, path: str) -> str | None:
    """The text of a file, None when there is none; Unknown when it is no regular file, too large or no text."""
    if not os.path.lexists(f"{root}/{path}"):
        return None
    data = files.read_inside(root, path)
    if data is None or len(data) > files.MAX_BYTES:
        raise Unknown
    return data.decode()


def _place(loaded: Loaded, service: Service, volume: str) -> Span:
    """Where the registry declares a service, or a volume of it where it stands there."""
    if loaded.sources is None:
        return Span(loaded.file)
    names = [] if service.version else [each.name for each in service.volumes]
    path: Path = ("volumes", names.index(volume)) if volume in names else ("name",)
    return loaded.sources.span((*service.path, *path))


def _service(name: str, old: Stored, new: Stored) -> Iterator[_Hazard]:
    templates = TRAITS[old.kind].claim_templates
    if templates != TRAITS[new.kind].claim_templates:
        if old.claims:
            hint = "copy the data, or keep the kind; the old claims stay until deleted"
            yield _Hazard("CG617", "", _moved(name, old, new), hint)
    elif templates:
        for volume, words, hint in _changes(old, new):
            yield _Hazard("CG616", volume, f'StatefulSet "{name}" {words}, {_REFUSED}', _ORPHAN.format(name) + hint)
    else:
        yield from _others(name, old, new)


def _divided(service: Service, old: Stored | None) -> Iterator[_Hazard]:
    """A service with data of its own that becomes several versions, none of which has it."""
    if old and old.claims:
        words = f'"{service.name}" becomes {_listed([each.name for each in service.workloads])}'
        hint = "copy the data, or make a service of its own of what is new"
        yield _Hazard("CG617", "", f"{words}, which do not see the data of {_listed(_kept(service.name, old))}", hint)


def _kept(name: str, old: Stored) -> list[str]:
    templates = TRAITS[old.kind].claim_templates
    return sorted(f"{volume}-{name}-0" if templates else claim(name, volume) for volume in old.claims)


def _changes(old: Stored, new: Stored) -> Iterator[tuple[str, str, str]]:
    """Every difference between two StatefulSets that Kubernetes does not take: the volume, what happens, a hint."""
    for field, before, after in (
        ("podManagementPolicy", old.policy, new.policy),
        ("serviceName", old.service_name, new.service_name),
    ):
        if before != after:
            yield "", f"changes its {field} from {before or 'none'} to {after or 'none'}", ""
    if old.selector != new.selector:
        yield "", "changes its selector", _UNSEEN
    for volume in sorted({*old.claims, *new.claims}):
        before_claim, after_claim = old.claims.get(volume), new.claims.get(volume)
        if before_claim is None or after_claim is None:
            yield volume, f'{"gets" if after_claim else "loses"} the claim "{volume}"', ""
        elif words := _difference(before_claim, after_claim, shrinks=False):
            hint = _GROWS if _size(before_claim) != _size(after_claim) else ""
            yield volume, f'changes the claim "{volume}" {words}', hint
    if old.claims.keys() == new.claims.keys() and list(old.claims) != list(new.claims):
        yield "", "changes the order of its claims", ""


def _others(name: str, old: Stored, new: Stored) -> Iterator[_Hazard]:
    """What other kinds' claims do not allow (they can grow, where their class can), and the data that stays behind."""
    for volume in sorted(old.claims.keys() & new.claims.keys()):
        if words := _difference(old.claims[volume], new.claims[volume], shrinks=True):
            message = f'the claim "{claim(name, volume)}" changes {words}, {_REFUSED}'
            yield _Hazard("CG616", volume, message, _KEEP)
    gone, come = sorted(old.claims.keys() - new.claims.keys()), sorted(new.claims.keys() - old.claims.keys())
    if gone and come:
        words = f"the data of {_listed([claim(name, each) for each in gone])} stays there"
        message = f'{words}: "{claim(name, come[0])}" is empty'
        yield _Hazard("CG617", come[0], message, "keep the volume's name, or copy the data")


def _difference(before: Claim, after: Claim, *, shrinks: bool) -> str:
    if _shrinks(before, after) if shrinks else _size(before) != _size(after):
        return f"from {before.size} to {after.size}"
    if before.storage_class != after.storage_class:
        default = "the default class"
        return f"from {before.storage_class or default} to {after.storage_class or default}"
    if before.access != after.access:
        return f"from {before.access} to {after.access}"
    return "in what a patch says of it" if before.rest != after.rest else ""


def _size(of: Claim) -> object:
    return parse_quantity(of.size) or of.size


def _shrinks(before: Claim, after: Claim) -> bool:
    sizes = parse_quantity(before.size), parse_quantity(after.size)
    return sizes[0] is not None and sizes[1] is not None and sizes[1] < sizes[0]


def _moved(name: str, old: Stored, new: Stored) -> str:
    return f'"{name}" becomes a {new.kind}, which does not see the data of {_listed(_kept(name, old))}'


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
