"""The four examples, rendered by helm, against the facts of the published systems that they write down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from chartgen.workflows import load
from tests.helm.conformance import SYSTEMS, deliberate, differences, facts, rendered_facts
from tests.helm.conftest import ROOT, Platform, write

if TYPE_CHECKING:
    from pathlib import Path

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


SEEN = {
    "a port": (
        "{name: grpc, port: 9555}",
        "{name: grpc, port: 9556}",
        "adservice > services > adservice > ports > 9555/",
    ),
    "a call that is lost": (", shippingservice]", "]", "checkoutservice > calls > shippingservice"),
    "a call that is invented": (
        "env: {PORT: 9555}",
        "dependencies: [shippingservice]",
        "adservice > calls > shippingservice",
    ),
    "a variable": ("PORT: 5050", "PORT: 5051", "checkoutservice > containers > main > env > PORT"),
    "a limit": ("memory: 300Mi", "memory: 301Mi", "adservice > containers > main > resources > limits > memory"),
    "a probe": (
        "path: /_healthz, headers",
        "path: /health, headers",
        "frontend > containers > main > probes > readiness",
    ),
    "a Service": (
        "aliases: [{name: frontend-external, type: LoadBalancer}]",
        "",
        "frontend > services > frontend-external",
    ),
    "a container": ("- name: frontend-check", "- name: checked", "loadgenerator > init > frontend-check"),
    "a kind": ("kind: Deployment", "kind: StatefulSet", "redis-cart > kind"),
}
"""What is changed in the Online Boutique's registry, and the place where that must be seen."""


@pytest.mark.parametrize("name", SEEN)
def test_what_is_lost_or_invented_is_seen(name: str, helm43: Helm, tmp_path: Path) -> None:
    before, after, where = SEEN[name]
    text = (ROOT / "examples" / "online-boutique" / "registry.yaml").read_text(encoding="utf-8")
    assert before in text
    text = "\n".join(line for line in text.replace(before, after, 1).split("\n") if "SHIPPING_SERVICE" not in line)
    (tmp_path / "registry.yaml").write_text(text, encoding="utf-8")
    registry = load.run(tmp_path).registry
    assert registry is not None
    found = rendered_facts(write(registry, tmp_path).render(helm43), registry)
    table, seen = deliberate("online-boutique"), differences("online-boutique", facts("online-boutique"), found)
    unexplained = [one for one in seen if not any(entry.covers(one) for entry in table)]
    assert any(one.where.startswith(f"online-boutique > {where}") for one in unexplained), unexplained
