"""Pods that pass for those of a datastore that its operator runs."""

from __future__ import annotations

import pytest
import yaml

from chartgen.mesh.assumed import assumptions
from chartgen.mesh.expected import Expected
from chartgen.mesh.manifests import read_text
from chartgen.mesh.premises import premises_of
from chartgen.mesh.properties.identities import disguised
from chartgen.mesh.reading import read
from chartgen.mesh.subject import Subject
from chartgen.registry import compile_registry

REGISTRY = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example}
mesh: {type: istio}
services: [{name: web, dependencies: [db]}]
datastores: [{name: db, engine: postgresql, provision: operator}]
"""


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        (None, ["Pod default/db-1 passes for pods of db: the registry does not declare it"]),
        (("Cluster", "db"), []),
        (("Cluster", "other"), ["Pod default/db-1 passes for pods of db: the registry does not declare it"]),
    ],
)
def test_pods_of_an_operator_are_those_that_it_has_made(owner: tuple[str, str] | None, words: list[str]) -> None:
    compiled = compile_registry("registry.yaml", REGISTRY.encode(), lambda _: None)
    assert compiled.registry, compiled.diagnostics
    metadata: dict[str, object] = {"name": "db-1", "labels": {"cnpg.io/cluster": "db"}}
    if owner:
        metadata["ownerReferences"] = [{"kind": owner[0], "name": owner[1], "controller": True}]
    spec = {"serviceAccountName": "db", "containers": [{"name": "postgres"}]}
    found = read_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}))
    premises = premises_of(compiled.registry, {})
    world = read(found.objects, assumptions(compiled.registry, premises), found.problems)
    subject = Subject(world=world, expected=Expected(compiled.registry, premises))
    assert [each.words for each in disguised(subject)] == words
