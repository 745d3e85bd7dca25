"""What may be set on the policy chart: all of it is read, and nothing that would open the platform is taken."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[4]
CHARTS = sorted(
    path.parent
    for path in [*(ROOT / "tests/cases/generate").rglob("Chart.yaml"), *(ROOT / "charts").rglob("Chart.yaml")]
    if path.parent.name.endswith("policy")
)


def leaves(values: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each value that is no mapping, or is one of labels."""
    for key, value in values.items():
        if isinstance(value, dict) and key != "selector":
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def reads(text: str, path: tuple[str, ...]) -> bool:
    """Whether templates read the value: by its whole path, or its last key of a variable or an `index`."""
    *_, parent, last = path
    whole = ".Values." + ".".join(path) in text
    return whole or re.search(rf"(\$\w+|\"{re.escape(parent)}\"\)?)(\.| \"){last}\b", text) is not None


def templates(chart: Path) -> str:
    """All that Helm reads of a chart, in one text."""
    files = [path for path in (chart / "templates").rglob("*") if path.is_file()]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: str(chart.relative_to(ROOT)))
def test_its_values_are_those_that_it_reads(chart: Path) -> None:
    text = templates(chart)
    values = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
    assert [path for path in leaves(values) if not reads(text, path)] == []
    assert set(re.findall(r"\.Values\.global\.(\w+)", text)) == set(values["global"])


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: str(chart.relative_to(ROOT)))
def test_its_helpers_are_those_that_it_includes(chart: Path) -> None:
    text = templates(chart)
    assert set(re.findall(r'define "([^"]+)"', text)) == set(re.findall(r'include "([^"]+)"', text))


@cache
def known(case: str, chart: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a chart of a case, and its values."""
    folder = ROOT / "tests/cases/generate" / case / "expected/charts" / chart
    values = yaml.safe_load((folder / "values.yaml").read_text(encoding="utf-8"))
    return json.loads((folder / "values.schema.json").read_text(encoding="utf-8")), values


LONG = "a" * 64
NAMESPACES = [*("", "-a", "a-", "a.b", "A", "*", "a\nb", "a/b", LONG)]
TAKEN: dict[str, tuple[list[Any], list[Any]]] = {
    "mesh.trustDomain": (["cluster.local", "td", "a-b.c1"], ["", "*", ".a", "a.", "A", "a/b", "a b", "a\n- '*'"]),
    "mesh.namespace": (["", "shop", "a1-b"], [each for each in NAMESPACES if each]),
    "mesh.identity": (["serviceAccounts", "principals"], ["", "namespaces", None]),
    "mesh.controlPlane.namespace": (["istio-system"], NAMESPACES),
    "mesh.ingress.namespace": (["", "istio-ingress"], [each for each in NAMESPACES if each]),
    "mesh.ingress.serviceAccount": (["", "door-istio", "a.b"], ["*", "a/b", "a b", "A", "a\n- '*'"]),
    "mesh.scraper.namespace": (["monitoring"], NAMESPACES),
    "mesh.scraper.serviceAccount": (["prometheus", "a.b"], ["", "*", "a/b", "A"]),
    "gateway.className": (["istio", "example.com"], ["", "*", "a/b", "A", "a\n- '*'"]),
    "operators.cloudnative-pg.namespace": (["cnpg-system"], NAMESPACES),
    "monitoring.scrape": (["annotations", "podMonitor", "none"], ["", "all"]),
    "datastores.orders-db.host": (["", "db.example.com", "10.0.0.7", "fd00::7"], ["*", "a:5432", "a/b", "a b"]),
    "datastores.orders-db.port": ([1, 5432, 65535], [0, 65536, "5432"]),
    "ingress.from": ([[], [{"ipBlock": {"cidr": "10.0.0.0/8"}}]], [[{}], [{"pods": {}}], "", None]),
}
OF_ISTIOS_API: dict[str, tuple[list[Any], list[Any]]] = {
    "gateway.selector": ([{"istio": "ingress"}], [{}, "", {"istio": 1}, None]),
    "mesh.ingress.serviceAccount": (["istio-ingress"], ["", "*", "a/b"]),
}


def refuses(case: str, chart: str, key: str, value: Any) -> bool:
    """Whether the chart refuses that value of `global`, its others being what they are by default."""
    schema, values = known(case, chart)
    *path, last = ["global", *key.split(".")]
    inner = given = copy.deepcopy(values)
    for part in path:
        inner = inner.setdefault(part, {})
    inner[last] = value
    return not jsonschema.Draft7Validator(schema).is_valid(given)


@pytest.mark.parametrize("chart", ["tickets/charts/mesh-policy", "tickets"])
@pytest.mark.parametrize("key", TAKEN)
def test_values_that_would_open_or_break_something_are_refused(key: str, chart: str) -> None:
    taken, refused = TAKEN[key]
    assert [each for each in taken if refuses("mesh", chart, key, each)] == []
    assert [each for each in refused if not refuses("mesh", chart, key, each)] == []


@pytest.mark.parametrize("key", OF_ISTIOS_API)
def test_those_of_a_door_of_istios_api_are_too(key: str) -> None:
    taken, refused = OF_ISTIOS_API[key]
    assert [each for each in taken if refuses("mesh-istio-api", "shop-policy", key, each)] == []
    assert [each for each in refused if not refuses("mesh-istio-api", "shop-policy", key, each)] == []


@pytest.mark.parametrize("key", ["mesh.trustDomains", "mesh.ingress.account", "gateway.class", "mesh.scraper.path"])
def test_other_keys_are_refused(key: str) -> None:
    assert refuses("mesh", "tickets/charts/mesh-policy", key, "istio")
