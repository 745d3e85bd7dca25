from __future__ import annotations

import json

from chartgen.diagnostics import Diagnostic, Severity, Span
from chartgen.report import as_github, as_json, as_text

UNKNOWN = Diagnostic(
    code="CG203",
    severity=Severity.ERROR,
    span=Span("registry.yaml", 14, 9, 14, 17),
    message='service "orders" depends on unknown service "paymnets"',
    hint='did you mean "payments"?',
)
EMPTY = Diagnostic(code="CG001", severity=Severity.ERROR, span=Span("registry.yaml"), message="the registry is empty")
ADVICE = Diagnostic(code="CG401", severity=Severity.WARNING, span=Span("a,b:c%.yaml", 1, 2, 3, 4), message="a\r\nb%")


def test_text_is_the_form_that_the_product_promises() -> None:
    assert as_text([UNKNOWN]) == (
        'registry.yaml:14:9: error[CG203]: service "orders" depends on unknown service "paymnets" '
        '(did you mean "payments"?)\n'
    )


def test_text_of_a_whole_file_has_no_line() -> None:
    assert as_text([EMPTY]) == "registry.yaml: error[CG001]: the registry is empty\n"


def test_text_of_nothing_is_nothing() -> None:
    assert as_text([]) == as_github([]) == ""


def test_text_stays_on_one_line_and_steers_no_terminal() -> None:
    odd = Diagnostic(code="CG001", severity=Severity.ERROR, span=Span("x\x1b[2J"), message="a\nb\x07", hint="\x9b")
    assert as_text([odd]) == "x\\x1b[2J: error[CG001]: a\\nb\\x07 (\\x9b)\n"


def test_color_only_when_asked_for() -> None:
    assert "\033[" not in as_text([UNKNOWN, ADVICE])
    colored = as_text([UNKNOWN, ADVICE], color=True)
    assert "\033[1;31merror[CG203]\033[0m" in colored
    assert "\033[1;33mwarning[CG401]\033[0m" in colored


def test_json_has_every_fact() -> None:
    document = json.loads(as_json("validate", [UNKNOWN], {"services": 3}))
    assert document == {
        "schemaVersion": 1,
        "command": "validate",
        "diagnostics": [
            {
                "code": "CG203",
                "severity": "error",
                "file": "registry.yaml",
                "line": 14,
                "column": 9,
                "endLine": 14,
                "endColumn": 17,
                "message": 'service "orders" depends on unknown service "paymnets"',
                "hint": 'did you mean "payments"?',
            }
        ],
        "result": {"services": 3},
    }
    assert list(document) == ["schemaVersion", "command", "diagnostics", "result"]


def test_github_escapes_what_would_end_a_property_or_a_line() -> None:
    assert as_github([ADVICE]) == "::warning file=a%2Cb%3Ac%25.yaml,line=1,endLine=3,title=CG401::a%0D%0Ab%25\n"


def test_github_gives_columns_within_a_line_and_none_for_a_file() -> None:
    assert as_github([UNKNOWN, EMPTY]) == (
        '::error file=registry.yaml,line=14,col=9,endColumn=17,title=CG203::service "orders" depends on unknown '
        'service "paymnets" (did you mean "payments"?)\n'
        "::error file=registry.yaml,title=CG001::the registry is empty\n"
    )


def test_a_place_without_an_end_ends_where_it_begins() -> None:
    line = Diagnostic(code="CG754", severity=Severity.ERROR, span=Span("all.yaml", 7, 1), message="open")
    [record] = json.loads(as_json("verify", [line]))["diagnostics"]
    assert (record["endLine"], record["endColumn"]) == (7, 1)
    assert as_github([line]) == "::error file=all.yaml,line=7,col=1,title=CG754::open\n"


def test_of_many_with_one_code_the_rest_is_counted() -> None:
    text = as_text([UNKNOWN, EMPTY, UNKNOWN, UNKNOWN], most=1)
    assert text.count("CG203") == 2
    assert text.endswith("… and 2 more of CG203 (--format json has all)\n")
    assert "CG001" in text
