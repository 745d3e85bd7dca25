"""`chartgen verify` with the real helm: what is emitted is proven, and what is changed by hand is found."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from chartgen.mesh.asking import Asking
from chartgen.mesh.model import Layer
from chartgen.mesh.properties import judged
from chartgen.mesh.reading import KINDS
from chartgen.mesh.subject import Finding, Subject
from chartgen.mesh.tables import unrefused_as_text
from chartgen.workflows import explain, generate, rendered, verify
from chartgen.workflows.early import started
from tests.helm.conftest import CASES, ROOT

if TYPE_CHECKING:
    from chartgen.tools.helm import Helm

BASE = ROOT / "tests" / "cases" / "verify"
MESHES = ("mesh", "mesh-ambient", "mesh-istio-api", "door", "groups", "versions")


def platform(registry: Path, folder: Path) -> Path:
    """A folder with the registry's charts."""
    shutil.copytree(registry.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected"))
    generate.run(folder)
    return folder


@pytest.mark.parametrize("case", MESHES)
def test_what_is_emitted_is_proven(case: str, tmp_path: Path, helm: Helm) -> None:
    root = platform(CASES / case / "registry.yaml", tmp_path)
    verified = verify.run(root, helm=helm.path)
    assert verified.diagnostics == ()
    assert verified.rows


def test_the_base_of_the_cases_is_what_helm_renders(tmp_path: Path, helm43: Helm) -> None:
    root = platform(BASE / "registry.yaml", tmp_path)
    done = helm43.template(root / "charts" / "shop", release="shop")
    assert not done.code, done.stderr
    documents = [text.strip() + "\n" for text in done.stdout.split("---\n") if text.strip()]
    base = "---\n".join(text for text in documents if yaml.safe_load(text)["kind"] in KINDS)
    if os.environ.get("CHARTGEN_UPDATE_CASES"):
        (BASE / "base.yaml").write_text(base, encoding="utf-8")
    assert base == (BASE / "base.yaml").read_text(encoding="utf-8")


def test_an_overlay_that_opens_a_service_is_found_at_its_template(tmp_path: Path, helm43: Helm) -> None:
    shutil.copy(BASE / "registry.yaml", tmp_path)
    overlay = tmp_path / "overlays" / "orders" / "templates" / "open.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: open}\nspec:\n"
        "  selector: {matchLabels: {app.kubernetes.io/name: orders}}\n"
        "  rules: [{from: [{source: {serviceAccounts: [default/stock]}}]}]\n",
        encoding="utf-8",
    )
    generate.run(tmp_path)
    found = verify.run(tmp_path, helm=helm43.path).diagnostics
    assert {finding.code for finding in found} == {"CG752", "CG765"}
    assert {finding.span.file for finding in found if finding.code == "CG752"} == {
        "charts/shop/charts/orders/templates/open.yaml"
    }


def test_a_name_that_is_written_into_a_template_is_found(tmp_path: Path, helm43: Helm) -> None:
    root = platform(BASE / "registry.yaml", tmp_path)
    template = root / "charts" / "shop" / "charts" / "mesh-policy" / "templates" / "datastores" / "stock.yaml"
    text = template.read_text(encoding="utf-8")
    template.write_text(text.replace("{{ $own }}orders", "default/orders"), encoding="utf-8")
    assert {finding.code for finding in verify.run(root, helm=helm43.path).diagnostics} == {"CG765"}


def test_networks_that_are_switched_off_are_named(tmp_path: Path, helm43: Helm) -> None:
    shutil.copy(ROOT / "registry.yaml", tmp_path)
    shutil.copytree(ROOT / "values", tmp_path / "values")
    generate.run(tmp_path)
    values = tmp_path / "values" / "staging" / "values.yaml"
    given = yaml.safe_load(values.read_text(encoding="utf-8")) or {}
    given.setdefault("global", {})["networkPolicy"] = {"enabled": False}
    values.write_text(yaml.safe_dump(given), encoding="utf-8")
    verified = verify.run(tmp_path, helm=helm43.path, environments=["staging"])
    assert verified.diagnostics == ()
    assert verified.value_sets == ("the defaults", "staging")
    assert "global.networkPolicy.enabled is false with staging" in verified.notes[-1]


def test_a_policy_that_is_a_release_of_its_own_is_judged_beside_the_platform(tmp_path: Path, helm43: Helm) -> None:
    root = platform(BASE / "registry.yaml", tmp_path)
    registry = root / "registry.yaml"
    registry.write_text(f"{registry.read_text(encoding='utf-8')}environments: [{{name: prod}}]\n", encoding="utf-8")
    generate.run(root)
    apart = "mesh-policy: {enabled: false}\nglobal: {mesh: {namespace: store}}\n"
    (root / "values" / "prod" / "values.yaml").write_text(apart, encoding="utf-8")
    verified = verify.run(root, helm=helm43.path)
    assert verified.diagnostics == ()
    assert "mesh-policy.enabled is false with prod" in verified.notes[-1]
    with started(root, "prod", helm43.path) as early:
        [answer] = explain.run(root, "registry.yaml", Asking(caller="report", callee="orders"), early).answers
    assert answer.decision.allowed
    [by] = {step.by for step in answer.decision.steps if step.layer is Layer.AUTHORIZATION}
    assert by is not None
    assert by.file == "charts/shop/charts/mesh-policy/templates/services/orders.yaml"
    (root / by.file).write_text("{{ fail `no policy` }}\n", encoding="utf-8")
    [broken] = verify.run(root, helm=helm43.path, environments=["prod"]).diagnostics
    assert broken.span.file == by.file


def test_an_edge_more_is_one_row_more_and_a_service_less_leaves_nothing(tmp_path: Path, helm43: Helm) -> None:
    text = (BASE / "registry.yaml").read_text(encoding="utf-8")
    more = text.replace("startup: false}]", "startup: false}, {datastore: stock}]")
    less = text[: text.index("  - name: report")] + text[text.index("datastores:") :]
    found = {}
    for name, registry in (("base", text), ("more", more), ("less", less)):
        root = tmp_path / name
        root.mkdir()
        (root / "registry.yaml").write_text(registry, encoding="utf-8")
        generate.run(root)
        verified = verify.run(root, helm=helm43.path)
        assert verified.diagnostics == ()
        found[name] = set(verified.rows)
    [opened] = found["more"] - found["base"]
    assert (opened.caller, opened.callee, opened.port) == ("report", "stock", 6379)
    assert not found["base"] - found["more"]
    assert {row.caller for row in found["base"] - found["less"]} == {"report"}
    policies = (tmp_path / "less" / "charts" / "shop" / "charts" / "mesh-policy" / "templates").rglob("*.yaml")
    assert not [path for path in policies if "report" in path.read_text(encoding="utf-8")]


def test_rendered_manifests_are_compared_with_the_registry(tmp_path: Path, helm43: Helm) -> None:
    root = platform(BASE / "registry.yaml", tmp_path)
    done = helm43.template(root / "charts" / "shop", release="shop", namespace="store")
    (root / "all.yaml").write_text(done.stdout, encoding="utf-8")
    [told] = rendered.run(root, "all.yaml").diagnostics
    assert "--namespace store" in told.hint
    assert rendered.run(root, "all.yaml", namespace="store").diagnostics == ()


def test_a_mesh_that_the_registry_does_not_know_lets_declared_calls_pass(tmp_path: Path, helm43: Helm) -> None:
    root = platform(CASES / "five-kinds" / "registry.yaml", tmp_path)
    plain = helm43.template(root / "charts" / "shop", release="shop").stdout
    (root / "all.yaml").write_text(plain, encoding="utf-8")
    assert rendered.run(root, "all.yaml").diagnostics == ()
    strict = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: all}\n"
    strict += "spec: {mtls: {mode: STRICT}}\n"
    (root / "all.yaml").write_text(plain + strict, encoding="utf-8")
    assert rendered.run(root, "all.yaml").diagnostics == ()
    closed = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: none}\nspec: {}\n"
    (root / "all.yaml").write_text(plain + strict + closed, encoding="utf-8")
    found = rendered.run(root, "all.yaml").diagnostics
    assert {each.code for each in found} == {"CG751"}
    assert all("AuthorizationPolicy default/none" in each.message for each in found)


SETTINGS = {
    "monitors": "monitoring: {scrape: podMonitor}",
    "unread": "monitoring: {scrape: none}",
    "nobody": "monitoring: {from: []}",
    "anyone": "ingress: {from: []}",
    "tested": "helmTest: {enabled: true}",
}


@pytest.mark.parametrize("case", ["mesh", "mesh-ambient"])
def test_what_values_say_of_who_is_let_in_is_proven(case: str, tmp_path: Path, helm43: Helm) -> None:
    shutil.copytree(CASES / case, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected"))
    registry = (tmp_path / "registry.yaml").read_text(encoding="utf-8")
    names = ", ".join(f"{{name: {name}}}" for name in SETTINGS)
    (tmp_path / "registry.yaml").write_text(
        re.sub("^environments: .*$", f"environments: [{names}]", registry, flags=re.MULTILINE), encoding="utf-8"
    )
    generate.run(tmp_path)
    for name, setting in SETTINGS.items():
        (tmp_path / "values" / name / "values.yaml").write_text(f"global: {{{setting}}}\n", encoding="utf-8")
    verified = verify.run(tmp_path, helm=helm43.path)
    assert verified.diagnostics == ()
    read = {name for row in verified.rows if row.caller == "scraper" for name in row.sets}
    assert {"monitors", "nobody"} <= read
    assert "unread" not in read


def test_in_ambient_each_port_of_versions_that_share_calls_has_its_route(tmp_path: Path, helm43: Helm) -> None:
    root = platform(CASES / "mesh-ambient" / "registry.yaml", tmp_path)
    done = helm43.template(root / "charts" / "tickets", release="tickets")
    assert not done.code, done.stderr
    documents = [each for each in yaml.safe_load_all(done.stdout) if each]
    routes = {each["metadata"]["name"]: each for each in documents if each["kind"] in ("GRPCRoute", "HTTPRoute")}
    documents.remove(routes["prices.grpc"])
    for rule in routes["prices.http"]["spec"]["rules"]:
        rule["backendRefs"] = [{"name": "prices", "port": 80}]
    (tmp_path / "render.yaml").write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    found = rendered.run(tmp_path, "render.yaml").diagnostics
    assert {(each.code, each.message.partition(" (")[0]) for each in found} == {
        ("CG751", "no route shares calls to prices:90 as declared"),
        ("CG751", "HTTPRoute default/prices.http: spec.rules[0] shares calls to prices otherwise than declared"),
    }


def test_sets_of_values_that_render_alike_are_judged_once(
    tmp_path: Path, helm43: Helm, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = platform(BASE / "registry.yaml", tmp_path)
    text = (root / "registry.yaml").read_text(encoding="utf-8")
    (root / "registry.yaml").write_text(
        f"{text}environments: [{{name: same}}, {{name: alike}}, {{name: closed}}]\n", encoding="utf-8"
    )
    generate.run(root)
    values = root / "values" / "closed" / "values.yaml"
    values.write_text("web: {enabled: false}\n", encoding="utf-8")
    asked: list[Subject] = []

    def noted(subject: Subject) -> list[Finding]:
        asked.append(subject)
        return judged(subject)

    monkeypatch.setattr(verify, "judged", noted)
    verified = verify.run(root, helm=helm43.path)
    assert verified.diagnostics == ()
    assert verified.value_sets == ("the defaults", "same", "alike", "closed")
    assert len(asked) == 2


def test_calls_to_the_outside_and_over_udp_are_in_the_matrix(tmp_path: Path, helm43: Helm) -> None:
    (tmp_path / "registry.yaml").write_text(_OUTWARD, encoding="utf-8")
    generate.run(tmp_path)
    verified = verify.run(tmp_path, helm=helm43.path)
    assert [(row.callee, row.port, row.transport, row.outside, row.sets) for row in verified.rows] == [
        ("a", 53, "UDP", False, verified.value_sets),
        ("bank", 443, "TCP", True, verified.value_sets),
        ("db", 5432, "TCP", False, ("datastores as builtin",)),
        ("db", 5432, "TCP", True, ("the defaults",)),
    ]
    assert "calls over UDP have neither mTLS nor an identity, networks alone guard them: a:53/udp" in verified.notes


def audited(root: Path, mesh: str) -> None:
    text = _OUTWARD.replace("istio}", f"istio, audit: true{mesh}}}")
    text = text.replace("[{service: a, ports: [u]}", "[{service: a, ports: [http], methods: [GET]}")
    (root / "registry.yaml").write_text(text, encoding="utf-8")
    generate.run(root)


def lines(verified: verify.Verified) -> list[str]:
    return unrefused_as_text(verified.unrefused, verified.value_sets).splitlines()


def test_an_audit_lists_what_would_be_refused(tmp_path: Path, helm43: Helm) -> None:
    audited(tmp_path, "")
    verified = verify.run(tmp_path, helm=helm43.path)
    assert verified.diagnostics == ()
    assert lines(verified) == [
        "a",
        "  :80 http        ← b: requests beside GET",
        "  :80 http        ← b: without mTLS",
        "db",
        "  :5432 postgres  ← b: without mTLS [with datastores as builtin]",
    ]


def test_in_ambient_an_audit_lists_the_ports_that_tunnels_lead_to(tmp_path: Path, helm43: Helm) -> None:
    audited(tmp_path, ", mode: ambient")
    verified = verify.run(tmp_path, helm=helm43.path)
    assert verified.diagnostics == ()
    assert lines(verified) == [
        "a",
        "  :*              ← b: calls that nobody declares",
        "  :80 http        ← b: requests beside GET",
        "  :80 http        ← b: without mTLS",
        "db",
        "  :*              ← b: calls that nobody declares [with datastores as builtin]",
        "  :5432 postgres  ← b: without mTLS [with datastores as builtin]",
    ]


def test_an_audit_without_networks_lets_anyone_in(tmp_path: Path, helm43: Helm) -> None:
    audited(tmp_path, "")
    (tmp_path / "open.yaml").write_text("global: {networkPolicy: {enabled: false}}\n", encoding="utf-8")
    done = helm43.template(tmp_path / "charts" / "shop", release="shop", values=[tmp_path / "open.yaml"])
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "all.yaml").write_text(done.stdout, encoding="utf-8")
    alone = lines(rendered.run(tmp_path, "open", alone=True))
    assert "default/a" in alone
    assert "  :80  ← anyone: without mTLS" in alone
    assert "  :80  ← anyone in the mesh: calls that no rule names" in alone
    compared = lines(rendered.run(tmp_path, "open"))
    assert "  :80 http  ← anyone in the mesh: calls that nobody declares" in compared
    assert "  :80 http  ← b: requests beside GET" in compared


def test_what_an_overlay_lets_in_while_policies_are_dry_runs(tmp_path: Path, helm43: Helm) -> None:
    audited(tmp_path, "")
    overlay = tmp_path / "overlays" / "a" / "templates" / "open.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(_LETS_ALL_PODS_IN, encoding="utf-8")
    generate.run(tmp_path)
    verified = verify.run(tmp_path, helm=helm43.path)
    assert {each.code for each in verified.diagnostics} == {"CG762"}
    assert "  :80 http        ← any pod of the namespace: without mTLS" in lines(verified)
    assert "  :80 http        ← anyone in the mesh: calls that nobody declares" in lines(verified)


@pytest.mark.parametrize("mesh", ["", ", audit: true"])
def test_in_ambient_what_is_open_to_the_outside_opens_no_tunnels(mesh: str, tmp_path: Path, helm43: Helm) -> None:
    text = _OUTWARD.replace("istio}", f"istio, mode: ambient{mesh}}}")
    text = text.replace("{name: http, port: 80}", "{name: http, port: 80, plaintext: scanners know no mesh}")
    text = text.replace("{name: b,", "{name: b, exposed: true,")
    (tmp_path / "registry.yaml").write_text(text, encoding="utf-8")
    generate.run(tmp_path)
    assert verify.run(tmp_path, helm=helm43.path).diagnostics == ()


_LETS_ALL_PODS_IN = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: a}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {}}]}]
"""


@pytest.mark.parametrize("mode", ["sidecar", "ambient"])
def test_a_version_that_is_switched_off_leaves_its_share_to_nobody(mode: str, tmp_path: Path, helm43: Helm) -> None:
    (tmp_path / "registry.yaml").write_text(_WEIGHTED.replace("istio}", f"istio, mode: {mode}}}"), encoding="utf-8")
    generate.run(tmp_path)
    values = tmp_path / "values" / "off" / "values.yaml"
    for off, share in (("v2", ["10 %"]), ("v3", [])):
        values.write_text(f"a: {{versions: {{{off}: {{enabled: false}}}}}}\n", encoding="utf-8")
        found = verify.run(tmp_path, helm=helm43.path).diagnostics
        assert [(each.code, each.span.line) for each in found] == [("CG759", 10) for _ in share]
        assert all(f"leads {share[0]} of the calls to version {off} of a" in each.message for each in found)


_WEIGHTED = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: ghcr.io/acme}
mesh: {type: istio}
environments: [{name: off}]
services:
  - {name: b, healthEndpoint: /health, port: 80, dependencies: [a]}
  - {name: a, healthEndpoint: /health, port: 80,
     versions: [{name: v1, weight: 90}, {name: v2, weight: 10}, {name: v3, weight: 0}]}
"""


_OUTWARD = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: ghcr.io/acme}
mesh: {type: istio}
externals: [{name: bank, host: api.bank.example.com}]
datastores:
  - {name: db, engine: postgresql, provision: {default: external, builtin: {}, external: {host: db.example.com}}}
services:
  - {name: a, healthEndpoint: /health, ports: [{name: http, port: 80}, {name: u, port: 53, protocol: udp}]}
  - {name: b, healthEndpoint: /health, port: 80, dependencies: [{service: a, ports: [u]}, bank, db]}
"""


def test_manifests_of_others_are_judged_by_themselves(tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_text(_FOREIGN, encoding="utf-8")
    verified = rendered.run(tmp_path, "all.yaml")
    assert sorted({finding.code for finding in verified.diagnostics}) == ["CG754", "CG757", "CG759", "CG770"]
    assert [(row.callee, row.port, row.caller, row.methods) for row in verified.rows] == [
        ("default/cart", 7070, "default/frontend", ("POST",))
    ]


_FOREIGN = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {serviceAccountName: cart, containers: [{name: server, image: cart, ports: [{containerPort: 7070}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{name: grpc, port: 7070}]}
---
apiVersion: security.istio.io/v1beta1
kind: AuthorizationPolicy
metadata: {name: deny-all}
spec: {}
---
apiVersion: security.istio.io/v1beta1
kind: AuthorizationPolicy
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  rules:
    - from: [{source: {principals: [cluster.local/ns/default/sa/frontend]}}]
      to: [{operation: {methods: [POST], ports: ["7070"]}}]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: gone}
spec: {selector: {matchLabels: {app: gone}}, action: DENY, rules: [{to: [{operation: {ports: ["1"]}}]}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: theirs}
spec: {}
"""


def changed_by_hand(registry: str, root: Path, helm: Helm, pattern: str, to: str) -> list[tuple[str, str]]:
    """(code, message) of what is found once the rendered text is changed; before, nothing is."""
    (root / "registry.yaml").write_text(registry, encoding="utf-8")
    generate.run(root)
    text = helm.template(root / "charts" / "shop", release="shop").stdout
    changed = re.sub(pattern, to, text)
    assert changed != text
    for name, each in (("own", text), ("changed", changed)):
        (root / f"{name}.yaml").write_text(each, encoding="utf-8")
    assert rendered.run(root, "own.yaml").diagnostics == ()
    return [(found.code, found.message) for found in rendered.run(root, "changed.yaml").diagnostics]


def test_headers_that_are_made_of_claims_are_free_between_services(tmp_path: Path, helm43: Helm) -> None:
    """Tokens end at the door, so a rule against those without one has to name the door."""
    without_door = r" +serviceAccounts:\n.*\n( +notRequestPrincipals)"
    [(code, message)] = changed_by_hand(_HEADERS, tmp_path, helm43, without_door, r"\1")
    assert code == "CG751"
    assert "claim-headers, spec.rules[0], refuses calls that are declared: app → web:80" in message


def test_a_service_of_the_cluster_that_a_sidecar_hides(tmp_path: Path, helm43: Helm) -> None:
    own = r" +- \"\*/kubernetes.default.svc.cluster.local\"\n"
    [(code, message)] = changed_by_hand(_HEADERS, tmp_path, helm43, own, "")
    assert code == "CG763"
    assert "hides kubernetes.default.svc.cluster.local from app, which calls it" in message


_HEADERS = """
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: ghcr.io/acme}
mesh:
  type: istio
  jwt: {issuer: me, audiences: [shop], jwksUri: "https://id.example.com/keys", claimHeaders: {x-user: sub}}
gateway: {hosts: [shop.example.com], tls: shop, routes: [{service: web}]}
externals: [{name: api-server, host: kubernetes.default.svc}]
services:
  - {name: web, port: 80, healthEndpoint: /health}
  - {name: app, port: 80, healthEndpoint: /health, dependencies: [web, api-server]}
"""
