"""What several kinds of tests need: the real helms, checkov, and a repository to work in."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chartgen.tools.helm import Helm, find_helm, tools_cache, version_of
from scripts import get_checkov

ROOT = Path(__file__).resolve().parent.parent

# The same examples every time, and no deadline: a helm start takes what it takes.
# `--hypothesis-profile=explore` draws new ones, ten times as many.
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=60, suppress_health_check=QUIET)
settings.register_profile("explore", deadline=None, max_examples=600, suppress_health_check=QUIET)
settings.load_profile("fixed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all-mutants", action="store_true", help="judge every mutant of a policy, not a sample")


@pytest.fixture(scope="session")
def all_mutants(request: pytest.FixtureRequest) -> bool:
    """Whether every mutant is wanted."""
    return bool(request.config.getoption("--all-mutants"))


@pytest.fixture(scope="session")
def helm43() -> Helm:
    """Helm 4.3; the test fails, and is never skipped, where it is missing."""
    return _pinned("4.3.1")


@pytest.fixture(scope="session")
def helm317() -> Helm:
    """Helm 3.17, the oldest that chartgen takes."""
    return _pinned("3.17.3")


@pytest.fixture(scope="session", params=["4.3.1", "3.17.3"])
def helm(request: pytest.FixtureRequest) -> Helm:
    """Each helm in turn."""
    return _pinned(request.param)


@pytest.fixture(scope="session")
def checkov() -> list[str]:
    """How checkov is started."""
    if not get_checkov.CHECKOV.home().is_dir():
        pytest.fail("checkov is not in the tools cache; `make judges-apart` puts it there", pytrace=False)
    return get_checkov.command()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A folder with this repository's registry and values, not yet compiled."""
    folder = tmp_path / "repo"
    folder.mkdir()
    shutil.copy2(ROOT / "registry.yaml", folder)
    shutil.copytree(ROOT / "values", folder / "values")
    return folder


def _pinned(version: str) -> Helm:
    path = tools_cache() / "helm" / version / "helm"
    if path.is_file():
        return Helm(path=str(path), version=version_of(str(path)))
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return find_helm()
    return pytest.fail(f"helm {version} is not in the tools cache; `make tools` puts it there", pytrace=False)
