"""What generate says when charts that may be installed become others (CG616, CG617, CG619, CG620)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chartgen.cli.run import run
from chartgen.engines.engine import Way
from chartgen.registry.pod import Claim
from chartgen.registry.umbrellas import homes
from chartgen.workflows import generate, load
from chartgen.workflows.store_changes import changed
from chartgen.workflows.stored import running, stored
from scripts.golden import CASES, compiled

REGISTRY = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: up, version: 1.0.0}
services:
  - name: st
    kind: StatefulSet
    volumes: [{name: "on", mountPath: /data, claim: {size: 2Gi}}]
"""
CHART = "charts/up/charts/st"
TEMPLATE = f"{CHART}/templates/statefulset.yaml"
VALUES = f"{CHART}/values.yaml"
POLICY = 'StatefulSet "st" changes its podManagementPolicy from {} to {}, which an installed release refuses'
ORDERED = "{kind: StatefulSet, name: st, merge: {spec: {podManagementPolicy: OrderedReady}}}"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "registry.yaml").write_text(REGISTRY, encoding="utf-8")
    assert not said(repository)
    return repository


def said(root: Path, *, force: bool = True) -> list[str]:
    done = generate.run(root, force=force)
    assert not done.failed
    return [found.message for found in done.diagnostics if found.code in ("CG616", "CG617", "CG619", "CG620")]


def write(root: Path, path: str, text: str) -> None:
    (root / path).write_text(text, encoding="utf-8")


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    write(root, path, text.replace(old, new))


def patches(*given: str) -> str:
    return f"{REGISTRY}    patches: [{', '.join(given)}]\n"


def grow(root: Path) -> None:
    edit(root, "registry.yaml", "size: 2Gi", "size: 3Gi")


def test_a_policy_that_the_template_gained_is_a_change(root: Path) -> None:
    edit(root, TEMPLATE, "  podManagementPolicy: Parallel\n", "")
    assert said(root) == [POLICY.format("OrderedReady", "Parallel")]
    assert not said(root)


def test_a_patch_that_keeps_the_old_policy_is_none(root: Path) -> None:
    edit(root, TEMPLATE, "  podManagementPolicy: Parallel\n", "")
    write(root, "registry.yaml", patches(ORDERED))
    assert not said(root)


@pytest.mark.parametrize(
    "patch",
    [
        ORDERED,
        "{kind: StatefulSet, name: st, json: [{op: replace, path: /spec/podManagementPolicy, value: OrderedReady}]}",
        "{kind: StatefulSet, name: st, merge: {spec: {podManagementPolicy: null}}}",
        "{kind: StatefulSet, name: st, json: [{op: remove, path: /spec/podManagementPolicy}]}",
    ],
)
def test_a_patch_of_the_policy_is_a_change(root: Path, patch: str) -> None:
    write(root, "registry.yaml", patches(patch))
    assert said(root) == [POLICY.format("Parallel", "OrderedReady")]
    assert not said(root)
    write(root, "registry.yaml", REGISTRY)
    assert said(root) == [POLICY.format("OrderedReady", "Parallel")]


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        ("merge: {spec: {serviceName: other}}", "changes its serviceName from st-headless to other"),
        ("merge: {spec: {selector: {matchLabels: {tier: a}}}}", "changes its selector"),
        (
            "json: [{op: add, path: /spec/volumeClaimTemplates/0/spec/volumeMode, value: Block}]",
            'changes the claim "on" in what a patch says of it',
        ),
        (
            "json: [{op: replace, path: /spec/volumeClaimTemplates/0/spec/resources/requests/storage, value: 5Gi}]",
            'changes the claim "on" from 2Gi to 5Gi',
        ),
        ("merge: {spec: {volumeClaimTemplates: null}}", 'loses the claim "on"'),
    ],
)
def test_patches_of_what_is_immutable(root: Path, patch: str, words: str) -> None:
    write(root, "registry.yaml", patches(f"{{kind: StatefulSet, name: st, {patch}}}"))
    assert said(root) == [f'StatefulSet "st" {words}, which an installed release refuses']
    assert not said(root)


@pytest.mark.parametrize(
    "change",
    [
        "    patches: [{kind: StatefulSet, name: st, merge: {spec: {minReadySeconds: 3}}}]\n",
        "    patches: [{kind: StatefulSet, name: st, json: [{op: add, path: /spec/minReadySeconds, value: 3}]}]\n",
        "    patches: [{kind: StatefulSet, name: st, json: [{op: test, path: /spec/serviceName, value: st}]}]\n",
        "    patches:\n      - {kind: StatefulSet, name: st, merge: {spec: {podManagementPolicy: Parallel}}}\n",
        "    env: {A: b}\n    description: Keeps things\n",
        '    command: [sh, -c, "echo `date`; spec: {}"]\n',
    ],
)
def test_other_changes_are_none(root: Path, change: str) -> None:
    write(root, "registry.yaml", REGISTRY + change)
    assert not said(root)
    assert not said(root)
    write(root, "registry.yaml", REGISTRY)
    assert not said(root)


def test_another_size_in_the_same_words_is_no_change(root: Path) -> None:
    edit(root, "registry.yaml", "2Gi", "2048Mi")
    assert not said(root)


def test_the_access_of_a_volume_whose_name_is_quoted(root: Path) -> None:
    edit(root, "registry.yaml", "size: 2Gi", "size: 2Gi, access: ReadWriteMany")
    assert said(root) == [
        'StatefulSet "st" changes the claim "on" from ReadWriteOnce to ReadWriteMany, '
        "which an installed release refuses"
    ]


DAMAGED = {
    "an impossible day": "x: 2001-99-99\n",
    "an odd number": "x: 0b_\n",
    "a long number": f"x: {'7' * 6000}\n",
    "a list": "persistence: [1]\n",
    "keys of other types": "persistence: {1: {size: 1Gi}, a: {size: 1Gi}}\n",
    "null for a key": "persistence: {null: {size: 1Gi}}\n",
    "a long size": f"persistence:\n  on:\n    size: {'7' * 6000}.{'e' * 6000}\n",
    "an alias bomb": "x: &a [1, 1]\ny: &b [*a, *a]\npersistence:\n  on:\n    size: *b\n    storageClass: ''\n",
    "a NUL byte": "persistence:\n  on:\n    size: 1Gi\0\n    storageClass: a\n",
    "git conflict": "persistence:\n<<<<<<< a\n  on:\n    size: 1Gi\n=======\n  on:\n    size: 2Gi\n>>>>>>> b\n",
    "a conflict of entries": "persistence:\n  on:\n    size: 1Gi\n<<<<<<< a\n    storageClass: a\n=======\n>>>>>>> b\n",
    "a key twice": "persistence:\n  on:\n    size: 1Gi\n    size: 2Gi\n    storageClass: a\n",
    "two of them": "persistence:\n  on:\n    size: 1Gi\n    storageClass: a\npersistence: {}\n",
    "half of it": "persistence:\n  on:\n    size: 1Gi\n",
    "an entry without a name": "persistence:\n    size: 1Gi\n",
    "nothing": "",
    "brackets": "[" * 100_000,
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED.keys())
@pytest.mark.parametrize(
    "path", [VALUES, TEMPLATE, f"{CHART}/templates/_helpers.tpl"], ids=["values", "template", "helpers"]
)
def test_what_cannot_be_read_gives_no_warning(root: Path, path: str, text: str) -> None:
    grow(root)
    write(root, path, text)
    assert not said(root)
    assert "size: 3Gi" in (root / VALUES).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [VALUES, TEMPLATE, f"{CHART}/templates/deployment.yaml"])
@pytest.mark.parametrize("target", ["/dev/zero", "/nowhere", "."])
def test_links_are_not_followed_out_of_the_repository(root: Path, path: str, target: str) -> None:
    grow(root)
    (root / path).unlink(missing_ok=True)
    (root / path).symlink_to(target)
    assert not said(root)


def test_bytes_that_are_no_text(root: Path) -> None:
    grow(root)
    (root / VALUES).write_bytes(b"persistence:\n  on:\n    size: \xff\n")
    assert not said(root)


def test_a_template_of_an_overlay_with_another_kinds_name(root: Path) -> None:
    overlay = root / "overlays" / "st" / "templates" / "deployment.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_text("# one more\n", encoding="utf-8")
    assert not said(root)
    grow(root)
    assert len(said(root)) == 1


def test_strict_refuses_before_it_writes(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    grow(root)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for _ in range(2):
        assert run(["-C", str(root), "generate", "--strict"]) == 1
        printed = capfd.readouterr()
        assert "nothing was written" in printed.out
        assert "CG616" in printed.err
        assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert run(["-C", str(root), "generate"]) == 0
    assert run(["-C", str(root), "generate", "--strict"]) == 0


def test_check_warns_too(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    grow(root)
    assert run(["-C", str(root), "generate", "--check", "--format", "json"]) == 1
    found = [each["code"] for each in json.loads(capfd.readouterr().out)["diagnostics"]]
    assert found.count("CG616") == 1
    assert "CG613" in found


def test_the_warning_stands_at_the_volume_or_its_service(root: Path) -> None:
    grow(root)
    edit(root, TEMPLATE, "  podManagementPolicy: Parallel\n", "")
    done = generate.run(root, force=True)
    places = [(d.span.file, d.span.line, d.span.column, d.hint) for d in done.diagnostics if d.code == "CG616"]
    hint = (
        "before the upgrade, in the release's namespace: kubectl delete statefulset st --cascade=orphan; pods and "
        "claims stay as they are"
    )
    grows = ", and each claim keeps its size until it is patched"
    assert places == [("registry.yaml", 5, 11, hint), ("registry.yaml", 7, 15, hint + grows)]


def test_the_warning_stands_at_the_volume_as_it_is_written(root: Path) -> None:
    one = '{name: "on", mountPath: /data, claim: {size: 2Gi}}'
    other = "{name: a, mountPath: /a, claim: {size: 1Gi}}"
    edit(root, "registry.yaml", one, f"{one}, {other}")
    generate.run(root)
    edit(root, "registry.yaml", "size: 2Gi", "size: 3Gi")
    [place] = [found.span for found in generate.run(root).diagnostics if found.code == "CG616"]
    assert (place.line, place.column) == (7, 15)


STORES = f"""\
{REGISTRY}datastores:
  - {{name: bus, engine: kafka, topology: cluster, provision: [builtin, operator]}}
"""
BUS = "charts/up/charts/bus"


@pytest.fixture
def stores(root: Path) -> Path:
    write(root, "registry.yaml", STORES)
    assert not said(root)
    return root


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("topology: cluster", "instances: 5, topology: cluster", ["goes from 3 pods to 5"]),
        (", topology: cluster", "", ["becomes one pod, over the data of a cluster of 3 pods"]),
        (
            "kafka, topology: cluster",
            "rabbitmq",
            ['KafkaNodePool "bus" stays', "becomes RabbitMQ, over the data of Kafka"],
        ),
        ("[builtin, operator]", "[operator, builtin]", ["is provided by operator"]),
        ("[builtin, operator]", "operator", ["is provided by operator"]),
        ("[builtin, operator]", "[builtin, external]", ['where values chose it, KafkaNodePool "bus" stays']),
        ("topology: cluster", "topology: cluster, version: 4.3.0", []),
        ("topology: cluster", "topology: cluster, description: '- Engine: Redis, as cache'", []),
        ("topology: cluster", "topology: cluster, storage: 8192Mi", []),
        ("topology: cluster, provision: [builtin, operator]", "topology: cluster, group: b", []),
    ],
)
def test_a_datastore_that_its_data_does_not_follow(stores: Path, old: str, new: str, words: list[str]) -> None:
    edit(stores, "registry.yaml", old, new)
    found = said(stores)
    assert [each for each, text in zip(found, words, strict=True) if text not in each] == []
    assert not said(stores)


def test_a_datastore_that_goes_or_becomes_a_service_is_none(stores: Path) -> None:
    edit(stores, "registry.yaml", "datastores:\n", "")
    edit(stores, "registry.yaml", "engine: kafka, topology: cluster, provision: [builtin, operator]", "port: 80")
    assert not [found for found in said(stores) if "Engine" in found or "over the data" in found]
    write(stores, "registry.yaml", REGISTRY)
    assert not said(stores)


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED.keys())
@pytest.mark.parametrize(
    "path", ["values.yaml", "README.md", "templates/_helpers.tpl", "templates/statefulset.yaml"], ids=lambda path: path
)
def test_a_datastores_chart_that_cannot_be_read(stores: Path, path: str, text: str) -> None:
    edit(stores, "registry.yaml", "topology: cluster", "instances: 5, topology: cluster")
    write(stores, f"{BUS}/{path}", text)
    assert all("goes from 3 pods to 5" in found for found in said(stores))


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED.keys())
def test_versions_that_cannot_be_read(root: Path, text: str) -> None:
    write(root, "registry.yaml", f"{REGISTRY}    versions: [{{name: v1}}, {{name: v2}}]\n")
    generate.run(root)
    write(root, "registry.yaml", f"{REGISTRY}    versions: [{{name: v3}}]\n")
    write(root, VALUES, f"versions:\n  v1:\n    enabled: true\nversions:\n{text}")
    assert not said(root)


@pytest.mark.parametrize("case", sorted(p for p in CASES.iterdir() if p.is_dir()), ids=lambda case: case.name)
def test_every_chart_of_this_version_can_be_read(case: Path) -> None:
    """A template in another form than `stored` reads would silence its warnings."""
    registry, files = load.run(case).registry, compiled(case)
    assert registry is not None
    for store in registry.datastores:
        folder = f"charts/{homes(registry)[store.name]}/charts/{store.name}"
        more = files | {f"{folder}/README.md": files[f"{folder}/README.md"].replace(store.engine.title, "Other")}
        own = Way.BUILTIN in store.ways and any(isinstance(each.source, Claim) for each in store.workload.volumes)
        assert len(list(changed(store, folder, more.get, files.get))) == own, store.name
    for service in registry.services:
        told = running(f"charts/{homes(registry)[service.name]}/charts/{service.name}", files.get)
        assert told == ({each.name: each.workload.enabled for each in service.versions} or {"": True})
        for workload in service.workloads:
            folder = f"charts/{homes(registry)[service.name]}/charts/{service.name}"
            found = stored(folder, files.get, service.kind, workload.version)
            assert found is not None, workload.name
            assert found.kind is service.kind
            claims = {volume.name: volume.source for volume in workload.volumes if isinstance(volume.source, Claim)}
            assert {name: (each.size, each.storage_class) for name, each in found.claims.items()} == {
                name: (each.size, each.storage_class) for name, each in claims.items()
            }
