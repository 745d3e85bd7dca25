"""Manifests, read: objects of any shape → a World, with what could not be read as problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from chartgen.mesh.model import Problem, Ref, Tree
from chartgen.mesh.objects import BlindSpot
from chartgen.mesh.readers import authentication, authorization, kube, monitors, network, routes, unread
from chartgen.mesh.readers import traffic as reads
from chartgen.mesh.shape import Part
from chartgen.mesh.world import Assumptions, Found, World

_ISTIO = ("v1", "v1beta1", "v1alpha3")
_SECURITY = ("v1", "v1beta1")
_SERVED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("security.istio.io", "AuthorizationPolicy"): _SECURITY,
    ("security.istio.io", "PeerAuthentication"): _SECURITY,
    ("security.istio.io", "RequestAuthentication"): _SECURITY,
    ("networking.istio.io", "Sidecar"): _ISTIO,
    ("networking.istio.io", "VirtualService"): _ISTIO,
    ("networking.istio.io", "DestinationRule"): _ISTIO,
    ("networking.istio.io", "ServiceEntry"): _ISTIO,
    ("networking.istio.io", "Gateway"): _ISTIO,
    ("networking.istio.io", "EnvoyFilter"): ("v1alpha3",),
    ("networking.istio.io", "WorkloadEntry"): _ISTIO,
    ("networking.istio.io", "WorkloadGroup"): _ISTIO,
    ("extensions.istio.io", "WasmPlugin"): ("v1alpha1",),
    ("extensions.istio.io", "TrafficExtension"): ("v1alpha1",),
    ("gateway.networking.k8s.io", "Gateway"): ("v1", "v1beta1"),
    ("gateway.networking.k8s.io", "HTTPRoute"): ("v1", "v1beta1"),
    ("gateway.networking.k8s.io", "GRPCRoute"): ("v1", "v1alpha2"),
    ("gateway.networking.k8s.io", "TCPRoute"): ("v1", "v1alpha2"),
    ("gateway.networking.k8s.io", "TLSRoute"): ("v1", "v1alpha3", "v1alpha2"),
    ("networking.k8s.io", "NetworkPolicy"): ("v1",),
    ("apps", "Deployment"): ("v1",),
    ("apps", "StatefulSet"): ("v1",),
    ("apps", "DaemonSet"): ("v1",),
    ("apps", "ReplicaSet"): ("v1",),
    ("batch", "Job"): ("v1",),
    ("batch", "CronJob"): ("v1",),
    ("", "ReplicationController"): ("v1",),
    ("discovery.k8s.io", "EndpointSlice"): ("v1",),
    ("monitoring.coreos.com", "PodMonitor"): ("v1",),
    ("monitoring.coreos.com", "ServiceMonitor"): ("v1",),
    ("", "Pod"): ("v1",),
    ("", "Service"): ("v1",),
    ("", "ServiceAccount"): ("v1",),
    ("", "Namespace"): ("v1",),
    ("", "Secret"): ("v1",),
}
KINDS = frozenset(kind for _, kind in _SERVED)
"""The kinds that say anything of calls; others need not be read."""

_TWICE = "is there twice, and not the same: nobody knows which one holds"
_OF_ISTIOD = (".istio.io", "gateway.networking.k8s.io")
_FOREIGN_NETWORKS = ("cilium.io", "crd.projectcalico.org", "projectcalico.org", "policy.networking.k8s.io")


def read(
    objects: Iterable[tuple[Tree, Ref]], assumed: Assumptions | None = None, problems: Iterable[Problem] = ()
) -> World:
    """What the objects say. `Ref.namespace` empty: the assumed one. `problems`: what is wrong with their text."""
    assumed = assumed or Assumptions()
    placed = [(tree, _placed(ref, assumed)) for tree, ref in objects]
    found = Found()
    for tree, ref in placed:  # pods and Services need the labels of their namespaces
        if ref.kind == "Namespace":
            labels = Part(tree, "", ref, found.problems.append)["metadata"]["labels"].labels()
            found.namespaces[ref.name] = {"kubernetes.io/metadata.name": ref.name, **labels}
    seen: dict[tuple[str, str, str, str], Tree] = {}
    for tree, ref in placed:
        _read(tree, ref, found, assumed, seen)
    found.problems.extend(replace(each, ref=_placed(each.ref, assumed)) for each in problems)
    found.problems[:] = dict.fromkeys(found.problems)
    _mark_flawed(found)
    return World(found, assumed)


def _placed(ref: Ref, assumed: Assumptions) -> Ref:
    return ref if ref.namespace or ref.kind == "Namespace" else replace(ref, namespace=assumed.namespace)


def _read(tree: Tree, ref: Ref, found: Found, assumed: Assumptions, seen: dict[Any, Tree]) -> None:
    version = tree.get("apiVersion")
    group, _, version = version.rpartition("/") if isinstance(version, str) else ("", "", "")
    top = Part(tree, "", ref, found.problems.append)
    if group in _FOREIGN_NETWORKS and ref.kind.endswith("Policy"):
        found.blind_spots.append(BlindSpot(ref=ref, network=True, everywhere=True))
        top.problem(f"is a {group} {ref.kind}, which is not judged here")
        return
    served = _SERVED.get((group, ref.kind))
    if served is not None:
        if version not in served:
            top["apiVersion"].problem(f'"{tree.get("apiVersion")}" is no version of {ref.kind} that is known here')
        key = (group, ref.kind, ref.namespace, ref.name)
        if key in seen and seen[key] != tree:
            top.problem(_TWICE)
        seen.setdefault(key, tree)
        if group.endswith(_OF_ISTIOD):
            _check_revision(top, found)
        _KINDS[group, ref.kind](top, found, assumed)
        return
    unjudged = unread.why(tree, group, ref.kind)
    if unjudged:
        top.problem(unjudged)


def _check_revision(top: Part, found: Found) -> None:
    """Of an object for one revision of istiod, others know nothing. Which one the pods have, their namespace says."""
    label = top["metadata"]["labels"][kube.REVISION]
    namespace = found.namespaces.get(top.ref.namespace, {})
    own = namespace.get(kube.REVISION) if "istio-injection" not in namespace else "default"
    if label.given and label.value != own:
        label.problem(f'is "{label.value}": an istiod of another revision does not read this {top.ref.kind}')


def _mark_flawed(found: Found) -> None:
    """Marks the policies of which something cannot be judged."""
    flaws: dict[tuple[str, str, str], str] = {}
    for each in found.problems:
        if each.blinds:
            words = f"{each.where}: {each.words}" if each.where else each.words
            flaws.setdefault((each.ref.kind, each.ref.namespace, each.ref.name), words)
    kinds: tuple[list[Any], ...] = (found.authorization, found.peers, found.requests, found.networks, found.sidecars)
    for kind in kinds if flaws else ():
        for place, each in enumerate(kind):
            flaw = flaws.get((each.ref.kind, each.ref.namespace, each.ref.name), "")
            if flaw:
                kind[place] = replace(each, flaw=flaw)


_Reader = Callable[[Part, Found, Assumptions], None]


def _authorization(top: Part, found: Found, _: Assumptions) -> None:
    found.authorization.append(authorization.read(top["spec"], top["metadata"]["annotations"]))


def _peer(top: Part, found: Found, _: Assumptions) -> None:
    found.peers.append(authentication.read_peer(top["spec"]))


def _request(top: Part, found: Found, _: Assumptions) -> None:
    found.requests.append(authentication.read_request(top["spec"]))


def _network(top: Part, found: Found, _: Assumptions) -> None:
    found.networks.append(network.read(top["spec"]))


def _workload(top: Part, found: Found, assumed: Assumptions) -> None:
    found.workloads.append(kube.read_workload(top, found.namespaces.get(top.ref.namespace, {}), assumed.dataplane))


def _service(top: Part, found: Found, _: Assumptions) -> None:
    found.services.append(kube.read_service(top, found.namespaces.get(top.ref.namespace, {})))


def _addresses(top: Part, found: Found, _: Assumptions) -> None:
    if not unread.is_kept(top.value):
        found.addresses.append(kube.read_addresses(top))


def _account(top: Part, found: Found, _: Assumptions) -> None:
    found.accounts.add((top.ref.namespace, top.ref.name))


def _secret(top: Part, found: Found, _: Assumptions) -> None:
    found.secrets.add((top.ref.namespace, top.ref.name))


def _nothing(_top: Part, _found: Found, _: Assumptions) -> None:
    """Read before, or of no weight."""


def _sidecar(top: Part, found: Found, _: Assumptions) -> None:
    sidecar = reads.sidecar(top["spec"])
    found.sidecars.append(sidecar)
    if top["spec"]["ingress"].value:
        top["spec"]["ingress"].problem("listens in ways that are not judged here")
        found.blind_spots.append(BlindSpot(ref=top.ref, network=False, labels=sidecar.labels))


def _blind(selector: str) -> _Reader:
    def reader(top: Part, found: Found, assumed: Assumptions) -> None:
        part = top["spec"][selector]["labels" if selector == "workloadSelector" else "matchLabels"]
        labels = part.labels() if part.given else None
        everywhere = labels is None and top.ref.namespace == assumed.root_namespace
        found.blind_spots.append(BlindSpot(ref=top.ref, network=False, labels=labels, everywhere=everywhere))
        top.problem(f"changes what proxies do in ways that are not judged here ({top.ref.kind})")

    return reader


def _outside(top: Part, _found: Found, _: Assumptions) -> None:
    top.problem(f"adds endpoints outside the cluster, which are not judged here ({top.ref.kind})", blinds=False)


_KINDS: Mapping[tuple[str, str], _Reader] = {
    ("security.istio.io", "AuthorizationPolicy"): _authorization,
    ("security.istio.io", "PeerAuthentication"): _peer,
    ("security.istio.io", "RequestAuthentication"): _request,
    ("networking.istio.io", "Sidecar"): _sidecar,
    ("networking.istio.io", "VirtualService"): (
        lambda top, found, _: found.virtual_services.append(reads.virtual_service(top["spec"]))
    ),
    ("networking.istio.io", "DestinationRule"): (
        lambda top, found, _: found.destination_rules.append(reads.destination_rule(top["spec"]))
    ),
    ("networking.istio.io", "ServiceEntry"): (
        lambda top, found, _: found.service_entries.append(reads.service_entry(top["spec"]))
    ),
    ("networking.istio.io", "Gateway"): lambda top, found, _: found.gateways.append(routes.istio_gateway(top["spec"])),
    ("networking.istio.io", "EnvoyFilter"): _blind("workloadSelector"),
    ("networking.istio.io", "WorkloadEntry"): _outside,
    ("networking.istio.io", "WorkloadGroup"): _outside,
    ("extensions.istio.io", "WasmPlugin"): _blind("selector"),
    ("extensions.istio.io", "TrafficExtension"): _blind("selector"),
    ("gateway.networking.k8s.io", "Gateway"): lambda top, found, _: found.gateways.append(routes.gateway(top)),
    **{
        ("gateway.networking.k8s.io", kind): lambda top, found, _: found.routes.append(routes.route(top["spec"]))
        for kind in ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute")
    },
    **{
        ("monitoring.coreos.com", kind): lambda top, found, _: found.monitors.append(monitors.read(top["spec"]))
        for kind in monitors.ENDPOINTS
    },
    ("networking.k8s.io", "NetworkPolicy"): _network,
    **{(group, kind): _workload for group, kind in _SERVED if kind in kube.POD_KINDS},
    ("", "Service"): _service,
    ("discovery.k8s.io", "EndpointSlice"): _addresses,
    ("", "ServiceAccount"): _account,
    ("", "Namespace"): _nothing,
    ("", "Secret"): _secret,
}
