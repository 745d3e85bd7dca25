"""`chartgen explain` on what the real helm renders of the cases with a mesh."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from chartgen.cli.run import run
from chartgen.mesh.asking import Asking
from chartgen.mesh.explained import text
from chartgen.tools.helm import Helm
from chartgen.workflows import explain, load
from chartgen.workflows.early import started
from tests.conftest import ROOT
from tests.manifests import BACK, FRONT

CASES = ROOT / "tests" / "cases" / "generate"
Ask: TypeAlias = Callable[..., Any]


def _asker(tmp_path_factory: pytest.TempPathFactory, case: str, helm: Helm) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp(f"explain-{case}")
    shutil.copy2(CASES / case / "registry.yaml", root)
    assert run(["-C", str(root), "generate"]) == 0
    return root, helm.path


@pytest.fixture(scope="module", params=["mesh", "mesh-ambient"])
def mode(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, helm43: Helm) -> tuple[Path, str]:
    return _asker(tmp_path_factory, request.param, helm43)


@pytest.fixture(scope="module")
def sidecars(tmp_path_factory: pytest.TempPathFactory, helm43: Helm) -> tuple[Path, str]:
    return _asker(tmp_path_factory, "mesh", helm43)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other runs remember plays no part."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def ask(mode: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> Ask:
    return _ask(mode, capsys)


@pytest.fixture
def ask_sidecars(sidecars: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> Ask:
    return _ask(sidecars, capsys)


def _ask(place: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> Ask:
    root, helm = place

    def asked(*arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        found = run(["-C", str(root), "--helm", helm, "explain", *arguments, "--format", "json"])
        seen = capsys.readouterr()
        assert "Traceback" not in seen.err
        assert found == code, seen.err
        document = json.loads(seen.out)
        return document["result"]["answers"] if code == 0 else document["error"]["message"]

    return asked


def layers(answer: Any, verdict: str) -> set[str]:
    return {step["layer"] for step in answer["layers"] if step["verdict"] == verdict}


def lines(root: Path) -> list[str]:
    return (root / "registry.yaml").read_text(encoding="utf-8").splitlines()


def test_a_declared_call_passes_and_names_its_line(ask: Ask, mode: tuple[Path, str]) -> None:
    [answer] = ask("web", "orders")
    assert answer["verdict"] == "allowed"
    assert (answer["portName"], answer["request"]["method"]) == ("http", "GET")
    assert {"network policy", "mTLS", "authorization"} <= layers(answer, "allowed")
    assert answer["mends"] == []
    [line] = answer["admits"]
    assert "service: orders" in lines(mode[0])[line["line"] - 1]


def test_a_step_names_the_object_its_file_and_the_rule(ask_sidecars: Ask, sidecars: tuple[Path, str]) -> None:
    [answer] = ask_sidecars("web", "orders", "--method", "POST", "--path", "/v1/orders/7")
    [step] = [step for step in answer["layers"] if step["layer"] == "authorization"]
    assert (step["object"]["kind"], step["object"]["name"]) == ("AuthorizationPolicy", "orders")
    assert (sidecars[0] / step["object"]["file"]).is_file()
    assert step["where"].startswith("spec.rules[")
    assert "/web" in step["says"] and "/v1/orders/*" in step["says"]


def test_a_method_and_a_path_that_no_edge_has(ask: Ask) -> None:
    for arguments, words in (
        (("--method", "DELETE", "--path", "/v1/orders/1"), "its methods are GET, POST"),
        (("--path", "/internal"), "its paths are /v1/orders"),
    ):
        [answer] = ask("web", "orders", *arguments)
        assert answer["verdict"] == "refused"
        assert layers(answer, "refused") == {"authorization"}
        assert words in answer["mends"][0]["words"]


def test_the_clause_that_stands_in_the_way(ask_sidecars: Ask) -> None:
    [answer] = ask_sidecars("web", "orders", "--method", "DELETE", "--path", "/v1/orders/1")
    [step] = [step for step in answer["layers"] if step["verdict"] == "refused"]
    assert step["where"].endswith("operation.methods")
    assert step["says"] == "takes GET, POST"


def test_no_edge(ask_sidecars: Ask, sidecars: tuple[Path, str]) -> None:
    [answer] = ask_sidecars("web", "orders-db")
    assert answer["verdict"] == "refused"
    assert layers(answer, "refused") == {"network policy", "authorization"}
    [mend] = answer["mends"]
    assert mend["words"] == "no edge leads from web to orders-db: add orders-db to its dependencies"
    assert "dependencies" in "".join(lines(sidecars[0])[mend["line"] - 2 : mend["line"]])


def test_another_port_of_a_declared_callee(ask_sidecars: Ask) -> None:
    [answer] = ask_sidecars("web", "orders", "--port", "grpc")
    assert answer["verdict"] == "refused"
    assert "add grpc to its ports" in answer["mends"][0]["words"]
    [answer] = ask_sidecars("web", "orders", "--port", "9999")
    assert answer["verdict"] == "refused"
    assert "declares no port 9999" in answer["mends"][0]["words"]


def test_a_port_by_the_services_number_and_by_the_pods(ask_sidecars: Ask) -> None:
    by_name, by_service, by_pods = (ask_sidecars("web", "orders", "--port", port)[0] for port in ("http", "80", "3000"))
    assert by_name["port"] == by_service["port"] == by_pods["port"] == 3000


@pytest.mark.parametrize("caller", ["stranger", "elsewhere/web", "outside"])
def test_strangers_are_refused(ask: Ask, caller: str) -> None:
    for answer in ask(caller, "orders"):
        assert answer["verdict"] == "refused"
        assert layers(answer, "refused") >= ({"mTLS"} if caller == "outside" else {"authorization"})


def test_plaintext_of_a_declared_caller(ask_sidecars: Ask) -> None:
    [answer] = ask_sidecars("web", "prices", "--plaintext")
    assert "mTLS" in layers(answer, "refused")
    assert "with a certificate" in answer["mends"][0]["words"]


def test_versions(ask_sidecars: Ask) -> None:
    assert {answer["verdict"] for answer in ask_sidecars("prices@v2", "rates", "--method", "GET")} == {"allowed"}
    assert 'has no version "v3"' in ask_sidecars("prices@v3", "rates", code=2)


def test_the_door_asks_for_tokens(ask_sidecars: Ask) -> None:
    [answer] = ask_sidecars("ingress", "web", "--path", "/admin/users")
    assert answer["verdict"] == "allowed"
    assert answer["request"]["token"]["claims"]["realm_access"] == {"roles": "admin"}
    for arguments, layer in (
        (("--token", "none"), "authorization"),
        (("--token", "bad"), "JWT"),
        (("--token", "expired"), "JWT"),
        (("--claims", "realm_access[roles]=guest"), "authorization"),
        (("--claims", "iss=https://other.example.com"), "JWT"),
    ):
        [answer] = ask_sidecars("ingress", "web", "--path", "/admin/users", *arguments)
        assert answer["verdict"] == "refused", arguments
        assert layer in layers(answer, "refused"), arguments
        assert answer["mends"][0]["words"].startswith("this does not take the call in: "), arguments


def test_a_public_route_needs_none(ask_sidecars: Ask) -> None:
    [answer] = ask_sidecars("ingress", "web", "--path", "/health", "--token", "none")
    assert answer["verdict"] == "allowed"


def test_claims_from_a_file(ask_sidecars: Ask, sidecars: tuple[Path, str]) -> None:
    claims = {"tenant": "acme", "scope": "x tickets.admin", "realm_access": {"roles": ["owner"]}}
    (sidecars[0] / "claims.json").write_text(json.dumps(claims), encoding="utf-8")
    route = ("ingress", "web", "--path", "/admin/x", "--host", "tickets.example.com")
    [answer] = ask_sidecars(*route, "--claims", "claims.json")
    assert answer["verdict"] == "allowed"
    [answer] = ask_sidecars(*route, "--claims", "claims.json", "--claims", "tenant=other")
    assert answer["verdict"] == "refused"


def test_a_waypoint_is_on_the_way(tmp_path_factory: pytest.TempPathFactory, helm43: Helm, capsys: Any) -> None:
    ask = _ask(_asker(tmp_path_factory, "mesh-ambient", helm43), capsys)
    [answer] = ask("web", "orders", "--method", "DELETE", "--path", "/v1/orders/1")
    assert answer["verdict"] == "refused"
    [step] = [step for step in answer["layers"] if step["verdict"] == "refused"]
    assert step["object"]["name"] == "orders.waypoint"
    for scraper in ("scraper", "monitoring/prometheus"):  # it calls pods by their addresses, past the waypoint
        [answer] = ask(scraper, "prices")
        assert (answer["verdict"], answer["port"], answer["notes"]) == ("allowed", 3000, [])
    [answer] = ask("monitoring/other", "prices", "--port", "3000")
    assert answer["verdict"] == "refused"


def test_other_callers_that_are_no_service(ask_sidecars: Ask) -> None:
    [answer] = ask_sidecars("scraper", "web")
    assert (answer["verdict"], answer["request"]["path"]) == ("allowed", "/metrics")
    assert "no sidecar proves who it is" in answer["notes"][0]
    [answer] = ask_sidecars("helm-test", "web")
    assert answer["verdict"] == "refused"
    [answer] = ask_sidecars("helm-test", "web", "--env", "dev")
    assert answer["verdict"] == "refused", "values/dev of a case does not switch the tests on"


def test_datastores_and_externals(ask_sidecars: Ask) -> None:
    assert [a["verdict"] for a in ask_sidecars("orders", "orders-db")] == ["allowed"]
    assert [a["verdict"] for a in ask_sidecars("orders", "bank")] == ["allowed"]
    [answer] = ask_sidecars("web", "bank")
    assert answer["verdict"] == "refused"
    assert "add bank to its dependencies" in answer["mends"][0]["words"]


def test_what_is_switched_off_is_said(ask_sidecars: Ask) -> None:
    [answer] = ask_sidecars("retired", "rates")
    assert "retired is switched off with these values" in answer["notes"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("wep", "orders"), 'did you mean "web"?'),
        (("web", "ordes"), 'did you mean "orders"?'),
        (("web", "orders", "--port", "htp"), 'did you mean "http"?'),
        (("web", "orders", "--port", "70000"), "is no port"),
        (("bank", "orders"), "is an external"),
        (("web", "orders", "--env", "nowhere"), "no environment"),
        (("web", "orders", "--claims", "nothing"), "nothing"),
        (("web", "orders", "--header", "x"), "is no NAME=VALUE"),
        (("a/b/c", "orders"), "is no NAMESPACE/ACCOUNT"),
    ],
)
def test_wrong_usage(ask_sidecars: Ask, arguments: tuple[str, ...], words: str) -> None:
    assert words in ask_sidecars(*arguments, code=2)


def test_text_says_the_verdict_first(sidecars: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    root, helm = sidecars
    assert run(["-C", str(root), "--helm", helm, "explain", "web", "orders-db"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("web → orders-db on postgres (5432): refused by network policy and authorization\n")
    assert "  mTLS            passes   PeerAuthentication default/default spec.mtls.mode:" in out
    assert "registry.yaml:" in out


def test_stale_charts_are_named(tmp_path_factory: pytest.TempPathFactory, helm43: Helm, capsys: Any) -> None:
    root, helm = _asker(tmp_path_factory, "mesh", helm43)
    registry = root / "registry.yaml"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(
        text.replace("{datastore: sessions, optional: true}", "{datastore: orders-db}"), encoding="utf-8"
    )
    [answer] = _ask((root, helm), capsys)("web", "orders-db")
    assert answer["verdict"] == "refused"
    assert "run `chartgen generate`" in answer["mends"][0]["words"]


def test_no_charts_and_no_helm(tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy2(CASES / "mesh" / "registry.yaml", tmp_path)
    assert run(["-C", str(tmp_path), "explain", "web", "orders"]) == 2
    assert "run `chartgen generate` first" in capsys.readouterr().err
    assert run(["-C", str(tmp_path), "generate"]) == 0
    assert run(["-C", str(tmp_path), "--helm", "/nowhere/helm", "explain", "web", "orders"]) == 3


@pytest.mark.parametrize("case", ["mesh", "mesh-ambient", "mesh-istio-api", "door"])
def test_every_pair_is_answered_as_the_registry_says(case: str, tmp_path_factory: Any, helm43: Helm) -> None:
    root, helm = _asker(tmp_path_factory, case, helm43)
    registry = load.run(root).registry
    assert registry is not None
    edges = {(caller, edge.target) for caller, edge in registry.edges()}
    of_versions = {
        (f"{service.name}@{version.name}", edge.target)
        for service in registry.services
        for version in service.versions
        for edge in version.workload.edges
    }
    externals = {external.name for external in registry.externals}
    callees = [name for name, node in registry.by_name().items() if not node.exposed]
    callers = [node.name for node in registry.charts() if node.enabled]
    with started(root, "", helm) as early:
        for caller, callee in product([*callers, "stranger", "outside"], callees):
            if caller == callee or (caller in ("stranger", "outside") and callee in externals):
                continue
            asking = Asking(caller=caller, callee=callee)
            done = explain.run(root, "registry.yaml", asking, early)
            for answer in done.answers:
                waived = any(line.words.startswith(("plaintext", "keys of the issuer")) for line in answer.admits)
                declared = (answer.caller, callee) in (of_versions if "@" in answer.caller else edges)
                assert answer.decision.allowed is declared or waived, text(done.answers)
                assert bool(answer.mends) is not answer.decision.allowed, text(done.answers)


def test_an_answer_is_remembered_until_anything_changes(
    tmp_path_factory: Any, helm43: Helm, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _asker(tmp_path_factory, "mesh", helm43)
    root, ask = place[0], _ask(place, capsys)
    first = ask("web", "orders")
    sought: list[str] = []

    def seek(*_: object) -> explain.Explained:
        sought.append("again")
        return explain.Explained()

    monkeypatch.setattr(explain, "run", seek)
    assert ask("web", "orders") == first
    assert not sought
    for file in ("registry.yaml", "charts/tickets/values.yaml", "charts/tickets/charts/web/templates/deployment.yaml"):
        text = (root / file).read_text(encoding="utf-8")
        (root / file).write_text(f"{text}\n# changed\n", encoding="utf-8")
        ask("web", "orders")
        (root / file).write_text(text, encoding="utf-8")
        assert ask("web", "orders") == first
    ask("web", "orders", "--method", "POST")
    ask("web", "orders", "--env", "dev")
    (root / "charts" / "tickets" / "charts" / "web" / "templates" / "new.yaml").write_text("", encoding="utf-8")
    ask("web", "orders")
    assert len(sought) == 6


def test_a_render_is_remembered_until_anything_changes(
    tmp_path_factory: Any, helm43: Helm, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _asker(tmp_path_factory, "mesh", helm43)
    root, ask = place[0], _ask(place, capsys)
    rendered: list[str] = []
    template = Helm.template

    def count(self: Helm, chart: Path, **options: Any) -> Any:
        rendered.append(chart.name)
        return template(self, chart, **options)

    monkeypatch.setattr(Helm, "template", count)
    [first] = ask("web", "orders", "--method", "GET")
    ask("web", "orders", "--method", "POST")
    ask("web", "sessions")
    assert len(rendered) == 1
    ask("web", "orders", "--env", "dev")
    assert len(rendered) == 2
    rules = root / "charts" / "tickets" / "charts" / "mesh-policy" / "templates" / "services" / "orders.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text("", encoding="utf-8")
    [closed] = ask("web", "orders", "--method", "GET")
    assert (first["verdict"], closed["verdict"], len(rendered)) == ("allowed", "refused", 3)
    rules.write_text(text, encoding="utf-8")
    [open_again] = ask("web", "orders", "--method", "GET")
    assert (open_again["verdict"], len(rendered)) == ("allowed", 4)
    (root / "values" / "dev" / "release.yaml").write_text("orders: {image: {tag: '2'}}\n", encoding="utf-8")
    ask("web", "orders", "--env", "dev", "--method", "POST")
    assert len(rendered) == 5


def test_what_changed_while_helm_was_at_work_is_not_remembered(
    tmp_path_factory: Any, helm43: Helm, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _asker(tmp_path_factory, "mesh", helm43)
    ask = _ask(place, capsys)
    values = place[0] / "charts" / "tickets" / "values.yaml"
    text = values.read_text(encoding="utf-8")
    rendered: list[str] = []
    template = Helm.template

    def meanwhile(self: Helm, chart: Path, **options: Any) -> Any:
        done = template(self, chart, **options)
        values.write_text(text if rendered else f"{text}# changed\n", encoding="utf-8")
        rendered.append(chart.name)
        return done

    monkeypatch.setattr(Helm, "template", meanwhile)
    ask("web", "orders")
    values.write_text(text, encoding="utf-8")
    ask("web", "orders")
    assert len(rendered) == 2


def test_manifests_of_others(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "all.yaml").write_text(FRONT + BACK, encoding="utf-8")
    ask = _ask((tmp_path, "no-helm-is-needed"), capsys)
    [answer] = ask("front", "back", "--rendered", "all.yaml")
    assert (answer["verdict"], answer["port"]) == ("allowed", 80)
    [answer] = ask("shop/front", "shop/back", "--port", "8080", "--method", "PUT", "--rendered", ".")
    assert answer["verdict"] == "refused"
    [step] = [step for step in answer["layers"] if step["verdict"] == "refused"]
    assert (step["object"]["file"], step["where"]) == ("all.yaml", "spec.rules[0].to[0].operation.methods")
    assert step["object"]["line"] > 15
    assert ask("shop/nobody", "back", "--rendered", "all.yaml")[0]["verdict"] == "refused"
    assert ask("outside", "back", "--rendered", "all.yaml")[0]["verdict"] == "refused"
    assert 'did you mean "front"?' in ask("frnt", "back", "--rendered", "all.yaml", code=2)
    assert "there is no such file" in ask("front", "back", "--rendered", "none.yaml", code=2)
