"""What a workload's own proxy lets out: the Sidecar that holds for it. A pod can go past its proxy, so this is order,
not a wall; network policies are the wall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chartgen.mesh.envoy import host_of
from chartgen.mesh.model import Ref, Workload
from chartgen.mesh.traffic import EgressHost, Sidecar
from chartgen.mesh.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`hosts`: of the Services and ServiceEntries among the manifests, those that the proxy knows of; `declared`: what
    the Sidecar says, which may take in hosts that are not among them; `anywhere`: whether calls to other hosts pass
    too. `by` None: no Sidecar holds, so the proxy knows all. `flaw`: why nobody can say."""

    by: Ref | None
    hosts: frozenset[str]
    declared: tuple[EgressHost, ...] = ()
    anywhere: bool = True
    flaw: str = ""


def reachable_hosts(world: World, workload: Workload) -> Reach:
    """What the workload's proxy lets it call."""
    sidecars = _holding(world, workload)
    known = _known(world)
    if not sidecars:
        visible = frozenset(host for each in known.values() for host in each)
        return Reach(by=None, hosts=visible, anywhere=not world.assumed.registry_only)
    sidecar = sidecars[0]
    flaw = next((each.flaw for each in sidecars if each.flaw), "")
    if not flaw and any((each.egress, each.mode) != (sidecar.egress, sidecar.mode) for each in sidecars):
        flaw = f"{sidecars[1].ref} says something else, and of the two the older one holds"
    declared = sidecar.egress if sidecar.egress is not None else (EgressHost(namespace="*", host="*"),)
    return Reach(
        by=sidecar.ref,
        hosts=frozenset(host for each in declared for host in _taken(each, workload.namespace, known)),
        declared=declared,
        anywhere=sidecar.mode == "ALLOW_ANY" or (not sidecar.mode and not world.assumed.registry_only),
        flaw=flaw,
    )


def _holding(world: World, workload: Workload) -> list[Sidecar]:
    """The Sidecars of the narrowest scope that has one: the pod's, its namespace's, the mesh's."""
    own = world.sidecars_of(workload.namespace, workload.labels)
    return (
        [each for each in own if each.labels]
        or [each for each in own if not each.labels]
        or [each for each in world.sidecars_of(world.assumed.root_namespace, {}) if not each.labels]
    )


def _known(world: World) -> dict[str, dict[str, None]]:
    """The hosts among the manifests, by namespace, each once."""
    if "hosts" not in world.memo:
        hosts: dict[str, dict[str, None]] = {}
        for service in world.found.services:
            own = hosts.setdefault(service.ref.namespace, {})
            own[host_of(world, service.ref.name, service.ref.namespace)] = None
        for entry in world.found.service_entries:
            hosts.setdefault(entry.ref.namespace, {}).update(dict.fromkeys(entry.hosts))
        world.memo["hosts"] = hosts
    found: dict[str, dict[str, None]] = world.memo["hosts"]
    return found


def _taken(wanted: EgressHost, own: str, known: dict[str, dict[str, None]]) -> Iterator[str]:
    """The known hosts that an entry takes in."""
    namespace = own if wanted.namespace == "." else wanted.namespace
    for space in known if namespace == "*" else (namespace,):
        hosts = known.get(space, {})
        if wanted.host == "*":
            yield from hosts
        elif wanted.host.startswith("*."):
            yield from (host for host in hosts if host.endswith(wanted.host[1:]))
        elif wanted.host in hosts:
            yield wanted.host
