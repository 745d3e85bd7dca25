"""What an installed release would refuse, or lose sight of, when the charts on disk become those that are wanted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry.kinds import TRAITS
from chartgen.registry.model import Datastore
from chartgen.registry.names import claim
from chartgen.registry.quantity import parse_quantity
from chartgen.registry.service import Service
from chartgen.tools import files
from chartgen.workflows import store_changes
from chartgen.workflows.hazard import Hazard, claims, listed
from chartgen.workflows.laid_over import Unknown
from chartgen.workflows.moves import FOLDER, moves, policy_moves
from chartgen.workflows.replaced import replaced
from chartgen.workflows.stored import stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.model import Registry
    from chartgen.registry.service import Path
    from chartgen.tools.tree import Survey
    from chartgen.workflows.load import Loaded
    from chartgen.workflows.stored import Claim, Read, Stored

_ORPHAN = (
    "before the upgrade, in the release's namespace: kubectl delete statefulset {} --cascade=orphan; pods and claims "
    "stay as they are"
)
_GROWS = ", and each claim keeps its size until it is patched"
_UNSEEN = ", and the old pods have to be deleted after it where the new selector does not find them"
_REFUSED = "which an installed release refuses"
_KEEP = "keep it, or move the data to a volume of another name"


def hazards(survey: Survey, loaded: Loaded, registry: Registry) -> list[Diagnostic]:
    """A warning for each thing that an upgrade could not change, or would leave behind with its data. To be asked
    before the files are written."""

    def on_disk(path: str) -> str | None:
        return _on_disk(survey.root, path)

    def wanted(path: str) -> str | None:
        return survey.contents[path].decode() if path in survey.contents else None

    found = [*moves(survey, registry, on_disk), *policy_moves(survey, registry)]
    changed = {FOLDER.match(path) for path in (*survey.plan.update, *survey.plan.remove)}
    folders = {match[2]: match[1] for match in changed if match and f"{match[1]}/values.yaml" in survey.contents}
    for node in registry.charts():
        if folder := folders.get(node.name):
            service = node if isinstance(node, Service) else node.workload
            found += _workloads(service, folder, on_disk, wanted)
            found += [(service, each) for each in replaced(service, folder, on_disk, wanted)]
            if isinstance(node, Datastore):
                found += [(service, each) for each in store_changes.changed(node, folder, on_disk, wanted)]
                found += [(service, each) for each in store_changes.provided(node, folder, survey, on_disk, wanted)]
    return [
        diagnose(each.code, _place(loaded, service, each.volume), each.message, each.hint) for service, each in found
    ]


def _workloads(service: Service, folder: str, before: Read, after: Read) -> Iterator[tuple[Service, Hazard]]:
    """What the workloads that were there before cannot change."""
    for workload in service.workloads:
        new = stored(folder, after, service.kind, workload.version)
        old = stored(folder, before, service.kind, workload.version) if new else None
        if old and new:
            yield from ((workload, each) for each in _service(workload.name, old, new))


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
    own = _volume(loaded.sources.data, service, volume) if volume else None
    return loaded.sources.span(own or (*service.path, "name"))


def _volume(data: object, service: Service, volume: str) -> Path | None:
    """The place of a volume as it is written: a version's own, its service's, or a datastore's, whose first claim is
    its storage."""
    homes = (service.path, service.path[:2], (*service.path, "provision", "builtin"))
    for home in homes:
        written = _at(data, (*home, "volumes"))
        for index, each in enumerate(written if isinstance(written, list) else ()):
            if isinstance(each, dict) and each.get("name") == volume:
                return (*home, "volumes", index)
    storages = ((*home, "storage") for home in reversed(homes)) if service.store else ()
    return next((path for path in storages if _at(data, path) is not None), None)


def _at(data: Any, path: Path) -> Any:
    """What stands there, None where nothing does."""
    for step in path:
        if isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


def _service(name: str, old: Stored, new: Stored) -> Iterator[Hazard]:
    templates = TRAITS[old.kind].claim_templates
    if templates != TRAITS[new.kind].claim_templates:
        if old.claims:
            hint = "copy the data, or keep the kind; the old claims stay until deleted"
            yield Hazard("CG617", _moved(name, old, new), hint)
    elif templates:
        for volume, words, hint in _changes(old, new):
            yield Hazard("CG616", f'StatefulSet "{name}" {words}, {_REFUSED}', _ORPHAN.format(name) + hint, volume)
    else:
        yield from _others(name, old, new)


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


def _others(name: str, old: Stored, new: Stored) -> Iterator[Hazard]:
    """What other kinds' claims do not allow (they can grow, where their class can), and the data that stays behind."""
    for volume in sorted(old.claims.keys() & new.claims.keys()):
        if words := _difference(old.claims[volume], new.claims[volume], shrinks=True):
            message = f'the claim "{claim(name, volume)}" changes {words}, {_REFUSED}'
            yield Hazard("CG616", message, _KEEP, volume)
    gone, come = sorted(old.claims.keys() - new.claims.keys()), sorted(new.claims.keys() - old.claims.keys())
    if gone and come:
        words = f"the data of {listed([claim(name, each) for each in gone])} stays there"
        message = f'{words}: "{claim(name, come[0])}" is empty'
        yield Hazard("CG617", message, "keep the volume's name, or copy the data", come[0])


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
    return f'"{name}" becomes a {new.kind}, which does not see the data of {listed(claims(name, old))}'
