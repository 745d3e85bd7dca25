"""Every case lints and renders on both helms: whole, subchart by subchart, and with each toggle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chartgen.audit.rules import audit_document
from chartgen.diagnostics import Severity
from chartgen.registry.umbrellas import umbrellas
from chartgen.tools.process import run
from chartgen.workflows.lint import lint_charts
from tests.helm.conftest import Platform, objects, rendered

if TYPE_CHECKING:
    from chartgen.audit.objects import Rendered
    from chartgen.tools.helm import Helm

HOST = re.compile(r"^([^/]*[.:][^/]*|localhost)/")


def test_helm_lints_it_without_a_word(platform: Platform, helm: Helm) -> None:
    done = run([helm.path, "lint", "--strict", "--with-subcharts", "--quiet", str(platform.umbrella)])
    assert (done.code, done.stdout) == (0, "")


def test_chartgen_lints_it_without_an_error(platform: Platform, helm: Helm) -> None:
    linted = lint_charts(platform.root, platform.registry, helm=helm.path)
    assert [d for d in linted.diagnostics if d.severity is Severity.ERROR] == []
    assert len(linted.records) == len(linted.value_sets) * len(umbrellas(platform.registry))


def test_every_subchart_renders_alone(platform: Platform, helm: Helm) -> None:
    for node in platform.own.charts:
        assert objects(rendered(helm, platform.umbrella / "charts" / node.name))


def test_a_service_switched_off_leaves_nothing_or_its_caller_says_why(platform: Platform, helm: Helm) -> None:
    whole = len(platform.render(helm))
    callers = platform.registry.callers()
    for service in platform.own.charts:
        needing = [
            caller.name
            for caller, edge in callers.get(service.name, ())
            if not edge.optional and caller.enabled and caller in platform.own.charts
        ]
        done = helm.template(platform.umbrella, release="x", extra=["--set", f"{service.name}.enabled=false"])
        if needing:
            assert done.code
            assert all(name in done.stderr for name in (service.name, needing[0]))
        else:
            assert not done.code, done.stderr
            assert f"/charts/{service.name}/" not in done.stdout
            assert len(objects(done.stdout)) < whole or not service.enabled


def test_network_policies_can_be_switched_off(platform: Platform, helm: Helm) -> None:
    kinds = {thing.kind for thing in platform.render(helm, "global.networkPolicy.enabled=false")}
    assert "NetworkPolicy" not in kinds


def test_test_pods_come_on_request(platform: Platform, helm: Helm) -> None:
    plain, tested = platform.render(helm), platform.render(helm, "global.helmTest.enabled=true")
    pods = [thing for thing in tested if thing.hook]
    with_ports = [service.name for service in platform.workloads if service.exposed_ports and service.enabled]
    assert not any(thing.hook for thing in plain)
    assert len(pods) == len(with_ports)
    assert all(pod.hook == "test" for pod in pods)


def test_without_its_autoscaler_a_workload_has_a_size(platform: Platform, helm: Helm) -> None:
    for service in platform.own.services:
        if service.scaling.autoscale and service.enabled:
            things = platform.render(helm, f"{service.name}.autoscaling.enabled=false")
            kinds = {thing.kind: thing for thing in things if thing.name == service.name}
            assert "HorizontalPodAutoscaler" not in kinds
            assert kinds[service.kind].spec["replicas"] >= 0


def test_a_registry_and_pull_secrets_reach_every_container(platform: Platform, helm: Helm) -> None:
    tested = "global.helmTest.enabled=true"
    plain = images(platform.render(helm, tested))
    things = platform.render(helm, tested, "global.imageRegistry=mirror.test:5000", "global.imagePullSecrets={pull}")
    assert images(things) == {where: f"mirror.test:5000/{HOST.sub('', image)}" for where, image in plain.items()}
    for thing in things:
        if thing.pod:
            assert {"name": "pull"} in thing.pod.spec["imagePullSecrets"]


def test_both_helms_render_the_same_objects(platform: Platform, helm43: Helm, helm317: Helm) -> None:
    one, other = ({(t.kind, t.name): t.data for t in platform.render(helm)} for helm in (helm43, helm317))
    assert one == other


def test_every_toggle_on_still_has_no_fault_of_its_own(platform: Platform, helm: Helm) -> None:
    text = rendered(helm, platform.umbrella, "global.helmTest.enabled=true")
    for part in text.split("---\n# Source: ")[1:]:
        findings = audit_document(part.partition("\n")[2], part.partition("\n")[0]).findings
        assert [d for d in findings if d.severity is Severity.ERROR] == []


def images(things: list[Rendered]) -> dict[tuple[str, ...], str]:
    """The image of each container; a Job's name changes with it."""
    return {(t.kind, t.file, c.name): c.data["image"] for t in things if t.pod for c in t.pod.containers}
