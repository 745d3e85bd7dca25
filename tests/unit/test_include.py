"""A registry in several files: which files a pattern means, and what one registry of them is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest

from chartgen import emit
from chartgen.cli.run import run
from chartgen.registry import Compiled, compile_registry
from chartgen.tools import files
from chartgen.workflows import generate, names

HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
ANY = "include: ['services/*.yaml']\n"


def compiled(body: str, others: dict[str, str]) -> Compiled:
    def find(pattern: str) -> Sequence[str]:
        return sorted(path for path in others if fnmatch(path, pattern))

    texts = {path: text.encode() for path, text in others.items()}
    return compile_registry("registry.yaml", (HEAD + body).encode(), texts.get, find)


def codes(body: str, others: dict[str, str]) -> list[str]:
    return [f"{d.span.file} {d.code}" for d in compiled(body, others).diagnostics]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in (
        "registry.yaml", "services/a.yaml", "services/b.yaml", "services/.hidden.yaml", "services/notes.md",
        "teams/one/services.yaml", "teams/two/deep/services.yaml", "teams/.git/services.yaml",
    ):  # fmt: skip
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("services: []\n")
    (tmp_path / "teams/two/back").symlink_to(tmp_path / "teams")
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("services/*.yaml", ["services/a.yaml", "services/b.yaml"]),
        ("services/[a].yaml", ["services/a.yaml"]),
        ("./services//?.yaml", ["services/a.yaml", "services/b.yaml"]),
        ("services/b.yaml", ["services/b.yaml"]),
        ("services/.*.yaml", ["services/.hidden.yaml"]),
        ("services/c.yaml", []),
        ("services", []),
        ("registry.yaml/*", []),
        ("*.yaml", ["registry.yaml"]),
        ("**/a.yaml", ["services/a.yaml"]),
        ("**/services.yaml", ["teams/one/services.yaml", "teams/two/deep/services.yaml"]),
        ("teams/**", ["teams/one/services.yaml", "teams/two/deep/services.yaml"]),
        ("teams/**/**/services.yaml", ["teams/one/services.yaml", "teams/two/deep/services.yaml"]),
        ("teams/two/back/one/*", ["teams/two/back/one/services.yaml"]),
    ],
)
def test_what_a_pattern_means(folder: Path, pattern: str, found: list[str]) -> None:
    assert files.find(str(folder), pattern) == found


def test_a_file_that_two_patterns_mean_is_read_once() -> None:
    body = "include: [services/a.yaml, 'services/*.yaml']\n"
    registry = compiled(body, {"services/a.yaml": "services: [{name: a}]"}).registry
    assert registry is not None
    assert [service.name for service in registry.services] == ["a"]


def test_every_mistake_of_shape_is_told_in_one_run() -> None:
    others = {
        "services/a.yaml": "services: [{nam: a}]",
        "services/b.yaml": "services: [",
        "services/c.yaml": "services: [{name: a}]",
        "services/d.yaml": "{}",
    }
    assert codes(ANY + "services: [{name: a, prot: 3}]\n", others) == [
        "registry.yaml CG101",
        "services/a.yaml CG101",
        "services/b.yaml CG002",
        "services/d.yaml CG107",
    ]


def test_the_limits_hold_for_all_files_together() -> None:
    many = "services: [" + ", ".join(f"{{name: s{n}}}" for n in range(6000)) + "]"
    assert codes(ANY, {"services/a.yaml": many, "services/b.yaml": many}) == ["registry.yaml CG107"]
    large = "services: [{name: a}]\n#" + "x" * 9 * 1024 * 1024
    found = codes(ANY, {f"services/{name}.yaml": large for name in "abc"})
    assert found == ["services/b.yaml CG005"]
    huge = "services: [{name: a}]\n#" + "x" * 17 * 1024 * 1024
    assert codes(ANY, {"services/a.yaml": huge, "services/b.yaml": "services: [{name: b}]"}) == [
        "services/a.yaml CG005"
    ]


def test_aliases_stay_within_their_file() -> None:
    others = {"services/a.yaml": "services: [&a {name: a}]", "services/b.yaml": "services: [*a]"}
    assert codes(ANY, others) == ["services/b.yaml CG010"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "repository"
    (root / "services").mkdir(parents=True)
    (root / "registry.yaml").write_text(f"{HEAD}{ANY}environments: [{{name: dev}}]\n")
    (root / "services/cart.yaml").write_text("services:\n  - {name: cart, files: {/etc/x: {file: conf/x}}}\n")
    (root / "conf").mkdir()
    (root / "conf/x").write_text("x")
    return root


def test_new_changed_and_removed_files_are_noticed(root: Path) -> None:
    assert generate.run(root).created
    assert generate.run(root).remembered
    (root / "conf/y").write_text("y")
    cart, stock = root / "services/cart.yaml", root / "services/stock.yaml"
    cart.write_text(cart.read_text().replace("conf/x", "conf/y"))
    assert not generate.run(root).remembered
    assert generate.run(root).remembered
    stock.write_text("services: [{name: stock}]\n")
    assert generate.run(root).created
    assert generate.run(root).remembered
    stock.unlink()
    assert generate.run(root).removed
    assert generate.run(root).remembered


def test_a_link_that_leaves_the_repository_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("services: [{name: outside}]\n")
    (root / "services/outside.yaml").symlink_to(tmp_path / "outside.yaml")
    (root / "services/broken.yaml").symlink_to("nowhere.yaml")
    found = generate.run(root).diagnostics
    assert [(d.code, d.span.line) for d in found] == [("CG016", 4), ("CG016", 4)]
    assert [d.message.split(":")[0] for d in found] == [
        "cannot read services/broken.yaml",
        "cannot read services/outside.yaml",
    ]


def test_reports_name_the_included_file(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "services/cart.yaml").write_text("services:\n  - {name: cart, dependencies: [stock]}\n")
    for format_ in ("json", "github"):
        assert run(["-C", str(root), "validate", "--format", format_]) == 1
    out = capfd.readouterr().out
    document, rest = json.JSONDecoder().raw_decode(out)
    (found,) = document["diagnostics"]
    assert (found["file"], found["line"], found["column"]) == ("services/cart.yaml", 2, 33)
    assert out[rest:].strip().startswith("::error file=services/cart.yaml,line=2,col=33,")


def test_paths_begin_at_the_registry_s_folder(root: Path) -> None:
    (root / "services").rename(root / "platform")
    (root / "registry.yaml").rename(root / "platform/registry.yaml")
    text = (root / "platform/registry.yaml").read_text()
    (root / "platform/registry.yaml").write_text(text.replace("services/*", "*"))
    done = generate.run(root, "platform/registry.yaml")
    assert (done.diagnostics, bool(done.created)) == ((), True)
    (root / "platform/cart.yaml").write_text("services: [{}]\n")
    (found,) = generate.run(root, "platform/registry.yaml").diagnostics
    assert found.span.file == "platform/cart.yaml"


def test_warnings_of_upgrades_name_the_included_file(root: Path) -> None:
    claim = "services:\n  - name: cart\n    kind: StatefulSet\n    volumes:\n"
    claim += "      - {name: data, mountPath: /data, claim: {size: 1Gi}}\n"
    (root / "services/cart.yaml").write_text(claim)
    assert generate.run(root).created
    (root / "services/cart.yaml").write_text(claim.replace("1Gi", "2Gi"))
    (found,) = [d for d in generate.run(root).diagnostics if d.code == "CG616"]
    assert (found.span.file, found.span.line) == ("services/cart.yaml", 5)


def test_completion_knows_the_included_services(root: Path) -> None:
    (root / "services/broken.yaml").write_text("services: [")
    assert names.services(root, "registry.yaml") == ["cart"]
    assert names.environments(root, "registry.yaml") == ["dev"]


def test_which_file_holds_a_service_changes_no_byte() -> None:
    services = ["{name: a, port: 80, dependencies: [c]}", "{name: b, dependencies: [a]}", "{name: c, port: 81}"]
    one = compiled(f"services: [{', '.join(services)}]\n", {}).registry
    apart = {f"services/{n}.yaml": f"services: [{text}]" for n, text in enumerate(reversed(services))}
    several = compiled(ANY, apart).registry
    assert one is not None
    assert several is not None
    assert emit.platform(one) == emit.platform(several)
