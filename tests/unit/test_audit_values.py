from __future__ import annotations

import json
from typing import Any

import pytest

from chartgen.audit.collection import Collection
from chartgen.audit.record import Record, RootChart, judge, release_json
from chartgen.audit.values import coalesced, leaves_in_place, locate, merged
from chartgen.codes import diagnose
from chartgen.diagnostics import Span


@pytest.mark.parametrize(
    ("defaults", "given", "wanted"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 3}}, {"a": {"x": 3, "y": 2}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"x": 1}}, {"a": 5}, {"a": {"x": 1}}),
        ({"a": 5}, {"a": {"x": None, "y": 1}}, {"a": {"y": 1}}),
        ({"a": None}, {}, {}),
    ],
)
def test_values_coalesce_as_in_helm(defaults: dict[str, object], given: dict[str, object], wanted: object) -> None:
    assert coalesced(defaults, given) == wanted


def test_files_merge_and_keep_null() -> None:
    assert merged({"a": {"x": 1, "y": 2}}, {"a": {"x": None}, "b": 1}) == {"a": {"x": None, "y": 2}, "b": 1}


def test_a_missing_path_is_placed_at_its_nearest_ancestor() -> None:
    text = "a:\n  b:\n    c: 1\n"
    assert locate(text, ("a", "b", "d"), "f") == Span("f", 2, 3, 2, 4)
    assert locate(text, ("x",), "f") == Span("f")


def test_a_finding_names_its_value_sets_only_when_others_lack_it() -> None:
    found = Collection(value_sets=("the defaults", "dev", "prod"))
    everywhere, some = (diagnose("CG510", Span("f"), words) for words in ("everywhere", "some"))
    for name in found.value_sets:
        found.add([everywhere], name)
    found.add([some], "prod")
    found.add([some], "dev")
    assert [d.message for d in found.told()] == ["everywhere", "some (with dev, prod)"]


@pytest.mark.parametrize(("share", "codes"), [(0.49, []), (0.5, ["CG570"]), (0.75, ["CG571"]), (1.2, ["CG571"])])
def test_the_record_is_judged_by_its_share(share: float, codes: list[str]) -> None:
    assert [d.code for d in judge(Record(size=int(share * 1024 * 1024) + 1), "f", "prod")] == codes


def test_the_record_holds_values_of_what_is_on_and_escapes_as_go_does() -> None:
    chart = RootChart(
        metadata={"name": "x", "dependencies": [{"name": "on"}, {"name": "off"}]},
        values={"global": {"g": "<&>"}, "off": {"enabled": False}},
        schema=b"{}",
        templates={},
        files={},
        subcharts={"on": {"only-in-on": 1}, "off": {"only-in-off": 1}},
    )
    written = release_json(chart, {}, [], release="x")
    assert b"only-in-on" in written
    assert b"only-in-off" not in written
    assert written.count(b"\\u003c\\u0026\\u003e") == 2


def test_the_record_holds_the_notes_as_when_every_branch_is_taken() -> None:
    notes = b"Hello {{ .Release.Name }}\n{{- if .Release.IsUpgrade }}\nUpgraded\n{{- end }}"
    chart = RootChart(
        metadata={}, values={}, schema=b"", templates={"templates/NOTES.txt": notes}, files={}, subcharts={}
    )
    record = json.loads(release_json(chart, {}, [], release="x"))
    assert record["info"]["notes"] == "Hello \n\nUpgraded\n"


@pytest.mark.parametrize(
    ("values", "promoted"),
    [
        ({"web": {"image": {"tag": "1"}}}, True),
        ({"web": {"image": {"pullPolicy": "Always"}}}, False),
        ({"web": {"versions": {"v2": {"image": {"tag": "2"}}}}}, True),
        ({"web": {"versions": {"v2": {"settings": {"NEW": "yes"}}}}}, True),
        ({"web": {"versions": {"v2": {"enabled": True}}}}, False),
        ({"web": {"versions": {"image": {"env": {"tag": "x"}}}}}, False),
    ],
)
def test_what_is_promoted_is_so_of_versions_too(values: dict[str, Any], promoted: bool) -> None:
    files = {True: "values/prod/release.yaml", False: "values/prod/values.yaml"}
    text = json.dumps(values)
    assert list(leaves_in_place(values, text, files[promoted])) == []
    assert [found.code for found in leaves_in_place(values, text, files[not promoted])] == ["CG561"]
