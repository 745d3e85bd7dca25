"""The command line: streams, exit codes, options, and what a second run of generate knows."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import pytest

from chartgen.cli import group, outcome
from chartgen.cli.run import run
from chartgen.diagnostics import Diagnostic, Severity, Span
from chartgen.tools import files, journal, tree, turn
from chartgen.workflows import generate, init, load

REGISTRY = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example.com/shop}
environments: [{name: dev}]
services:
  - name: api
    port: 8080
    healthEndpoint: /healthz
    files: {/etc/api.conf: {file: api.conf}}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "repository"
    root.mkdir()
    (root / "registry.yaml").write_text(REGISTRY)
    (root / "api.conf").write_text("size = 3\n")
    return root


def stamps(root: Path) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in root.rglob("*")}


def test_generate_then_nothing_changed(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(root), "generate"]) == 0
    assert "created" in capfd.readouterr().out
    before = stamps(root)
    assert run(["-C", str(root), "generate"]) == 0
    out, err = capfd.readouterr()
    assert out.startswith("nothing changed: ")
    assert err == ""
    assert stamps(root) == before
    assert run(["-C", str(root), "generate", "--check"]) == 0


def test_the_second_run_remembers_and_every_input_counts(root: Path) -> None:
    (root / "overlays/api/templates").mkdir(parents=True)
    overlay = root / "overlays/api/templates/ingress.yaml"
    overlay.write_text("kind: Ingress\n")
    assert not generate.run(root).remembered
    assert generate.run(root).remembered
    for path in (root / "registry.yaml", root / "api.conf", overlay):
        path.write_text(path.read_text() + "\n")
        assert not generate.run(root).remembered, path
        assert generate.run(root).remembered, path
    overlay.unlink()
    assert len(generate.run(root).removed) == 1
    assert generate.run(root).remembered


def test_the_files_on_disk_are_never_remembered(root: Path) -> None:
    generate.run(root)
    chart = root / "charts/shop/Chart.yaml"
    text = chart.read_text()
    chart.write_text(text + "# edited\n")
    assert generate.run(root).failed
    chart.write_text(text)
    assert generate.run(root).remembered
    chart.unlink()
    assert generate.run(root).created == ("charts/shop/Chart.yaml",)
    (root / "values/dev/values.yaml").unlink()
    assert generate.run(root).created == ("values/dev/values.yaml",)
    (root / "charts/shop/mine.txt").write_text("mine\n")
    assert [d.code for d in generate.run(root).diagnostics] == ["CG612"]
    assert generate.run(root, check=True).failed


def test_warnings_are_repeated_from_memory(root: Path) -> None:
    (root / "overlays").mkdir()
    (root / "overlays/lost.yaml").write_text("kind: Ingress\n")
    first, second = generate.run(root), generate.run(root)
    assert second.remembered
    assert [d.code for d in first.diagnostics] == ["CG610"]
    assert first.diagnostics == second.diagnostics


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 3}', "\udcff"])
def test_a_damaged_memory_is_no_memory(root: Path, tmp_path: Path, damage: str) -> None:
    generate.run(root)
    (found,) = (p for p in (tmp_path / "cache").rglob("*") if p.is_file())
    found.write_text(damage, errors="surrogateescape")
    again = generate.run(root)
    assert (again.remembered, again.changed) == (False, 0)


def test_a_cache_that_cannot_be_written_is_no_matter(root: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder belongs")
    assert not generate.run(root).failed
    assert not generate.run(root).remembered


def test_values_are_never_touched_again(root: Path) -> None:
    generate.run(root)
    values = root / "values/dev/values.yaml"
    values.write_text("api: {replicaCount: 3}\n")
    (root / "registry.yaml").write_text(REGISTRY.replace("8080", "8081"))
    generate.run(root)
    assert values.read_text() == "api: {replicaCount: 3}\n"


def test_overlays_arrive_byte_for_byte(root: Path) -> None:
    overlay = root / "overlays/api/templates/ingress.yaml"
    overlay.parent.mkdir(parents=True)
    overlay.write_bytes("kind: Ingress # café {{ .Values.extra }}\r\n".encode())
    generate.run(root)
    assert (root / "charts/shop/charts/api/templates/ingress.yaml").read_bytes() == overlay.read_bytes()


@pytest.mark.parametrize("held", [False, True])
def test_a_pipe_is_no_overlay_and_is_not_waited_for(held: bool, root: Path) -> None:
    pipe = root / "overlays/api/templates/p.yaml"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR) if held else None
    assert [d.code for d in generate.run(root).diagnostics] == ["CG609"]
    if writer is not None:
        os.close(writer)


def test_findings_of_generate_are_in_the_order_of_their_paths(root: Path) -> None:
    for path in ("overlays/wep/templates/a.yaml", "overlays/api/templates/service.yaml", "overlays/lost.yaml"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("kind: Ingress\n")
    assert [d.code for d in generate.run(root).diagnostics] == ["CG608", "CG610", "CG607"]
    for path in ("overlays/wep/templates/a.yaml", "overlays/api/templates/service.yaml"):
        (root / path).unlink()
    generate.run(root)
    for path in ("charts/shop/mine.txt", "values/old/x"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("mine\n")
    found = generate.run(root).diagnostics
    assert [d.code for d in found] == ["CG612", "CG610", "CG611"]
    (root / "charts/shop/mine.txt").unlink()
    assert [generate.run(root).diagnostics, generate.run(root).diagnostics] == [found[1:]] * 2


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{{define "api.labels"}}{{end}}', (1, 10)),
        ("x\n {{- block `api.labels` . -}}{{end}}", (2, 12)),
        ('{{ include "api.labels" . }}{{ define "mine" }}{{ end }}', None),
        ('{{- /* {{ define "api.labels" }} */}}', None),
    ],
)
def test_overlays_define_no_generated_name(text: str, place: tuple[int, int] | None, root: Path) -> None:
    overlay = root / "overlays/api/templates/mine.tpl"
    overlay.parent.mkdir(parents=True)
    overlay.write_text(text)
    found = [(d.code, (d.span.line, d.span.column)) for d in generate.run(root).diagnostics]
    assert found == ([("CG615", place)] if place else [])


def test_the_lock_does_not_depend_on_the_order_of_the_registry(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "api.conf").write_text("size = 3\n")
    (other / "registry.yaml").write_text(
        "services:" + REGISTRY.split("services:")[1] + REGISTRY.split("services:", maxsplit=1)[0]
    )
    generate.run(root)
    generate.run(other)
    assert (root / "charts/.chartgen.lock").read_bytes() == (other / "charts/.chartgen.lock").read_bytes()


def test_a_registry_with_mistakes_leaves_charts_alone(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    generate.run(root)
    before = stamps(root / "charts")
    (root / "registry.yaml").write_text(REGISTRY.replace("port: 8080", "port: 99999"))
    assert run(["-C", str(root), "generate"]) == 1
    out, err = capfd.readouterr()
    assert "registry.yaml:8:" in err
    assert out == "nothing was written\n"
    assert stamps(root / "charts") == before


def test_json_is_one_document_on_stdout(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for command in (["validate"], ["generate"], ["generate", "--check"], ["version"]):
        assert run(["-C", str(root), *command, "--format", "json"]) == 0
        out, err = capfd.readouterr()
        document = json.loads(out)
        assert list(document) == ["schemaVersion", "command", "diagnostics", "result"]
        assert document["command"] == command[0]
        assert err == ""


@pytest.mark.parametrize(
    ("arguments", "command", "code"),
    [
        (["-C", "/nowhere", "validate", "--format", "json"], "validate", 2),
        (["--registry", "lint", "validate", "--format=json"], "validate", 2),
        (["graph", "-o", "json", "nobody"], "graph", 2),
        (["lint", "--format", "json", "--bogus"], "lint", 2),
        (["--helm", "/nowhere/helm", "lint", "--format", "json"], "lint", 3),
    ],
)
def test_a_failure_is_a_json_document_too(
    arguments: list[str], command: str, code: int, root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    generate.run(root)
    assert run(["-C", str(root), *arguments]) == code
    out, err = capfd.readouterr()
    document = json.loads(out)
    assert list(document) == ["schemaVersion", "command", "diagnostics", "result", "error"]
    assert (document["command"], document["diagnostics"], document["result"]) == (command, [], None)
    assert document["error"]["exitCode"] == code
    assert document["error"]["message"] in err


def test_what_is_helms_is_not_read_as_chartgens(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(root), "template", "--", "--format", "json"]) == 2
    assert capfd.readouterr().out == ""


def test_github_annotations(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "registry.yaml").write_text(REGISTRY.replace("port: 8080", "port: 99999"))
    assert run(["-C", str(root), "validate", "--format", "github"]) == 1
    assert capfd.readouterr().out.startswith("::error file=registry.yaml,line=8,")


def unreadable(root: Path, how: str) -> None:
    registry = root / "registry.yaml"
    registry.unlink()
    if how == "directory":
        registry.mkdir()
    elif how == "broken link":
        registry.symlink_to("nowhere")
    elif how == "loop":
        registry.symlink_to("registry.yaml")


@pytest.mark.parametrize("how", ["missing", "directory", "broken link", "loop"])
def test_unreadable_registry_is_wrong_usage(how: str, root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    unreadable(root, how)
    for command in ("validate", "generate"):
        assert run(["-C", str(root), command]) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert "chartgen: error: cannot read " in err
        assert "registry.yaml" in err


def test_a_registry_that_may_not_be_read_is_told_in_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Tests may run as root, who may read all: the system's answers are played here."""

    def refused(path: str, **_: object) -> bytes:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    monkeypatch.chdir(root)
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    monkeypatch.setattr(files, "_read", refused)
    assert run(["validate"]) == 2
    assert capfd.readouterr().err == "chartgen: error: cannot read registry.yaml: permission denied\n"


def check(root: Path) -> dict[str, str]:
    return {d.span.file: d.hint for d in generate.run(root, check=True).diagnostics}


def test_a_check_says_what_generate_would_ask_for(root: Path) -> None:
    chart, lock = "charts/shop/Chart.yaml", "charts/.chartgen.lock"
    generate.run(root)
    (root / "charts/shop/README.md").unlink()
    (root / chart).write_text("mine\n")
    hints = check(root)
    assert hints["charts/shop/README.md"] == "run `chartgen generate`"
    assert all(word in hints[chart] for word in ("overlays/", "take it back", "--force"))
    (root / lock).write_text((root / lock).read_text().replace("chartgen.lock 1", "chartgen.lock 2"))
    assert list(check(root)) == [lock]
    assert check(root)[lock].startswith("use that version; ")
    (root / lock).write_text("<<<<<<< ours\n")
    assert list(check(root)) == [lock]
    assert "--force" in check(root)[lock]


def test_an_oversized_registry_is_not_read_whole(root: Path) -> None:
    with (root / "registry.yaml").open("r+b") as file:
        file.truncate(1 << 40)
    assert len(load.read_registry(root, "registry.yaml")) == 16 * 1024 * 1024 + 1


@pytest.mark.parametrize(
    "arguments", [["bogus"], ["-C", "/nowhere/at/all", "validate"], ["validate", "--format", "xml"], ["--bogus"], []]
)
def test_wrong_usage(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert "Usage: chartgen" in err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["verify", "--rendered", ""], "--rendered"),
        (["verify", "--rendered="], "--rendered"),
        (["explain", "web", "store", "--env", ""], "--env"),
        (["diff", ""], "an argument"),
        (["diff", "HEAD", ""], "an argument"),
        (["-C", "", "verify"], "-C"),
    ],
)
def test_an_empty_text_is_not_what_was_left_out(
    arguments: list[str], what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert f"Error: {what} is empty: leave it out, or set the variable that it is from" in capfd.readouterr().err


def test_a_bug_asks_for_a_report(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(load, "run", broken)
    assert run(["-C", str(root), "validate"]) == 4
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert "please report it" in err


def test_interrupt(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(load, "run", interrupted)
    assert run(["-C", str(root), "validate"]) == 130


def test_strict_makes_warnings_findings() -> None:
    warning = Diagnostic(code="CG610", severity=Severity.WARNING, span=Span("x"), message="m")
    assert outcome.exit_code([warning], strict=False) == 0
    assert outcome.exit_code([warning], strict=True) == 1
    assert outcome.exit_code([], strict=True) == 0


def test_color(root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "registry.yaml").write_text(REGISTRY.replace("port: 8080", "port: 99999"))
    for options, colored in ((["--color", "always"], True), (["--color", "never"], False), ([], False)):
        run(["-C", str(root), *options, "validate"])
        assert ("\x1b[" in capfd.readouterr().out) is colored
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    run(["-C", str(root), "validate"])
    assert "\x1b[" in capfd.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    run(["-C", str(root), "validate"])
    assert "\x1b[" not in capfd.readouterr().out


def test_every_listed_command_exists_and_has_help(capfd: pytest.CaptureFixture[str]) -> None:
    for name in group.COMMANDS:
        assert run([name, "--help"]) == 0
        assert capfd.readouterr().out.startswith(f"Usage: chartgen {name}")


def test_help_lists_the_commands(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    listed = capfd.readouterr().out
    assert all(name in listed for name in group.COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    out, err = capfd.readouterr()
    assert "_CHARTGEN_COMPLETE" in out
    assert "to install" in err


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("template --env ", ["dev", "prod"]),
        ("lint --env p", ["prod"]),
        ("graph ", ["api", "web"]),
        ("graph api w", ["web"]),
        ("explain w", ["web"]),
        ("explain s", ["scraper", "stranger"]),
        ("explain web a", ["api"]),
        ("--registry other.yaml graph ", ["lonely"]),
        ("--registry broken.yaml graph ", []),
        ("--registry missing.yaml lint --env ", []),
        ("--registry odd.yaml lint --env ", []),
    ],
)
def test_names_of_the_registry_are_completed(
    words: str, offered: list[str], root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The registry need not compile: it is being written."""
    (root / "registry.yaml").write_text(
        "environments: [{name: dev}, {name: prod}]\nservices: [{name: api}, {name: web}]"
    )
    (root / "other.yaml").write_text("services: [{name: lonely}, {name: 3}, x]")
    (root / "broken.yaml").write_text("services: [{name: lonely")
    (root / "odd.yaml").write_text("environments: dev")
    line = f"chartgen -C {root} {words}"
    monkeypatch.setenv("_CHARTGEN_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
    run([])
    out, err = capfd.readouterr()
    assert out.split() == [f"plain,{name}" for name in offered]
    assert err == ""


def test_schema_is_json(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capfd.readouterr().out)["$schema"].endswith("2020-12/schema")


def test_schema_as_markdown_is_the_page_of_the_language(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--format", "markdown"]) == 0
    assert capfd.readouterr().out == (Path(__file__).parents[2] / "docs" / "registry.md").read_text(encoding="utf-8")


def test_the_page_shows_both_kinds_of_file(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "--part", "--format", "markdown"]) == 2
    assert "--part is for JSON" in capfd.readouterr().err


def test_init_makes_a_platform_without_a_word_to_say_about_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert run(["-C", str(tmp_path), "init", "shop"]) == 0
    assert "chartgen generate" in capfd.readouterr().err
    shop = str(tmp_path / "shop")
    before = stamps(tmp_path / "shop")
    assert run(["-C", shop, "validate", "--strict"]) == 0
    assert run(["-C", shop, "generate", "--check", "--strict"]) == 0
    assert run(["-C", shop, "generate", "--strict"]) == 0
    assert capfd.readouterr().out.splitlines()[-1].startswith("nothing changed")
    assert stamps(tmp_path / "shop") == before
    assert "@" not in (tmp_path / "shop/registry.yaml").read_text()


def test_init_never_overwrites(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "README.md").write_text("mine\n")
    assert run(["-C", str(tmp_path), "init", "shop"]) == 1
    assert "README.md" in capfd.readouterr().err
    assert [p.name for p in shop.iterdir()] == ["README.md"]
    (shop / "README.md").rename(shop / "notes.txt")
    assert run(["-C", str(tmp_path), "init", "shop"]) == 0
    assert (shop / "notes.txt").read_text() == "mine\n"


@pytest.mark.parametrize("name", ["Shop", "-x", "a" * 54, "shop\n", "a b", ""])
def test_init_refuses_a_name_that_cannot_be(name: str, tmp_path: Path) -> None:
    assert run(["-C", str(tmp_path), "init", "--", name]) == 2
    assert not list(tmp_path.iterdir())


def test_init_from_python(tmp_path: Path) -> None:
    started = init.run(tmp_path, "shop", "deep/down")
    assert started.folder == tmp_path / "deep/down"
    assert "registry.yaml" in started.files


def killed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the repository as a kill in the middle of a write leaves it."""

    def step(what: str) -> None:
        if what.startswith("place"):
            raise KeyboardInterrupt

    generate.run(root, force=True)
    survey = tree.survey(str(root), {"charts/shop/Chart.yaml": "name: shop\n"})
    with monkeypatch.context() as patch:
        patch.setattr(journal, "_back", lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            tree.write(survey, step=step)
    assert (root / journal.WORK).exists()


@pytest.mark.parametrize(("command", "code"), [("template", 3), ("lint", 3), ("validate", 0), ("graph", 0)])
def test_every_command_first_finishes_what_was_interrupted(
    command: str, code: int, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(root, monkeypatch)
    assert run(["-C", str(root), "--helm", "/nowhere/helm", command]) == code
    assert not (root / journal.WORK).exists()
    assert (root / "charts/shop/Chart.yaml").read_text() == "name: shop\n"


def test_what_only_reads_the_registry_goes_on_without_charts(
    root: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    killed(root, monkeypatch)
    with turn.taken(str(root)):
        assert run(["-C", str(root), "validate"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", lambda *_: (_ for _ in ()).throw(OSError(errno.EROFS, "Read-only file system")))
        assert run(["-C", str(root), "graph"]) == 0
    assert "chartgen: error" not in capfd.readouterr().err
    (root / "charts/shop/Chart.yaml").write_text("mine\n")
    assert run(["-C", str(root), "validate"]) == 0
    assert "charts/shop/Chart.yaml" in capfd.readouterr().err
    assert (root / "charts/shop/Chart.yaml").read_text() == "mine\n"
