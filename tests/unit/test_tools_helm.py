"""The door to processes, and which helm is taken. Scripts stand in for helm; nothing else is started."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from chartgen.errors import ToolError
from chartgen.tools.helm import find_helm
from chartgen.tools.process import clean_environment, run

if TYPE_CHECKING:
    from pathlib import Path


def fake_helm(path: Path, version: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_failure_quotes_command_code_and_words() -> None:
    done = run([sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(7)"])
    assert done.code == 7
    assert all(part in str(done.error()) for part in ("sys.exit(7)", "exit code 7", "no luck"))


def test_a_missing_program_and_a_slow_one_are_failures_of_the_world() -> None:
    with pytest.raises(ToolError, match="could not be started"):
        run(["/nonexistent/program"])
    with pytest.raises(ToolError, match="more than"):
        run([sys.executable, "-c", "import time; time.sleep(9)"], timeout=0.2)


def test_variables_that_redirect_tools_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "x")
    monkeypatch.setenv("GIT_DIR", "x")
    monkeypatch.setenv("KUBECONFIG", "x")
    kept = clean_environment({"HELM_CACHE_HOME": "y"})
    assert {name for name in kept if name.startswith(("GIT_", "HELM_", "KUBE"))} == {"HELM_CACHE_HOME"}


def test_helm_is_looked_up_in_order(tmp_path: Path) -> None:
    option = fake_helm(tmp_path / "option" / "helm", "v4.0.0")
    variable = fake_helm(tmp_path / "variable" / "helm", "v4.0.1")
    cached = fake_helm(tmp_path / "cache" / "chartgen" / "tools" / "helm" / "4.10.0" / "helm", "v4.10.0")
    fake_helm(tmp_path / "cache" / "chartgen" / "tools" / "helm" / "4.9.0" / "helm", "v4.9.0")
    on_path = fake_helm(tmp_path / "bin" / "helm", "v3.17.0")
    cache, path = {"XDG_CACHE_HOME": str(tmp_path / "cache")}, {"PATH": str(tmp_path / "bin")}
    nothing = {"XDG_CACHE_HOME": str(tmp_path), "PATH": ""}
    assert find_helm(option, {"CHARTGEN_HELM": variable} | cache | path).path == option
    assert find_helm(None, {"CHARTGEN_HELM": variable} | cache | path).path == variable
    assert find_helm(None, cache | path).path == on_path
    assert find_helm(None, cache | {"PATH": ""}).path == cached
    with pytest.raises(ToolError, match="was not found"):
        find_helm(None, nothing)


def test_an_old_helm_is_refused_by_name(tmp_path: Path) -> None:
    old = fake_helm(tmp_path / "bin" / "helm", "v3.16.4")
    with pytest.raises(ToolError, match=r"3\.16\.4"):
        find_helm(old, {})
    with pytest.raises(ToolError, match=r"3\.16\.4"):
        find_helm(None, {"XDG_CACHE_HOME": str(tmp_path), "PATH": str(tmp_path / "bin")})


def test_a_program_that_is_no_helm_is_named() -> None:
    with pytest.raises(ToolError, match=r"/bin/true is no helm: .* names no version"):
        find_helm("/bin/true", {})
