"""Datastores of the model: what each of their ways offers to callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.engines.engine import Role, SecretKey, Topology, Way
from chartgen.registry.model import Datastore, External, Node, Offer
from chartgen.registry.ports import build_port, long_port
from chartgen.registry.references import Callee
from chartgen.registry.service import Path, Service

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chartgen.registry.pod import Port
    from chartgen.registry.stores import StoreForm

NAME_LABEL = "app.kubernetes.io/name"
CREDENTIALS = ("username", "password")
"""The keys of a Secret that a person makes."""


def datastore_of(form: StoreForm, path: Path, workload: Service) -> Datastore:
    """The datastore whose own pods are that workload."""
    raw = form.raw
    return Datastore(
        name=form.name,
        path=path,
        engine=form.engine,
        topology=Topology(raw.get("topology", Topology.SINGLE)),
        role=Role(raw.get("role", form.engine.role)),
        type=workload.type,
        owner=workload.owner,
        description=workload.description,
        default=form.default,
        offers=tuple(_offer(form, way, workload.ports) for way in form.ways),
        ports=store_ports(form),
        workload=workload,
        stores=form.stores,
        operated=form.operated,
        operator_resources=form.ways.get(Way.OPERATOR, {}).get("resources"),
        topics=form.topics,
        enabled=workload.enabled,
        patches=workload.patches,
    )


def store_ports(form: StoreForm) -> tuple[Port, ...]:
    """The ports that callers use, whatever the way: the engine's, or the registry's for a custom one."""
    own = [{"name": port.name, "port": port.port, "protocol": port.protocol} for port in form.engine.ports]
    return tuple(build_port(long_port(port)) for port in own or form.raw.get("ports", ()))


def callee_of(form: StoreForm) -> Callee:
    """The datastore as callers see it."""
    return _callee(form.name, store_ports(form), {way: secrets_of(form, way) for way in form.ways})


def callee_to(node: Node) -> Callee:
    """The node of the model as callers see it."""
    if isinstance(node, External):
        return Callee.of_external(node)
    if isinstance(node, Service):
        return Callee(node.name, node.ports)
    return _callee(node.name, node.ports, {offer.way: offer.secrets for offer in node.offers})


def _callee(name: str, ports: Sequence[Port], given: Mapping[Way, Mapping[str, SecretKey]]) -> Callee:
    """`given`: way → its credentials; callers can rely on those that every way gives."""
    keys = sorted({key for secrets in given.values() for key in secrets})
    ways = {key: [str(way) for way, secrets in given.items() if key in secrets] for key in keys}
    return Callee(name, ports, secrets=frozenset(k for k in keys if len(ways[k]) == len(given)), ways=ways)


def secrets_of(form: StoreForm, way: Way) -> Mapping[str, SecretKey]:
    """Credential → where that way keeps it."""
    if way is Way.OPERATOR:
        return form.operated.secrets if form.operated else {}
    builtin = form.engine.builtin
    keys = builtin.secrets if builtin and way is Way.BUILTIN else CREDENTIALS
    own = form.ways[way].get("secret", "") if way is Way.EXTERNAL else ""
    name = own or form.stores[Way.BUILTIN].secret
    return {key: SecretKey(secret=name, key=key) for key in keys} if name else {}


def _offer(form: StoreForm, way: Way, pod_ports: tuple[Port, ...]) -> Offer:
    ports = {port.name: port.port for port in store_ports(form)}
    secrets = secrets_of(form, way)
    if way is Way.EXTERNAL:
        return _external(form, ports, secrets)
    pods: Mapping[str, str] = {NAME_LABEL: form.name}
    host, on_pods = form.name, ports
    if form.operated and way is Way.OPERATOR:
        host, pods = form.operated.host, form.operated.pods
        ports = on_pods = {**ports, **form.operated.ports}
    else:
        shown = {port.name: port for port in pod_ports if port.name in ports}
        ports = {**ports, **{name: port.port for name, port in shown.items()}}
        on_pods = {**ports, **{name: port.target_port for name, port in shown.items()}}
    return Offer(way=way, host=host, ports=ports, pod_ports=on_pods, schemes=_schemes(form), pods=pods, secrets=secrets)


def _external(form: StoreForm, ports: Mapping[str, int], secrets: Mapping[str, SecretKey]) -> Offer:
    """Somebody else's: its port is that of the engine's first one."""
    own = form.ways[Way.EXTERNAL]
    first = next(iter(ports), "")
    numbers = {**ports, first: own["port"]} if "port" in own else ports
    schemes = _schemes(form, tls=own.get("tls", False))
    return Offer(
        way=Way.EXTERNAL,
        host=own.get("host", ""),
        ports=numbers,
        pod_ports=numbers,
        schemes=schemes,
        secrets=secrets,
    )


def _schemes(form: StoreForm, *, tls: bool = False) -> dict[str, str]:
    """Port name → scheme: the engine's own for the first, else the protocol."""
    found = {port.name: port.protocol for port in store_ports(form)}
    first, scheme = next(iter(found), ""), (tls and form.engine.tls_scheme) or form.engine.scheme
    return {**found, first: scheme} if scheme else found
