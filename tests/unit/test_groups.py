"""Groups: the releases of a platform, their order, what they say of each other, and a cut of one that is too large."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from chartgen import emit
from chartgen.audit.cut import Part, cut, words
from chartgen.audit.objects import Document
from chartgen.audit.record import LIMIT, Record
from chartgen.cli.run import run
from chartgen.drawing.document import document
from chartgen.drawing.picture import Grouping, picture
from chartgen.drawing.text import draw
from chartgen.graph import Graph, find_cycles
from chartgen.registry import compile_registry
from chartgen.registry.model import Registry
from chartgen.registry.umbrellas import between, umbrellas, waiting
from chartgen.tools import lockfile
from chartgen.workflows import generate

HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
SHOP = """\
services:
  - {name: web, port: 80, healthEndpoint: /h, dependencies: [cart, mail]}
  - {name: mail, port: 25, healthEndpoint: /h}
  - {name: cart, group: checkout, port: 81, healthEndpoint: /h, dependencies: [stock, {service: mail, startup: false}]}
  - {name: stock, group: catalog, port: 82, healthEndpoint: /h}
"""


def compiled(body: str) -> Registry:
    result = compile_registry("registry.yaml", (HEAD + body).encode(), lambda _: None)
    assert result.registry is not None, result.diagnostics
    return result.registry


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "registry.yaml").write_text(HEAD + SHOP)
    return tmp_path


def test_releases_stand_in_start_order() -> None:
    found = umbrellas(compiled(SHOP))
    assert [(each.name, each.group, each.waits_for) for each in found] == [
        ("shop-catalog", "catalog", ()),
        ("shop-checkout", "checkout", ("shop-catalog",)),
        ("shop", "", ("shop-checkout",)),
    ]


def test_where_all_have_a_group_no_umbrella_bears_the_platform_s_name() -> None:
    files = emit.platform(compiled("services: [{name: a, group: x}, {name: b, group: y}]"))
    assert {path.split("/")[1] for path in files} == {"shop-x", "shop-y"}


def test_peers_of_other_releases_are_known_by_the_platform() -> None:
    files = emit.platform(compiled(SHOP))
    policy = files["charts/shop-checkout/charts/cart/templates/networkpolicy.yaml"]
    for peer in ("web", "stock", "mail"):
        assert f"app.kubernetes.io/name: {peer}\n              app.kubernetes.io/part-of: shop #" in policy
    policy = files["charts/shop/charts/mail/templates/networkpolicy.yaml"]
    assert "app.kubernetes.io/name: web\n              app.kubernetes.io/instance:" in policy
    assert "app.kubernetes.io/name: cart\n              app.kubernetes.io/part-of: shop #" in policy


def test_each_root_knows_all_names_and_switches_its_own() -> None:
    files = emit.platform(compiled(SHOP))
    for umbrella, own in (("shop", ["mail", "web"]), ("shop-checkout", ["cart"]), ("shop-catalog", ["stock"])):
        schema, values = files[f"charts/{umbrella}/values.schema.json"], files[f"charts/{umbrella}/values.yaml"]
        assert all(f'"{name}": {{"type": "object"}}' in schema for name in ("web", "mail", "cart", "stock"))
        assert [line[:-1] for line in values.splitlines() if line in {"web:", "mail:", "cart:", "stock:"}] == own


def test_a_group_changes_nothing_for_a_platform_without() -> None:
    body = "services: [{name: a, port: 80, dependencies: [b]}, {name: b, port: 81}]"
    files = emit.platform(compiled(body))
    assert not any("part-of: shop #" in text or "releases" in text for text in files.values())


def test_generate_says_the_order_and_remembers_it(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for start in ("50 created", "nothing changed"):
        assert run(["-C", str(root), "generate"]) == 0
        out = capfd.readouterr().out.splitlines()
        assert out[0].split(":")[0] == start or out[0].endswith("created")
        assert out[1:] == ["releases, in start order: shop-catalog, shop-checkout, shop"]
    assert generate.run(root).remembered
    assert run(["-C", str(root), "generate", "--check"]) == 0
    lock = lockfile.parse((root / lockfile.PATH).read_bytes())
    assert lock.umbrellas == {"charts/shop", "charts/shop-catalog", "charts/shop-checkout"}


def test_leaving_groups_removes_their_charts(root: Path) -> None:
    generate.run(root)
    text = (HEAD + SHOP).replace(" group: checkout,", "").replace(" group: catalog,", "")
    (root / "registry.yaml").write_text(text)
    done = generate.run(root)
    assert [d.code for d in done.diagnostics] == ["CG618", "CG618"]
    assert [path.name for path in (root / "charts").iterdir() if path.is_dir()] == ["shop"]
    assert generate.run(root, check=True).stale == 0


MESH = "mesh: {type: istio}\n"


def test_beside_several_releases_the_policy_is_one_and_comes_first(root: Path) -> None:
    (root / "registry.yaml").write_text(HEAD + MESH + SHOP)
    done = generate.run(root)
    assert done.releases == ("shop-policy", "shop-catalog", "shop-checkout", "shop")
    assert "charts/shop-policy" in lockfile.parse((root / lockfile.PATH).read_bytes()).umbrellas
    assert not list(root.glob("charts/*/charts/mesh-policy"))
    assert "mesh-policy" not in (root / "charts/shop/values.yaml").read_text()
    assert "[shop-policy](../shop-policy/README.md), [shop-catalog]" in (root / "charts/shop/README.md").read_text()


def test_in_one_release_the_policy_is_a_part_that_can_be_left_out(root: Path) -> None:
    (root / "registry.yaml").write_text(HEAD + MESH + "services: [{name: a, port: 80, healthEndpoint: /h}]\n")
    assert generate.run(root).releases == ("shop",)
    chart = (root / "charts/shop/Chart.yaml").read_text()
    assert "  - name: mesh-policy\n    version: 1.0.0\n    condition: mesh-policy.enabled\n  - name: a\n" in chart
    assert "\nmesh-policy:\n  enabled: true\n" in (root / "charts/shop/values.yaml").read_text()


def test_a_policy_that_moves_to_another_release_is_told(root: Path) -> None:
    grouped = HEAD + MESH + SHOP
    (root / "registry.yaml").write_text(grouped)
    generate.run(root)
    for text, message in (
        (re.sub(r" group: \w+,", "", grouped), 'the policy chart moves from the release "shop-policy" to "shop"'),
        (grouped, 'the policy chart moves from the release "shop" to "shop-policy"'),
    ):
        (root / "registry.yaml").write_text(text)
        done = generate.run(root)
        [found] = [each for each in done.diagnostics if "policy" in each.message and each.code == "CG618"]
        assert found.message == message
        assert "helm takes over nothing of another release" in found.hint


def test_overlays_follow_their_service(root: Path) -> None:
    folder = root / "overlays/cart/templates"
    folder.mkdir(parents=True)
    (folder / "extra.yaml").write_text("# mine\n")
    generate.run(root)
    assert (root / "charts/shop-checkout/charts/cart/templates/extra.yaml").read_text() == "# mine\n"


def test_drawings_show_the_releases() -> None:
    registry = compiled(SHOP)
    text = draw(picture(registry), grouping=Grouping.GROUP)
    assert "releases in start order: shop-catalog, shop-checkout, shop\n" in text
    assert "│  shop-checkout\n" in text
    data = document(picture(registry))
    assert data["releases"] == ["shop-catalog", "shop-checkout", "shop"]
    assert document(picture(compiled("services: [{name: a}]")))["releases"] == ["shop"]


def rendered(registry: Registry, size: int) -> list[Document]:
    names = [service.name for service in registry.services]
    return [Document(source=f"shop/charts/{name}/templates/deployment.yaml", text="x" * size) for name in names]


def parts_of(body: str, share: float, taken: set[str] | None = None) -> tuple[Registry, tuple[Part, ...]]:
    registry = compiled(body)
    (umbrella,) = umbrellas(registry)
    return registry, cut(umbrella, rendered(registry, 100), Record(size=int(share * LIMIT)), taken or set())


def test_a_cut_keeps_what_belongs_together() -> None:
    chains = [f"{{name: {chain}{n}, dependencies: [{chain}{n - 1}]}}" for chain in "abc" for n in range(1, 6)]
    heads = [f"{{name: {chain}0}}" for chain in "abc"]
    _, parts = parts_of(f"services: [{', '.join([*heads, *chains])}]", share=1.0)
    assert [{name[0] for name in part.services} for part in parts] == [{"a"}, {"b"}, {"c"}]
    assert [part.group for part in parts] == ["part-1", "part-2", ""]


def test_what_is_larger_than_a_release_is_cut_in_start_order() -> None:
    names = [f"s{n:02}" for n in range(10)]
    chain = [f"{{name: {name}, dependencies: [{other}]}}" for other, name in pairwise(names)]
    registry, parts = parts_of(f"services: [{{name: s00}}, {', '.join(chain)}]", share=1.0)
    assert [part.services for part in parts] == [tuple(names[:4]), tuple(names[4:8]), tuple(names[8:])]
    home = {name: part.group for part in parts for name in part.services}
    assert find_cycles(Graph(home.values(), between(home, waiting(registry.services)))) == []
    assert words(parts).startswith("cut the platform into releases, such as: group: part-1 on s00, s01, s02, s03; ")


def test_services_that_share_an_account_stay_together() -> None:
    body = "services: [{name: a, serviceAccount: s}, {name: b}, {name: c}, {name: d, serviceAccount: s}]"
    _, parts = parts_of(body, share=0.8)
    assert [part.services for part in parts] == [("a", "d"), ("b", "c")]


def test_names_that_are_taken_are_passed_over() -> None:
    _, parts = parts_of("services: [{name: a, group: x}, {name: b, group: x}]", share=0.6, taken={"x", "x-1"})
    assert [part.group for part in parts] == ["x-2", "x"]


def test_one_service_cannot_be_cut() -> None:
    _, parts = parts_of("services: [{name: a}]", share=0.8)
    assert words(parts).startswith("no cut into groups makes it smaller")


def test_many_names_are_counted() -> None:
    names = ", ".join(f"{{name: s{n:03}}}" for n in range(300))
    _, parts = parts_of(f"services: [{names}]", share=0.9)
    assert "group: part-1 on 133 services (s000 … s132); group: part-2 on 133 services" in words(parts)
    assert sum(len(part.services) for part in parts) == 300
