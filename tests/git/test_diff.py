"""`chartgen diff` on real repositories."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from chartgen.cli.run import run
from chartgen.workflows import diff as workflow

HEAD = """\
apiVersion: chartgen.dev/v1
kind: ServiceRegistry
metadata: {name: shop, version: 1.0.0}
images: {prefix: example.com/shop}
"""
API = "  - {name: api, port: 80, healthEndpoint: /health}\n"
WEB = "  - {name: web, port: 80, healthEndpoint: /health}\n"
CALLS = "  - {name: web, port: 80, healthEndpoint: /health, dependencies: [api]}\n"
OLD, NEW = f"{HEAD}services:\n{API}{WEB}", f"{HEAD}services:\n{API}{CALLS}"


class Repo:
    """A repository, and chartgen in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, *tag: str, **files: str | None) -> None:
        for name, content in files.items():
            path = self.folder / name.replace("__", "/").replace("_yaml", ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if content is None else path.write_text(content, encoding="utf-8")
        self.git("add", "-A")
        self.git("commit", "-qm", "x", "--allow-empty")
        for name in tag:
            self.git("tag", name)

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def diff(self, *arguments: str, code: int = 0, options: tuple[str, ...] = ()) -> tuple[str, str]:
        assert run(["-C", str(self.folder), *options, "diff", *arguments]) == code
        seen = self.capsys.readouterr()
        assert "Traceback" not in seen.err
        return seen.out, seen.err


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other runs remember plays no part."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def repo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Repo:
    folder = tmp_path / "repo"
    folder.mkdir()
    made = Repo(folder, capsys)
    made.git("init", "-q", "-b", "main")
    made.commit("v1", registry_yaml=OLD)
    return made


def test_alone_it_compares_head_with_the_working_tree(repo: Repo) -> None:
    assert repo.diff()[0] == "HEAD → working tree: nothing changes for who may call whom\n"
    repo.write("registry.yaml", NEW)
    out, err = repo.diff()
    assert err == ""
    assert out.startswith("HEAD → working tree: 1 call opened\n\napi\n  + web may call it on http (80)")
    assert out.endswith("registry.yaml:7:67\n")


def test_exit_code(repo: Repo) -> None:
    repo.diff("--exit-code")
    repo.write("registry.yaml", NEW)
    repo.diff("--exit-code", code=1)
    assert json.loads(repo.diff("--exit-code", "--format", "json", code=1)[0])["result"]["changed"] is True


def test_revisions_tags_ranges_and_files(repo: Repo) -> None:
    repo.commit("v2", registry_yaml=NEW)
    for names in (
        ("v1", "v2"),
        ("v1..v2",),
        ("v1...v2",),
        ("HEAD~1", "HEAD"),
        ("v1",),
        ("HEAD~1..",),
        ("v1:registry.yaml",),
    ):
        assert "1 call opened" in repo.diff(*names)[0], names
    out = repo.diff("v2", "v1")[0]
    assert "- web may no longer call it on http (80)  v2:registry.yaml:7:67" in out
    repo.write("old.yaml", OLD)
    assert "1 call opened" in repo.diff("old.yaml", "registry.yaml")[0]
    assert "1 call opened" in repo.diff("old.yaml")[0]
    repo.git("branch", "side", "v1")
    assert "1 call opened" in repo.diff("side")[0]


def test_three_dots_begin_where_the_branches_parted(repo: Repo) -> None:
    repo.git("checkout", "-qb", "feature")
    repo.commit(registry_yaml=NEW)
    repo.git("checkout", "-q", "main")
    repo.commit(registry_yaml=OLD + "  - {name: mail, port: 80, healthEndpoint: /health}\n")
    assert ": 1 call opened\n" in repo.diff("main...feature")[0]
    assert ": 1 call opened, 1 service removed\n" in repo.diff("main..feature")[0]


def test_included_files_are_those_of_the_revision(repo: Repo) -> None:
    main = f"{HEAD}include: ['teams/**/*.yaml']\nservices:\n{API}"
    repo.commit("split", registry_yaml=main, teams__web__web_yaml=f"services:\n{WEB}")
    assert "nothing changes" in repo.diff("v1", "split")[0]
    repo.write("teams/web/web.yaml", f"services:\n{CALLS}")
    repo.write("teams/mail.yaml", "services:\n  - {name: mail, dependencies: [web]}\n")
    out = repo.diff()[0]
    assert "2 calls opened, 1 service added" in out
    assert "teams/web/web.yaml:2:67" in out


def test_files_that_a_registry_names_come_from_the_revision(repo: Repo) -> None:
    service = "  - {name: api, port: 80, healthEndpoint: /health, files: {/etc/a.conf: {file: conf/a.yaml}}}\n"
    repo.commit("conf", registry_yaml=f"{HEAD}services:\n{service}{WEB}", conf__a_yaml="a = 1\n")
    repo.commit(registry_yaml=OLD, conf__a_yaml=None)
    assert "nothing changes" in repo.diff("conf")[0]


def test_a_link_in_the_repository_is_followed(repo: Repo) -> None:
    repo.git("rm", "-q", "registry.yaml")
    repo.write("main/registry.yaml", OLD)
    (repo.folder / "registry.yaml").symlink_to("main/registry.yaml")
    repo.commit("linked")
    assert "nothing changes" in repo.diff("v1", "linked")[0]


def test_a_folder_of_the_repository(repo: Repo) -> None:
    repo.commit("deep", platform__registry_yaml=OLD)
    repo.write("platform/registry.yaml", NEW)
    inner = Repo(repo.folder / "platform", repo.capsys)
    assert "1 call opened" in inner.diff()[0]
    assert "2 services added" in inner.diff("v1")[0]


def test_no_registry_then_everything_is_opened(repo: Repo) -> None:
    repo.git("rm", "-q", "registry.yaml")
    repo.commit("empty", other_yaml="x\n")
    repo.commit(registry_yaml=NEW)
    out, _ = repo.diff("empty")
    assert out.startswith("empty (no registry.yaml there) → working tree: 1 call opened, 2 services added")
    _, err = repo.diff("v1", "empty", code=2)
    assert "empty has no registry.yaml" in err


def test_a_registry_that_was_renamed(repo: Repo) -> None:
    repo.git("mv", "registry.yaml", "platform.yaml")
    repo.write("platform.yaml", NEW)
    repo.git("add", "-A")
    out, _ = repo.diff(options=("--registry", "platform.yaml"))
    assert out.startswith("HEAD:registry.yaml → working tree: 1 call opened")
    repo.commit()
    assert repo.diff("v1", "HEAD", options=("--registry", "platform.yaml"))[0].startswith(
        "v1:registry.yaml → HEAD: 1 call"
    )


def test_a_side_that_does_not_compile_is_named(repo: Repo) -> None:
    repo.commit("bad", registry_yaml=NEW.replace("[api]", "[apo]"))
    out, err = repo.diff("bad", "v1", code=1)
    assert out == ""
    assert "the registry of bad does not compile" in err
    assert "bad:registry.yaml:7:" in err and 'did you mean "api"?' in err
    found: Any = json.loads(repo.diff("v1", "bad", "--format", "json", code=1)[0])
    assert found["diagnostics"][0]["file"] == "bad:registry.yaml"
    assert found["result"] is None


def test_names_of_nothing(repo: Repo) -> None:
    assert '"v3" is no file here, and no revision "v3" in this repository' in repo.diff("v3", code=2)[1]
    assert 'did you mean "main"?' in repo.diff("mian", code=2)[1]
    for name in ("v1..v3", "nowhere...v1", ":", "..", "v1:nothing.yaml:", "@{9}"):
        repo.diff(name, "v1", code=2)
    repo.write("v1", "x")
    assert "a file here and a revision too" in repo.diff("v1", code=2)[1]


def test_a_repository_without_commits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Repo(tmp_path, capsys)
    made.git("init", "-q")
    made.write("registry.yaml", OLD)
    assert "it has no commit yet" in made.diff(code=2)[1]


def test_no_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    made = Repo(tmp_path, capsys)
    made.write("registry.yaml", OLD)
    made.write("new.yaml", NEW)
    assert "is in no Git repository" in made.diff(code=2)[1]
    assert "1 call opened" in made.diff("registry.yaml", "new.yaml")[0]


def test_a_shallow_clone_says_what_is_missing(repo: Repo, tmp_path: Path) -> None:
    repo.commit(registry_yaml=NEW)
    subprocess.run(["git", "clone", "-q", "--depth", "1", repo.folder.as_uri(), str(tmp_path / "clone")], check=True)
    clone = Repo(tmp_path / "clone", repo.capsys)
    assert "nothing changes" in clone.diff()[0]
    assert "shallow clone" in clone.diff("HEAD~1", code=2)[1]


def test_git_is_missing(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git was not found" in repo.diff(code=3)[1]


def test_variables_of_another_repository_do_not_matter(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    repo.diff()


def test_nothing_is_written(repo: Repo) -> None:
    before = {path: path.stat().st_mtime_ns for path in repo.folder.rglob("*")}
    repo.write("registry.yaml", NEW)
    repo.diff("v1")
    after = {path: path.stat().st_mtime_ns for path in repo.folder.rglob("*")}
    assert {path for path in after if after[path] != before.get(path)} <= {repo.folder / "registry.yaml"}


def test_an_answer_is_remembered_until_anything_changes(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    including = f"{HEAD}include: ['more/*.yaml']\nservices:\n{API}"
    repo.commit("split", registry_yaml=including, more__a_yaml=f"services:\n{WEB}")
    repo.write("more/a.yaml", f"services:\n{CALLS}")
    first = repo.diff()
    sought: list[str] = []
    really = workflow.run

    def seek(*given: Any) -> Any:
        sought.append("again")
        return really(*given)

    monkeypatch.setattr(workflow, "run", seek)
    assert repo.diff() == first
    repo.diff("--exit-code", code=1)
    assert sought == []
    assert repo.diff("split")[0] == first[0].replace("HEAD", "split", 1)
    repo.write("more/b.yaml", "services:\n  - {name: mail}\n")
    assert "1 service added" in repo.diff()[0]
    repo.commit()
    assert "nothing changes" in repo.diff()[0]
    assert len(sought) == 3
    assert "nothing changes" in repo.diff()[0]
    assert len(sought) == 3


def test_git_is_there() -> None:
    assert shutil.which("git")
