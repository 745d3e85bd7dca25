"""tests/cases/lint/<CODE>-<slug>/: what each lint code finds, and that it finds nothing else.

A case holds one or more of: change.yaml (what to change in base.yaml's objects), lint.txt and render.txt (helm's
words), template.yaml (an overlay), environments.txt or registry.yaml with values/ (value sets), record.txt (bytes);
and expected.txt.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from chartgen.audit.collection import Collection
from chartgen.audit.helm_words import Places, linted, rendering_failed
from chartgen.audit.platform import index
from chartgen.audit.record import Record, judge
from chartgen.audit.rules import audit_document, audit_platform
from chartgen.audit.sources import template_is_steady
from chartgen.codes import CODES
from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry import compile_registry
from chartgen.registry.model import Environment, Images, Metadata, Registry
from chartgen.report import as_text
from chartgen.workflows.value_sets import value_sets
from tests.manifests import merged

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parents[1] / "cases" / "lint"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())
PLACES = Places(chart="shop", folder="charts/shop", value=lambda chart, path: Span(f"{chart}:{'.'.join(path)}"))
SUBCHART = Places(chart="orders", folder="charts/shop/charts/orders", value=PLACES.value)


@pytest.mark.parametrize("name", NAMES)
def test_case_finds_what_it_expects(name: str) -> None:
    found = as_text(findings(CASES / name))
    expected = CASES / name / "expected.txt"
    if os.environ.get("CHARTGEN_ACCEPT"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
    assert f"[{name[:5]}]" in found


def test_every_lint_code_has_a_case_of_its_own() -> None:
    assert sorted(name[:5] for name in NAMES) == sorted(code for code in CODES if code.startswith("CG5"))


def test_the_base_has_no_fault() -> None:
    assert audited([*base()]) == ()


@pytest.mark.parametrize("kind", ["ServiceAccount", "Deployment", "Service"])
def test_an_object_with_an_annotation_that_is_no_text_still_takes_part(kind: str) -> None:
    found = audited(changed([{"kind": kind, "merge": {"metadata": {"annotations": {"a": 1}}}}]))
    assert [finding.code for finding in found] == ["CG503"]


def test_nothing_is_missed_in_a_chart_with_a_document_that_cannot_be_read() -> None:
    found = audited(changed([{"remove": "Deployment"}, {"text": "a: [b"}]))
    assert [finding.code for finding in found] == ["CG503"]


def test_nobody_asks_for_probes_of_udp() -> None:
    udp = [{"name": "http", "containerPort": 8080, "protocol": "UDP"}]
    found = audited(changed([{"container": {"ports": udp, "readinessProbe": None, "livenessProbe": None}}]))
    assert found == ()


def test_what_json_does_not_have_is_judged_all_the_same() -> None:
    labels = ", ".join(f"app.kubernetes.io/{name}: shop" for name in ("name", "instance", "part-of"))
    head = f"{{apiVersion: v1, kind: Service, metadata: {{name: a, labels: {{{labels}}}}}"
    text = head + ", spec: {since: 2024-01-01, 1: x}}"
    found = [finding.message for finding in audited([*base(), text]) if finding.code == "CG508"]
    assert [message.partition("has ")[2].partition(",")[0] for message in found] == ['"spec.1"', '"spec.since"']


@pytest.mark.parametrize("odd", [5, "x", [[5]], {"a": [1]}, None], ids=repr)
def test_no_rule_stumbles_over_a_shape(odd: Any) -> None:
    """People write templates too, and Helm prints whatever they say."""
    texts = base()
    for number, text in enumerate(texts):
        for path in places(yaml.safe_load(text)):
            assert audited([*texts[:number], yaml.safe_dump(replaced(yaml.safe_load(text), path, odd))]) is not None


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in it."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The data with another value at the path."""
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data


def findings(case: Path) -> tuple[Diagnostic, ...]:
    """Everything that the inputs of a case lead to."""
    found = Collection(value_sets=("prod",))
    if (text := _text(case / "change.yaml")) is not None:
        found.add(audited(changed(yaml.safe_load(text))))
    if (text := _text(case / "lint.txt")) is not None:
        found.add(linted(text, {"charts/shop": PLACES, "charts/shop/charts/orders": SUBCHART}))
    if (text := _text(case / "render.txt")) is not None:
        found.add(rendering_failed(text, PLACES, "charts/shop/Chart.yaml"))
    if (text := _text(case / "template.yaml")) is not None:
        found.add(template_is_steady(text, "overlays/orders/templates/template.yaml"))
    if (text := _text(case / "environments.txt")) is not None:
        for values in value_sets(case, registry(text.split())):
            found.add(values.findings)
    if (text := _text(case / "registry.yaml")) is not None:
        compiled = compile_registry("registry.yaml", text.encode(), lambda _: None)
        assert compiled.registry is not None
        for values in value_sets(case, compiled.registry):
            found.add(values.findings)
    if (text := _text(case / "record.txt")) is not None:
        found.add(judge(Record(size=int(text)), "charts/shop/Chart.yaml", "prod"))
    return found.told()


def audited(objects: list[str]) -> tuple[Diagnostic, ...]:
    """The findings on these documents as the production render of one platform."""
    found = Collection(value_sets=("prod",))
    documents = [audit_document(text, f"charts/shop/charts/orders/templates/{_kind(text)}.yaml") for text in objects]
    for document in documents:
        found.add(document.findings)
    things = [document.thing for document in documents if document.thing]
    broken = [finding for document in documents if not document.thing for finding in document.findings]
    found.add(audit_platform(index(things, production=True), broken))
    return found.told()


def base() -> list[str]:
    """The documents of base.yaml."""
    return (CASES / "base.yaml").read_text(encoding="utf-8").split("---\n")


def changed(changes: list[dict[str, Any]]) -> list[str]:
    """The documents of base.yaml after the changes of a case."""
    objects: list[Any] = [yaml.safe_load(text) for text in base()]
    texts: list[str] = []
    for change in map(_written_out, changes):
        match change:
            case {"text": text}:
                texts.append(text)
            case {"add": thing}:
                objects.append(thing)
            case {"remove": kind}:
                objects = [thing for thing in objects if thing["kind"] != kind]
            case {"copy": kind, "to": name}:
                objects.append(merged(_renamed(_first(objects, kind), name), change.get("merge", {})))
            case {"large": size}:
                objects.append(_config_map(size))
            case {"container": part}:
                containers = _pod(objects)["containers"]
                containers[0] = merged(containers[0], part)
            case {"init": part}:
                pod = _pod(objects)
                pod["initContainers"] = [merged(copy.deepcopy(pod["containers"][0]), part)]
            case {"kind": kind, "merge": part}:
                thing = _first(objects, kind)
                objects[objects.index(thing)] = merged(thing, part)
            case _:
                raise AssertionError(f"no such change: {change}")
    return [*(yaml.safe_dump(thing) for thing in objects), *texts]


def registry(environments: list[str]) -> Registry:
    """A registry that declares these environments and nothing else."""
    return Registry(
        metadata=Metadata(name="shop", version="1.0.0", app_version="1.0.0", description=""),
        images=Images(),
        services=(),
        environments=tuple(Environment(name=name) for name in environments),
    )


def _written_out(change: dict[str, Any]) -> dict[str, Any]:
    """`annotate: <bytes>` as the merge that it stands for."""
    if "annotate" not in change:
        return change
    annotations = {"note": "x" * change["annotate"]}
    return {"kind": change["kind"], "merge": {"metadata": {"annotations": annotations}}}


def _config_map(size: int) -> Any:
    """One that holds that many bytes."""
    labels = {f"app.kubernetes.io/{name}": "shop" for name in ("name", "instance", "part-of")}
    metadata = {"name": f"large-{size}", "labels": labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "x" * size}}


def _renamed(thing: Any, name: str) -> Any:
    return yaml.safe_load(yaml.safe_dump(thing).replace("name: orders", f"name: {name}"))


def _first(objects: list[Any], kind: str) -> Any:
    return next(thing for thing in objects if thing["kind"] == kind)


def _pod(objects: list[Any]) -> Any:
    return _first(objects, "Deployment")["spec"]["template"]["spec"]


def _kind(text: str) -> str:
    return next((line[6:].lower() for line in text.splitlines() if line.startswith("kind: ")), "extra")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
