"""tests/cases/verify/<CODE>-<slug>/: what each property finds, and that it finds nothing else.

`registry.yaml` is the platform of all cases, `base.yaml` what helm renders of it (tests/helm/test_verify.py holds it to
that). A case changes the objects (change.yaml), may have a registry of its own, or none (alone.txt), or is a variant
(variant.txt: the code of P14 or P15); expected.txt is what is reported. With CHARTGEN_UPDATE_CASES set, it is written.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from chartgen.codes import CODES
from chartgen.diagnostics import in_file_order
from chartgen.mesh.assumed import world_of
from chartgen.mesh.expected import Expected
from chartgen.mesh.manifests import read_text
from chartgen.mesh.premises import premises_of, with_door
from chartgen.mesh.properties import differences, judged
from chartgen.mesh.reading import read
from chartgen.mesh.subject import Subject
from chartgen.registry import compile_registry
from chartgen.report import as_text
from chartgen.workflows.verify import told
from tests.mesh_changes import changed

CASES = Path(__file__).parents[2] / "cases" / "verify"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
BASE = (CASES / "base.yaml").read_text(encoding="utf-8")
OWN = "CG75", "CG76", "CG77"


@pytest.mark.parametrize("name", NAMES)
def test_case_finds_what_it_expects(name: str) -> None:
    found = findings(CASES / name)
    expected = CASES / name / "expected.txt"
    if os.environ.get("CHARTGEN_UPDATE_CASES"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
    assert f"[{name[:5]}]" in found


def test_every_code_of_the_proof_has_a_case_of_its_own() -> None:
    assert sorted({name[:5] for name in NAMES}) == sorted(code for code in CODES if code.startswith(OWN))


def test_the_base_is_proven() -> None:
    assert report(BASE, CASES / "registry.yaml") == ""


def test_the_door_has_the_account_of_its_rendered_gateway() -> None:
    other = [{"of": "Gateway/shop", "replace": [[["spec", "gatewayClassName"], "edge"]]}]
    found = report(changed(BASE, other), CASES / "registry.yaml")
    assert "account default/shop-istio, which nobody has" in found
    assert "ingress → web:8080 GET / is declared (public route), and is refused" in found


def findings(case: Path) -> str:
    """The report on a case."""
    change = case / "change.yaml"
    changes = yaml.safe_load(change.read_text(encoding="utf-8")) if change.is_file() else []
    own = case / "registry.yaml"
    registry = own if own.is_file() else CASES / "registry.yaml"
    variant = (case / "variant.txt").read_text(encoding="utf-8").strip() if (case / "variant.txt").is_file() else ""
    return report(changed(BASE, changes), None if (case / "alone.txt").is_file() else registry, variant)


def report(manifests: str, registry: Path | None, variant: str = "") -> str:
    """What is reported on manifests, compared with a registry or by themselves."""
    found = read_text(manifests)
    if registry is None:
        subject = Subject(world=read(found.objects, None, found.problems))
        return as_text(in_file_order([told(each, None) for each in judged(subject)]))
    compiled = compile_registry("registry.yaml", registry.read_bytes(), lambda _: None)
    assert compiled.registry is not None, compiled.diagnostics
    premises = premises_of(compiled.registry, {})
    world = world_of(found, compiled.registry, premises)
    subject = Subject(world=world, expected=Expected(compiled.registry, with_door(premises, compiled.registry, world)))
    results = differences(subject, variant, "a variant") if variant else judged(subject)
    return as_text(in_file_order([told(each, compiled.sources) for each in results]))
