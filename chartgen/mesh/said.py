"""What manifests say beside the calls and routes that a comparison tells: object by object, as it stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chartgen.mesh.objects import Action
from chartgen.mesh.properties.rules import attached
from chartgen.mesh.readers.kube import POD_KINDS
from chartgen.mesh.reading import KINDS
from chartgen.mesh.trees import below, mapping

if TYPE_CHECKING:
    from chartgen.mesh.model import Ref, Tree
    from chartgen.mesh.routed import Led
    from chartgen.mesh.subject import Subject

_NODES = {*POD_KINDS, "ServiceAccount", "Namespace", "Secret"}
_TOLD_OF_ROUTES = {"hostnames", "hosts", "parentRefs", "gateways"}
_TOLD_OF_RULES = {"matches", "match", "backendRefs", "route"}


def said(subject: Subject, objects: Mapping[Ref, Tree], routes: Sequence[Led]) -> dict[Ref, Tree]:
    """The objects that speak of calls, without what is told of routes."""
    led = {each.ref for each in routes}
    blind = {each.ref for each in subject.world.found.blind_spots}
    found: dict[Ref, Tree] = {}
    for ref, tree in objects.items():
        if ref in blind or ref.kind in KINDS - _NODES:
            own = _said(tree)
            if ref in led:
                own = _of_route(own)
            elif ref.kind == "NetworkPolicy" and not subject.meshed:
                own = _of_network(own)
            if own:
                found[ref] = own
        elif ref.kind in POD_KINDS:
            found[ref] = {"pods": _of_pods(tree, ref)}
    return found


def told(subject: Subject) -> set[Ref]:
    """What is told as calls: the policies in force that are attached to something that is rendered, and that itself."""
    policies = {
        policy.ref
        for node in subject.nodes.values()
        for workload in node.workloads
        for policy, _ in attached(subject, workload)
        if policy.action in (Action.ALLOW, Action.DENY) and not policy.dry_run and not policy.flaw
    }
    return policies | {workload.ref for workload in subject.world.workloads}


def _said(tree: Tree) -> dict[str, Any]:
    """What it says: its spec, and what its labels and annotations tell the mesh. Others change with every release."""
    marks = {f"metadata.{kind}": kept for kind, kept in _marks(tree)}
    return {**marks, **({"spec": tree["spec"]} if "spec" in tree else {})}


def _marks(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("labels", "annotations"):
        kept = {k: v for k, v in mapping(below(tree, "metadata", kind)).items() if "istio.io/" in str(k)}
        if kept:
            yield kind, kept


def _of_pods(tree: Tree, ref: Ref) -> dict[str, Any]:
    """As whom pods call, and what brings their proxy or leads past it."""
    template = mapping(below(tree, *POD_KINDS[ref.kind]))
    spec = mapping(template.get("spec"))
    account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    network = {"hostNetwork": True} if spec.get("hostNetwork") else {}
    return {"serviceAccountName": account, **network, **dict(_marks(template))}


def _of_network(said: dict[str, Any]) -> dict[str, Any]:
    """Without a mesh, whom networks let in is told as calls."""
    return _with(said, {key: value for key, value in mapping(said.get("spec")).items() if key == "egress"})


def _with(said: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    """The same with what is left of its spec, if anything is."""
    rest = {key: value for key, value in said.items() if key != "spec"}
    return {**rest, "spec": spec} if spec else rest


def _of_route(said: dict[str, Any]) -> dict[str, Any]:
    """Without what is told as the route itself. What shares calls out, or looks at more than a route says, stays."""
    spec = {key: value for key, value in mapping(said.get("spec")).items() if key not in _TOLD_OF_ROUTES}
    for key in ("rules", "http", "tls", "tcp"):
        if isinstance(spec.get(key), list):
            spec[key] = [kept for rule in spec[key] if (kept := _of_rule(mapping(rule)))]
    return _with(said, {key: value for key, value in spec.items() if value})


def _of_rule(rule: Tree) -> dict[str, Any]:
    shares = any(isinstance(rule.get(key), list) and len(rule[key]) > 1 for key in ("backendRefs", "route"))
    return {key: value for key, value in rule.items() if key not in _TOLD_OF_RULES or (shares and key != "match")}
