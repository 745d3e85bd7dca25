"""`make dist`: wheel and sdist, each installed into an empty environment elsewhere, must generate this repository's
charts byte for byte."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
import tempfile
import venv
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from chartgen.errors import ChartgenError, ToolError
from chartgen.tools.process import run
from scripts.progress import step

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.lock"
INPUTS = ("registry.yaml", "values")


def main() -> int:
    """0 when both packages work elsewhere, 3 with the reason when one does not."""
    try:
        with step("building dist/"):
            built = build(ROOT / "dist")
        for package in built:
            with (
                step(f"{package.name}: installing it elsewhere, generating there"),
                tempfile.TemporaryDirectory() as name,
            ):
                prove(package, Path(name))
    except ChartgenError as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    print("\n".join(f"dist/{package.name}" for package in built))
    return 0


def build(folder: Path) -> list[Path]:
    """The wheel and the sdist, built from this checkout with the locked hatchling."""
    shutil.rmtree(folder, ignore_errors=True)
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return sorted(folder.iterdir())


def prove(package: Path, elsewhere: Path) -> None:
    """ToolError unless the installed package generates the committed charts from the committed registry."""
    python = _installed(package, elsewhere / "env")
    platform = elsewhere / "platform"
    platform.mkdir()
    for name in INPUTS:
        source = ROOT / name
        shutil.copytree(source, platform / name) if source.is_dir() else shutil.copy2(source, platform)
    _run(str(python.with_name("chartgen")), "generate", cwd=platform)
    _same(ROOT / "charts", platform / "charts", package.name)


def _installed(package: Path, environment: Path) -> Path:
    """The Python of a new environment that holds the package and its locked dependencies; no index for the package."""
    venv.create(environment, with_pip=True)
    python = environment / "bin" / "python"
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    lock = environment / "run-time.lock"
    backend = set() if package.suffix == ".whl" else {"hatchling"}
    lock.write_text(part_of_lock(_needs("chartgen") | backend), encoding="utf-8")
    _run(*pip, "--require-hashes", "--no-deps", "-r", str(lock))
    _run(*pip, "--no-deps", "--no-index", "--no-build-isolation", str(package))
    _run(str(python), "-m", "pip", "check")
    return python


def part_of_lock(names: set[str]) -> str:
    """The entries of the development lock for these distributions and all that they need here."""
    wanted: set[str] = set()
    while names:
        wanted |= names
        names = {need for name in names for need in _needs(name)} - wanted
    entries = re.findall(r"^\S+==.*\n(?: +--hash.*\n)+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return "".join(entry for entry in entries if entry.split("==")[0] in wanted)


def _needs(name: str) -> set[str]:
    needs = [Requirement(text) for text in importlib.metadata.requires(name) or []]
    return {canonicalize_name(need.name) for need in needs if not need.marker or need.marker.evaluate({"extra": ""})}


def _same(committed: Path, made: Path, name: str) -> None:
    here, there = _contents(committed), _contents(made)
    different = sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))
    if different or not here:
        raise ToolError(f"{name} generates other charts than the committed ones: {', '.join(different[:5]) or 'none'}")


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _run(*argv: str, cwd: Path | None = None) -> None:
    environment = {"PYTHONPATH": "", "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "315532800")}
    done = run(argv, cwd=cwd, environment=environment, timeout=600)
    if done.code:
        raise done.error()


if __name__ == "__main__":
    sys.exit(main())
