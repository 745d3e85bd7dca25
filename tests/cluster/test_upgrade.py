"""`helm upgrade` restarts exactly what a change is about, and `helm rollback` brings the former pods back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from chartgen.registry.mesh import Enforce
from chartgen.registry.service import Service
from tests.cluster.harness import platforms, states
from tests.cluster.harness.journeys import Journey, as_applied, chosen, halves, journey_of, pod_templates
from tests.cluster.harness.platforms import OTHER_TAGS
from tests.cluster.harness.revisions import revisions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.cluster.harness.platforms import Edit, Platform
    from tests.cluster.harness.releases import Release

FILE = "/etc/chartgen/probe.conf"


def test_a_change_restarts_what_it_is_about_and_nothing_else(
    platform: Platform, release_of: Callable[[Platform], Release]
) -> None:
    journey = journey_of(platform, release_of)
    for step in steps(halves(chosen(platform)), (image, tag, env, env_in_values, file, file_in_values)):
        for names, change in step:
            change(journey, names)
        expected = {name for names, _ in step for name in names}
        assert journey.restarts() == expected, [(sorted(names), change.__doc__) for names, change in step]
    before = as_applied(journey.release)
    told, policies, of_the_mesh = edges(journey)
    assert journey.restarts() == told, "an edge restarts a caller that is told of it (discovery), and nobody else"
    now = as_applied(journey.release)
    changed = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    others = {name for name in changed if journey.service_of(name) not in told}
    assert policies <= changed
    assert others <= policies | of_the_mesh
    states.nothing_differs(journey.release)


def test_nothing_new_touches_nothing_and_a_rollback_brings_the_former_pods_back(
    platform: Platform, release_of: Callable[[Platform], Release]
) -> None:
    journey = journey_of(platform, release_of)
    space, names = journey.release.space, {service.name for service in chosen(platform)}
    before, former, templates = as_applied(journey.release), revisions(space), pod_templates(space)
    assert journey.restarts() == set()
    assert as_applied(journey.release) == before, "an upgrade to the same chart changed an object"
    journey.edit(next_version)
    assert journey.restarts() == set(), "the chart's version alone"
    image(journey, names)
    assert journey.restarts() == names
    upgraded = revisions(space)
    journey.release.rollback(1)
    assert pod_templates(space) == templates
    now = revisions(space)
    assert {name for name in now.restarted_since(upgraded) if not name.startswith("CronJob/")} == set(), (
        "a rollback goes back to revisions that are there"
    )
    assert now.new_since(upgraded) == former.jobs() - upgraded.jobs(), "the former Jobs are made again"
    states.pods_are_ready(space)
    states.nothing_differs(journey.release)


def test_a_version_that_is_the_images_tag_restarts_what_runs_at_it(
    tmp_path: Path, release_of: Callable[[Platform], Release]
) -> None:
    journey = journey_of(platforms.copied("everything", tmp_path), release_of)
    journey.edit(lambda edit: edit.put_metadata("appVersion", None))
    services = [service for service in journey.platform.services if service.enabled]
    at_the_version = {service.name for service in services if not service.image.tag}
    assert at_the_version != {service.name for service in services}
    assert journey.restarts() == at_the_version


Change: TypeAlias = "Callable[[Journey, set[str]], None]"


def steps(groups: Sequence[set[str]], changes: Sequence[Change]) -> list[list[tuple[set[str], Change]]]:
    """Each change of each group, the second group one upgrade behind the first: so in the first upgrade and in the
    last some kinds stay as they are while others change."""
    return [
        [(group, changes[turn - late]) for late, group in enumerate(groups) if 0 <= turn - late < len(changes)]
        for turn in range(len(changes) + len(groups) - 1)
    ]


def image(journey: Journey, names: set[str]) -> None:
    """Another image in the registry."""

    def change(edit: Edit) -> None:
        for name in names:
            edit.put(name, "image", f"{journey.platform.service(name).image.repository}:{OTHER_TAGS[0]}")

    journey.edit(change)


def tag(journey: Journey, names: set[str]) -> None:
    """Another tag by --set."""
    journey.settings += [f"{name}.image.tag={OTHER_TAGS[1]}" for name in sorted(names)]


def env(journey: Journey, names: set[str]) -> None:
    """One more variable in the registry."""
    journey.edit(lambda edit: each(names, lambda name: edit.put_in(name, "env", "CHARTGEN_TEST", "registry")))


def env_in_values(journey: Journey, names: set[str]) -> None:
    """One more variable in values."""
    each(names, lambda name: journey.value(name, "env").update(CHARTGEN_VALUE="values"))


def file(journey: Journey, names: set[str]) -> None:
    """One more config file in the registry."""
    journey.edit(lambda edit: each(names, lambda name: edit.put_in(name, "files", FILE, "of the registry\n")))


def file_in_values(journey: Journey, names: set[str]) -> None:
    """Another body of that file in values."""
    each(names, lambda name: journey.value(name, "files").update({FILE: "of values\n"}))


def next_version(edit: Edit) -> None:
    """The chart's version alone."""
    edit.put_metadata("appVersion", edit.metadata("appVersion") or edit.metadata("version"))
    edit.put_metadata("version", "9.9.9")


def each(names: set[str], do: Callable[[str], None]) -> None:
    """Does it for each."""
    for name in sorted(names):
        do(name)


OF_THE_MESH = ("AuthorizationPolicy", "HTTPRoute", "RequestAuthentication", "Sidecar", "VirtualService")


def edges(journey: Journey) -> tuple[set[str], set[str], set[str]]:
    """One more call of the first service of each kind: who is told of it by its environment, whose network policies it
    is about, and what the mesh may say of it."""
    before = {caller.name: caller for caller in chosen(journey.platform)}
    found = {name: new_callee(journey.platform, caller) for name, caller in before.items()}
    calls = {caller: callee for caller, callee in found.items() if callee}
    mesh = journey.platform.registry.mesh
    # who takes no calls has no token to hand on
    everywhere = mesh is not None and mesh.jwt is not None and mesh.jwt.enforce is Enforce.EVERY_HOP

    def declare(edit: Edit) -> None:
        for caller, callee in calls.items():
            more: dict[str, object] = {}
            if everywhere and not before[caller].exposed_ports:
                shown = journey.platform.service(callee).exposed_ports
                more = {"token": False, "ports": [port.name for port in shown if port.speaks_http]}
            edit.add_dependency(caller, {"service": callee, "startup": False, "optional": True, **more})

    journey.edit(declare)
    told = {name for name in calls if journey.platform.service(name).main.env != before[name].main.env}
    about = [journey.platform.service(name) for name in {*calls, *calls.values()}]
    made = [workload for service in about for workload in service.workloads if workload.enabled]
    of_the_mesh = {
        f"{kind}/{end}{part}" for kind in OF_THE_MESH for end in {*calls, *calls.values()} for part in ("", ".waypoint")
    }
    return told, {f"NetworkPolicy/{workload.name}" for workload in made}, of_the_mesh


def new_callee(platform: Platform, caller: Service) -> str:
    """The first service that the caller does not call yet and could; empty when there is none."""
    known = {caller.name, *(edge.target for edge in caller.edges)}
    others = (service for service in platform.services if service.enabled and service.exposed_ports)
    return next((service.name for service in others if service.name not in known), "")
