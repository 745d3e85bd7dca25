"""P7: of the matrix that is worked out of rendered manifests, an edge more changes exactly its own cells, and a service
less leaves its name nowhere."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from chartgen.mesh.admitted import demand
from chartgen.mesh.assumed import assumptions
from chartgen.mesh.expected import Expected
from chartgen.mesh.grants import ANYONE, NAME, Who
from chartgen.mesh.manifests import read_text
from chartgen.mesh.model import Caller, Identity, Layer, Request, Verdict, Workload
from chartgen.mesh.premises import premises_of, with_door
from chartgen.mesh.properties.networks import OUTSIDE
from chartgen.mesh.reading import KINDS, read
from chartgen.mesh.samples import STRAY, good_token, is_path
from chartgen.mesh.subject import POD, Subject, at, caller_of
from chartgen.registry import compile_registry
from chartgen.registry.mesh import Enforce, Mode
from tests import meshes
from tests.property.strategies import Data, as_yaml, name_of, registries

if TYPE_CHECKING:
    from chartgen.mesh.model import Token
    from chartgen.mesh.subject import Node
    from chartgen.registry.model import Registry
    from chartgen.registry.service import Edge
    from chartgen.tools.helm import Helm

DRAWN = settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
"""Every example is rendered twice, so there are few, and what fails is told as it was drawn."""

METHODS = ("GET", "POST", "DELETE")
PATHS = ("/", "/v1", "/v1/x", "/v1/orders", "/a/b/c", "/ready", "/health", "/r0", "/r0/x")
OF_CALLS = KINDS - {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet"}
TEXTS = frozenset({"paths", "path", "key", "uri", "labels", "annotations"})
"""Fields of policies whose words are no names: labels of objects say what they are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One question: a caller (a workload, or a stranger in words), a workload, its port, a request (None: bytes)."""

    caller: str
    callee: str
    port: int
    method: str = ""
    path: str = ""
    token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A platform as helm renders it."""

    registry: Registry
    objects: list[Any]
    subject: Subject

    @property
    def token(self) -> Token | None:
        """The right one."""
        jwt = self.registry.mesh.jwt if self.registry.mesh else None
        return good_token(demand(jwt)) if jwt else None

    @property
    def is_ambient(self) -> bool:
        """Whether calls go through tunnels."""
        return bool(self.registry.mesh and self.registry.mesh.mode is Mode.AMBIENT)

    def matrix(self) -> dict[Cell, tuple[Verdict, Verdict]]:
        """Who may call whom, and how: by the mesh, by networks."""
        callers, found = dict(self._callers()), {}
        for node in self.subject.nodes.values():
            for callee in node.workloads:
                for port in self._ports(node, callee):
                    for (name, caller), request in product(callers.items(), self._requests(port in node.http)):
                        decision = self.subject.ask(caller, callee, port, request)
                        answer = at(decision), at(decision, (Layer.NETWORK,))
                        found[_cell(name, callee, port, request)] = answer
        return found

    def _ports(self, node: Node, callee: Workload) -> list[int]:
        """Its ports; in ambient without those that are open to anyone, where requests are read, or not, with others."""
        found = self.subject.ports_of(node, callee)
        return sorted(found - {g.port for g in node.grants if g.who == ANYONE} if self.is_ambient else found)

    def _callers(self) -> Iterator[tuple[str, Caller]]:
        home = self.subject.home
        for each in self.subject.world.workloads:
            yield str(each.ref), caller_of(Who(namespace=home, account=each.account), each)
        door = self.subject.expected.premises.ingress if self.subject.expected else None
        if door:
            yield "ingress", Caller(identity=door, namespace=door.namespace, labels={}, address=OUTSIDE)
        stray = Identity(namespace=home, account=STRAY)
        yield "a stranger", Caller(identity=stray, namespace=home, labels={"app": STRAY}, address=POD)
        yield "plaintext", Caller(identity=None, address=OUTSIDE)

    def _requests(self, http: bool) -> Iterator[Request | None]:
        if not http:
            yield None
            return
        tokens = (None, self.token) if self.token else (None,)
        for method, path, token in product(METHODS, PATHS, tokens):
            yield Request(method=method, path=path, token=token)


def _cell(caller: str, callee: Workload, port: int, request: Request | None) -> Cell:
    name = str(callee.ref)
    if request is None:
        return Cell(caller=caller, callee=name, port=port)
    return Cell(
        caller=caller, callee=name, port=port, method=request.method, path=request.path, token=request.token is not None
    )


def compiled(data: Data) -> Registry | None:
    return compile_registry("registry.yaml", as_yaml(data).encode(), lambda _path: b"").registry


def render(registry: Registry, helm: Helm) -> Rendered:
    with tempfile.TemporaryDirectory() as folder:
        text = meshes.Platform(name="drawn", registry=registry).manifests(helm, Path(folder))
    premises = premises_of(registry, {})
    found = read_text(text)
    world = read(found.objects, assumptions(registry, premises), found.problems)
    expected = Expected(registry, with_door(premises, registry, world))
    objects = [thing for thing, _ in found.objects]
    return Rendered(registry=registry, objects=objects, subject=Subject(world=world, expected=expected))


@st.composite
def _edges(draw: st.DrawFn, data: Data) -> tuple[str, Data]:
    """A caller and one dependency more, on a service that it does not call."""
    quiet = [each["name"] for each in data["services"] if "port" not in each and "ports" not in each]
    caller = draw(st.sampled_from(data["services"]))
    holders = (caller, *caller.get("versions", ()))
    called = {name_of(edge) for holder in holders for edge in holder.get("dependencies", ()) if _is_call(edge, data)}
    others = [each["name"] for each in data["services"] if each["name"] not in {caller["name"], *called, *quiet}]
    assume(others)
    edge: Data = {"service": draw(st.sampled_from(others)), "startup": False, "optional": True, "ports": ["http"]}
    if data["mesh"].get("jwt", {}).get("enforce") == "everyHop" and caller["name"] in quiet:
        edge["token"] = False
    if draw(st.booleans()):
        edge["methods"] = draw(st.sampled_from([["GET"], ["GET", "POST"]]))
    if draw(st.booleans()):
        edge["paths"] = draw(st.sampled_from([["/v1/*"], ["/", "/v1/orders"]]))
    return caller["name"], edge


def _is_call(edge: Any, data: Data) -> bool:
    return isinstance(edge, str) or "service" in edge


def _with(data: Data, name: str, edge: Data) -> Data:
    services = [
        {**each, "dependencies": [*each.get("dependencies", ()), edge]} if each["name"] == name else each
        for each in data["services"]
    ]
    return {**data, "services": services}


def _without(data: Data, name: str) -> Data:
    """The registry without a service, and without what leads to it."""
    services = [_without_edges(each, name) for each in data["services"] if each["name"] != name]
    rest = {**data, "services": services}
    if "gateway" in data:
        routes = [route for route in data["gateway"]["routes"] if route["service"] != name]
        rest["gateway"] = {**data["gateway"], "routes": routes}
        if not routes:
            del rest["gateway"]
    return rest


def _without_edges(holder: Data, name: str) -> Data:
    found = dict(holder)
    if "dependencies" in holder:
        found["dependencies"] = [e for e in holder["dependencies"] if not _is_to(e, name)]
    if "versions" in holder:
        found["versions"] = [_without_edges(version, name) for version in holder["versions"]]
    return found


def _is_to(edge: Any, name: str) -> bool:
    return bool(edge == name or (isinstance(edge, dict) and edge.get("service") == name))


def in_a_mesh() -> st.SearchStrategy[Data]:
    return registries(most=4).filter(lambda data: "mesh" in data and len(data["services"]) > 1)


@DRAWN
@given(data=in_a_mesh(), draw=st.data())
def test_an_edge_more_opens_its_own_cells_and_no_others(data: Data, draw: st.DataObject, helm43: Helm) -> None:
    name, edge = draw.draw(_edges(data))
    registry, wider = compiled(data), compiled(_with(data, name, edge))
    assume(registry is not None and wider is not None)  # in ambient, callers of one port say the same of their calls
    assert registry and wider
    before, after = render(registry, helm43), render(wider, helm43)
    old, new = before.matrix(), after.matrix()
    added = next(each for each in wider.by_name()[name].edges if each.target == edge["service"])
    own = {cell for cell in new if _is_of(cell, after, name, added)}
    assert own or not {name, edge["service"]} <= {each.labels.get(NAME) for each in after.subject.world.workloads}
    assert {cell for cell in new if old[cell][0] is not new[cell][0]} <= own
    if not after.is_ambient:  # there networks see tunnels alone, and of what is behind a waypoint the waypoint
        alike = {(cell.caller, cell.callee, cell.port) for cell in own}  # they see no requests
        assert {(c.caller, c.callee, c.port) for c in new if old[c][1] is not new[c][1]} <= alike
    if not (wider.mesh and wider.mesh.audit and _asks(wider, added)):  # an audit reads no tokens
        assert {cell for cell in own if set(new[cell]) != {Verdict.ALLOWED}} == set()


def _is_of(cell: Cell, rendered: Rendered, caller: str, edge: Edge) -> bool:
    """Whether a cell is one that the edge opens."""
    callee = rendered.registry.by_name()[edge.target]
    names = {str(each.ref): each.labels.get(NAME) for each in rendered.subject.world.workloads}
    ports = {callee.port(name).target_port for name in edge.ports}
    meant = names.get(cell.caller) == caller and names.get(cell.callee) == edge.target and cell.port in ports
    fits = (not edge.methods or cell.method in edge.methods) and is_path(cell.path, edge.paths)
    return meant and fits and (cell.token or not _asks(rendered.registry, edge))


def _asks(registry: Registry, edge: Edge) -> bool:
    jwt = registry.mesh.jwt if registry.mesh else None
    return jwt is not None and jwt.enforce is Enforce.EVERY_HOP and edge.token


@DRAWN
@given(data=in_a_mesh(), draw=st.data())
def test_a_service_less_leaves_its_name_nowhere(data: Data, draw: st.DataObject, helm43: Helm) -> None:
    name = draw.draw(st.sampled_from([each["name"] for each in data["services"] if each["name"] != "keys"]))
    registry, smaller = compiled(data), compiled(_without(data, name))
    assume(registry is not None and smaller is not None)
    assert registry and smaller
    before, after = render(registry, helm43), render(smaller, helm43)
    assert name in names_in(before.objects)
    assert name not in names_in(after.objects)
    old, new = before.matrix(), after.matrix()
    gone = {str(each.ref) for each in before.subject.world.workloads if each.labels.get(NAME) == name}
    kept = {cell: verdicts for cell, verdicts in old.items() if not gone & {cell.caller, cell.callee}}
    layers = slice(1) if after.is_ambient else slice(2)
    assert {cell: new[cell][layers] for cell in new} == {cell: kept[cell][layers] for cell in kept}


def names_in(objects: Iterable[Any]) -> set[str]:
    """Every word of what policies and routes name."""
    found = (text for each in objects if each["kind"] in OF_CALLS for text in _texts(each))
    return {word for text in found for word in re.split(r"[/.:@]", text)}


def _texts(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name not in TEXTS:
                yield from _texts(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, key)
    elif isinstance(value, str):
        yield value
