"""Of Istio's and the Gateway API's objects the API server takes those that our own judge takes (tests/mesh_objects.py),
and no others: both have the same definitions, and the rules in CEL are evaluated by two programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests import mesh_objects, meshes

if TYPE_CHECKING:
    from chartgen.tools.helm import Helm
    from tests.cluster.harness.kube import Space

CASES = yaml.safe_load((Path(__file__).parents[1] / "data" / "mesh_objects.yaml").read_text(encoding="utf-8"))
STRICTLY = ("create", "--dry-run=server", "--validate=strict", "-f")


def objects() -> list[Any]:
    """The objects of the cases, each under a name of its own; without a kind that no server knows."""
    kinds = [case["kind"].split() for case in CASES]
    made = [
        {"apiVersion": version, "kind": kind, "metadata": {"name": f"a-{number}"}, "spec": case["spec"]}
        for number, ((version, kind), case) in enumerate(zip(kinds, CASES, strict=True))
    ]
    return [
        thing for thing in made if not any(said.startswith("no definition") for said in mesh_objects.problems(thing))
    ]


def test_both_take_the_same(spaces: Callable[..., Space], tmp_path: Path) -> None:
    things = objects()
    space = spaces("restricted")
    done = space.run(*STRICTLY, str(written(things, tmp_path)))
    taken = {line.partition("/")[2].partition(" ")[0] for line in done.stdout.splitlines() if " created" in line}
    ours = {thing["metadata"]["name"] for thing in things if not mesh_objects.problems(thing)}
    assert taken == ours, done.stderr
    assert ours
    assert len(ours) < len(things)


def test_a_platform_is_taken(spaces: Callable[..., Space], helm43: Helm, tmp_path: Path) -> None:
    """All of it, in both modes, with no warning."""
    space = spaces("restricted")
    for platform in (meshes.ticketing(), meshes.case("mesh-istio-api"), meshes.case("mesh-ambient")):
        things = platform.rendered(helm43, tmp_path / platform.name, namespace=space.name)
        found = [thing for thing in things if mesh_objects.is_one(thing)]
        assert found
        space.do(*STRICTLY, str(written(found, tmp_path)))


def written(things: list[Any], folder: Path) -> Path:
    """A file with the objects, each a document, so that one that is refused takes no other with it."""
    file = folder / "objects.yaml"
    file.write_text("\n---\n".join(map(json.dumps, things)), encoding="utf-8")
    return file
