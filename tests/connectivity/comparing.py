"""Who may call whom, by network-config-analyzer and by the evaluator."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from chartgen.mesh.decide import decide
from chartgen.mesh.envoy import network_steps
from chartgen.mesh.model import Call, Caller, Layer, Ref, Request, Verdict, Workload, worst
from chartgen.mesh.reading import read
from chartgen.mesh.world import Assumptions
from scripts.get_analyzer import ANALYZER
from tests.connectivity import projection

HERE = Path(__file__).parent
METHODS = ("GET", "POST")
STRAY = (9, 15008, 59999)


class Matrix:
    """What the analyzer says of one layer."""

    def __init__(self, cubes: list[Any]) -> None:
        self._cubes: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for callers, callees, *rest in cubes:
            for caller in callers:
                for callee in callees:
                    self._cubes[caller, callee].append(rest)

    def allows(self, caller: str, callee: str, port: int, method: str, path: str) -> bool:
        return any(
            any(start <= port <= end for start, end in ports) and method in methods and path in paths
            for ports, methods, paths in self._cubes[caller, callee]
        )


class Comparison:
    """Both sides on the same objects; `hidden`: a kind of object that the evaluator does not get to see."""

    def __init__(self, objects: list[Any], folder: Path, gateway: str = "", hidden: str = "") -> None:
        both = projection.projected(objects, gateway)
        self.paths = sorted(_paths(both))
        self._said = _analysed(both, self.paths, folder)
        everything = [each for each in (*both, *projection.services(objects)) if each["kind"] != hidden]
        self.world = read(((each, _ref(each)) for each in everything), Assumptions(namespace=projection.HOME))
        self.asked = 0

    def differences(self, *layers: Layer) -> list[str]:
        """The calls of which the two say different things."""
        return [text for caller, callee in self._pairs() for text in self._of_pair(caller, callee, layers)]

    def allowed(self, layer: Layer) -> int:
        """How many pairs of the platform may call each other at all."""
        matrix = self._said[layer]
        return sum(
            any(matrix.allows(_name(a), _name(b), port, "GET", path) for port in _ports(b) for path in self.paths)
            for a, b in self._pairs()
        )

    def _pairs(self) -> Iterator[tuple[Workload, Workload]]:
        """Each with each, and with its own twin: what a pod says to itself passes nothing."""
        callees = [each for each in self._firsts() if each.namespace == projection.HOME]
        twins = {each.name: each for each in self.world.workloads}
        yield from ((a, b) for b in callees for a in self._firsts() if a is not b)
        yield from ((twins[f"{b.name[:-1]}1"], b) for b in callees if f"{b.name[:-1]}1" in twins)

    def _firsts(self) -> list[Workload]:
        return [each for each in self.world.workloads if not each.name.endswith("-1")]

    def _of_pair(self, caller: Workload, callee: Workload, layers: tuple[Layer, ...]) -> Iterator[str]:
        who = Caller(identity=caller.identity, namespace=caller.namespace, labels=caller.labels, address="10.0.0.1")
        for port in _ports(callee):
            if Layer.NETWORK in layers:
                passes = worst(step.verdict for step in network_steps(self.world, who, callee, port))
                yield from self._told(Layer.NETWORK, caller, callee, port, "GET", "/", passes)
            for request in self._requests(callee, port) if Layer.AUTHORIZATION in layers else ():
                call = Call(caller=who, callee=callee, port=port, request=request)
                steps = decide(self.world, call).steps
                passes = worst(step.verdict for step in steps if step.layer is not Layer.NETWORK)
                method, path = (request.method, request.path) if request else ("GET", "/")
                yield from self._told(Layer.AUTHORIZATION, caller, callee, port, method, path, passes)

    def _requests(self, callee: Workload, port: int) -> list[Request | None]:
        protocols = self.world.protocols(callee, port)
        if "tcp" in protocols:
            return [None]
        return [Request(method=method, path=path) for method in METHODS for path in self.paths]

    def _told(
        self, layer: Layer, caller: Workload, callee: Workload, port: int, method: str, path: str, passes: Verdict
    ) -> Iterator[str]:
        self.asked += 1
        theirs = self._said[layer].allows(_name(caller), _name(callee), port, method, path)
        if passes is Verdict.UNKNOWN or theirs != (passes is Verdict.ALLOWED):
            words = "allowed" if theirs else "refused"
            yield f"{layer}: {_name(caller)} → {_name(callee)}:{port} {method} {path}: {passes} here, {words} there"


@pytest.fixture(scope="session", autouse=True)
def _analyzer() -> None:
    if not ANALYZER.home().is_dir():
        pytest.fail(
            "network-config-analyzer is not in the tools cache; `make judges-apart` puts it there", pytrace=False
        )


def _analysed(objects: list[Any], paths: list[str], folder: Path) -> dict[Layer, Matrix]:
    manifests = folder / "manifests.yaml"
    manifests.write_text(yaml.dump_all(objects, Dumper=yaml.CSafeDumper), encoding="utf-8")
    argv = [ANALYZER.python(), str(HERE / "analyse.py"), str(manifests)]
    done = subprocess.run(argv, input=json.dumps(paths), capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    return {Layer.NETWORK: Matrix(said["network"]), Layer.AUTHORIZATION: Matrix(said["authorization"])}


def _paths(objects: list[Any]) -> set[str]:
    """A path for each pattern, and some that none means."""
    found = {"/", "/else", "/else/where"}
    for each in objects:
        for rule in each["spec"].get("rules", ()) if each["kind"] == "AuthorizationPolicy" else ():
            for to in rule.get("to", ()):
                for path in to["operation"].get("paths", ()):
                    found |= {path.replace("*", "x"), path.replace("*", ""), path.removesuffix("/*") or "/"}
    return found


def _ports(workload: Workload) -> list[int]:
    return [*(port.number for port in workload.ports if port.transport == "TCP"), *STRAY]


def _name(workload: Workload) -> str:
    return f"{workload.namespace}/{workload.name}"


def _ref(tree: Any) -> Ref:
    metadata = tree["metadata"]
    return Ref(kind=tree["kind"], namespace=metadata.get("namespace", ""), name=metadata["name"])
