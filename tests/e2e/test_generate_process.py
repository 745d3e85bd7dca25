"""generate as a process: killed at odd moments, two at once, a full disk, a reader that goes away."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHARTGEN = [sys.executable, "-m", "chartgen.cli"]
KILLS = 12


def registry(port: int) -> str:
    head = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
    services = "".join(f"  - {{name: s{n}, port: {port}, healthEndpoint: /healthz}}\n" for n in range(40))
    return f"{head}images: {{prefix: example.com/shop}}\nenvironments: [{{name: dev}}]\nservices:\n{services}"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}


def generate(root: Path, environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [*CHARTGEN, "-C", str(root), "generate", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def repository(root: Path, port: int) -> Path:
    root.mkdir(exist_ok=True)
    (root / "registry.yaml").write_text(registry(port))
    return root


def tree(root: Path) -> dict[str, str]:
    found = {str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.is_file()}
    return {path: text for path, text in found.items() if path != "registry.yaml"}


def test_killed_at_odd_moments(tmp_path: Path, environment: dict[str, str]) -> None:
    root = repository(tmp_path / "root", 8000)
    start = time.monotonic()
    assert generate(root, environment).returncode == 0
    lasts = time.monotonic() - start
    moments = random.Random(3)
    for kill in range(KILLS):
        repository(root, 8001 + kill)
        process = subprocess.Popen([*CHARTGEN, "-C", str(root), "generate"], env=environment, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.3, 1.0) * lasts)
        process.kill()
        process.wait()
        after = generate(root, environment)
        assert after.returncode == 0, after.stderr
        assert generate(root, environment, "--check").returncode == 0
        assert not (root / "charts/.chartgen.work").exists()


def test_two_at_once(tmp_path: Path, environment: dict[str, str]) -> None:
    root = repository(tmp_path / "root", 8000)
    command = [*CHARTGEN, "-C", str(root), "generate"]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(text.split()[0] for text in said)[1] == "nothing"
    assert generate(root, environment, "--check").returncode == 0


def test_a_full_disk_changes_nothing(tmp_path: Path, environment: dict[str, str]) -> None:
    root = repository(tmp_path / "root", 8000)
    command = [*CHARTGEN, "-C", str(root), "generate"]

    def no_large_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    def on_a_full_disk() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, preexec_fn=no_large_files
        )

    done = on_a_full_disk()
    assert done.returncode == 3
    assert "nothing was changed" in done.stderr
    assert tree(root) == {}
    assert generate(root, environment).returncode == 0
    before = tree(root)
    repository(root, 9000)
    assert on_a_full_disk().returncode == 3
    assert tree(root) == before


def test_a_reader_that_goes_away_is_no_failure(tmp_path: Path, environment: dict[str, str]) -> None:
    for arguments in (["schema"], ["--help"], ["-C", str(repository(tmp_path / "root", 8000)), "generate"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [*CHARTGEN, *arguments], env=environment, stdout=writer, stderr=subprocess.PIPE, check=False
        )
        os.close(writer)
        assert done.stderr == b""
        assert done.returncode == 0


def test_help_imports_little() -> None:
    code = "import sys; from chartgen.cli.run import run; run(['--help']); print(*sorted(sys.modules), file=sys.stderr)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr.split()
    assert "click" in loaded
    heavy = (
        "yaml",
        "jinja2",
        "jsonschema_rs",
        "json",
        "chartgen.registry",
        "chartgen.emit",
        "chartgen.workflows.generate",
    )
    assert not [name for name in heavy if name in loaded]


def test_nothing_changed_compiles_nothing(tmp_path: Path, environment: dict[str, str]) -> None:
    root = repository(tmp_path / "root", 8000)
    assert generate(root, environment).returncode == 0
    code = (
        "import sys; from chartgen.cli.run import run; "
        f"run(['-C', {str(root)!r}, 'generate']); print(*sorted(sys.modules), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("nothing changed")
    assert not {"yaml", "jinja2", "jsonschema_rs", "chartgen.registry", "chartgen.emit"} & set(done.stderr.split())
