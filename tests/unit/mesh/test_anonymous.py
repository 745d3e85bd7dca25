"""Rules that name no caller, where no registry says who is meant: whoever says the right words gets in."""

from __future__ import annotations

import pytest

from chartgen.mesh.matrix import rows_of_rules
from chartgen.mesh.properties.rules import anonymous
from chartgen.mesh.subject import Subject
from tests.unit.mesh.worlds import policy, world

HEADER = "when: [{key: 'request.headers[x-secret]', values: ['*']}]"


@pytest.mark.parametrize(
    ("rule", "terms"),
    [
        (HEADER, "request.headers[x-secret] *"),
        ("to: [{operation: {hosts: [foo.example]}}]", "hosts foo.example"),
        ("to: [{operation: {methods: [PATCH], paths: [/q]}}]", "methods PATCH, paths /q"),
        ("from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]", "remote.ip 10.0.0.0/8"),
        (f"from: [{{source: {{principals: ['*']}}}}], {HEADER}", "request.headers[x-secret] *"),
    ],
)
def test_a_rule_of_words_alone_is_open_to_strangers(rule: str, terms: str) -> None:
    [found] = anonymous(Subject(world=world(policy(f"[{{{rule}}}]"))))
    assert found.code == "CG753"
    assert found.words.endswith(f"with {terms}")


@pytest.mark.parametrize(
    "rule",
    [
        f"from: [{{source: {{serviceAccounts: [shop/front]}}}}], {HEADER}",
        f"from: [{{source: {{principals: ['*/ns/shop/sa/front']}}}}], {HEADER}",
        f"from: [{{source: {{requestPrincipals: ['*']}}}}], {HEADER}",
        "to: [{operation: {ports: ['8080']}}]",
    ],
)
def test_one_that_names_somebody_is_not_and_one_without_any_words_is_found_by_asking(rule: str) -> None:
    assert list(anonymous(Subject(world=world(policy(f"[{{{rule}}}]"))))) == []


def test_the_matrix_says_what_a_rule_asks_beside_the_rest() -> None:
    rule = f"from: [{{source: {{serviceAccounts: [shop/front]}}}}], {HEADER}"
    [row] = [row for row in rows_of_rules(Subject(world=world(policy(f"[{{{rule}}}]")))) if row.callee.endswith("web")]
    assert row.conditions == ("request.headers[x-secret] *",)


def test_names_with_wildcards_are_callers_as_they_are_written() -> None:
    rule = "from: [{source: {principals: ['*/ns/shop/sa/front']}}]"
    [row] = [row for row in rows_of_rules(Subject(world=world(policy(f"[{{{rule}}}]")))) if row.callee.endswith("web")]
    assert row.caller == "*/ns/shop/sa/front"
