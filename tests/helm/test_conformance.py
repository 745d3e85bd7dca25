"""The four examples, rendered by helm, against the facts of the published systems that they write down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from chartgen.workflows import load
from tests.helm.conformance import SYSTEMS, deliberate, differences, facts, rendered_facts
from tests.helm.conftest import ROOT, Platform, write

if TYPE_CHECKING:
    from chartgen.tools.helm import Helm
    from tests.helm.conformance import Difference
    from tests.helm.described import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """An example: what helm renders with the defaults, and with its add-ons on too."""

    name: str
    default: dict[str, Facts]
    whole: dict[str, Facts]

    @property
    def differences(self) -> list[Difference]:
        """Where it is not what is known of the system."""
        known = {key: {k: v for k, v in each.items() if k != "default"} for key, each in facts(self.name).items()}
        return differences(self.name, known, self.whole)


@pytest.fixture(scope="module", params=SYSTEMS)
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, helm43: Helm) -> System:
    loaded = load.run(ROOT / "examples" / request.param)
    assert loaded.registry is not None, loaded.diagnostics
    platform = write(loaded.registry, tmp_path_factory.mktemp(request.param))
    return System(
        name=request.param,
        default=rendered_facts(platform.render(helm43), loaded.registry),
        whole=rendered_facts(platform.render(helm43, *_all_on(platform)), loaded.registry),
    )


def _all_on(platform: Platform) -> list[str]:
    nodes = [node.name for node in platform.registry.charts() if not node.enabled]
    versions = [
        f"{service.name}.versions.{version.name}"
        for service in platform.registry.services
        for version in service.versions
        if not version.workload.enabled
    ]
    return [f"{each}.enabled=true" for each in (*nodes, *versions)]


def test_the_defaults_install_what_the_system_installs(system: System) -> None:
    assert set(system.default) == {key for key, each in facts(system.name).items() if each.get("default", True)}


def test_nothing_is_lost_and_nothing_invented(system: System) -> None:
    table = deliberate(system.name)
    others = [str(each) for each in system.differences if not any(entry.covers(each) for entry in table)]
    assert not others, "\n".join([f"{len(others)} differences that differences.yaml does not explain:", *others])


def test_every_deliberate_difference_is_there(system: System) -> None:
    unused = [str(e) for e in deliberate(system.name) if not any(map(e.covers, system.differences))]
    assert not unused, "\n".join(["differences.yaml explains what does not differ:", *unused])
