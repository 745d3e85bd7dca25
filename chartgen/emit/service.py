"""One service's subchart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from chartgen.emit import network, pods
from chartgen.emit.chart import chart_yaml
from chartgen.emit.entries import written
from chartgen.emit.environment import late_variables, used_first
from chartgen.emit.offers import called_stores
from chartgen.emit.patches import ObjectTemplate, written_out
from chartgen.emit.plane import MERGED_METRICS, Plane, plane_of
from chartgen.emit.readme import service_readme
from chartgen.emit.render import Context, chart_label, context_of, render
from chartgen.emit.tree import FileTree
from chartgen.emit.values import entries_of
from chartgen.registry import names
from chartgen.registry.kinds import autoscales, traits
from chartgen.registry.model import Datastore, Node, Registry
from chartgen.registry.pod import Port, Probe
from chartgen.registry.service import Edge, KubeService, Service
from chartgen.registry.umbrellas import homes

TEST_IMAGE = "docker.io/library/busybox:1.37.0"


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """The `helm test` pod of a service: the account that all test pods share (and the label that policies know them
    by), what it runs, and the ports that the service's NetworkPolicy opens for it."""

    pod: str
    account: str
    command: tuple[str, ...]
    policy_ports: tuple[tuple[str | int, str], ...]


@dataclass(frozen=True, slots=True)
class Platform:
    """What a service's chart needs to know of the others."""

    registry: Registry
    by_name: Mapping[str, Node]
    callers: Mapping[str, Sequence[tuple[Service | Datastore, Edge]]]
    homes: Mapping[str, str]
    """Service or datastore → the name of its umbrella."""
    plane: Plane

    def elsewhere(self, svc: Service) -> frozenset[str]:
        """Those of its callers and callees that are of another release: another instance, of the same platform."""
        others = {caller.name for caller, _ in self.callers.get(svc.app, ())} | {edge.target for edge in svc.edges}
        return frozenset(name for name in others if self.homes.get(name) not in (None, self.homes[svc.app]))


def platform_of(registry: Registry) -> Platform:
    """The registry with its look-up tables."""
    return Platform(registry, registry.by_name(), registry.callers(), homes(registry), plane_of(registry))


def service(svc: Service, platform: Platform) -> FileTree:
    """The subchart's files, relative to its folder."""
    values = written(entries_of(svc, platform.by_name))
    callers = platform.callers.get(svc.name, ())
    return {
        "Chart.yaml": chart_yaml(svc, platform.registry),
        "values.yaml": values.yaml,
        "values.schema.json": values.schema,
        "README.md": service_readme(svc, platform.registry, platform.by_name, callers, values.table),
        **{f"templates/{name}": text for name, text in _templates(svc, platform)},
    }


def _templates(svc: Service, platform: Platform) -> Iterator[tuple[str, str]]:
    context = service_context(svc, platform)
    yield "_helpers.tpl", render("_helpers.tpl", context)
    if context["stores"]:
        yield "_datastores.tpl", render("_datastores.tpl", context)
    objects = list(objects_of(svc, context))
    for version in svc.versions:
        own = service_context(version.workload, platform)
        yield f"_helpers-{version.name}.tpl", render("_helpers-version.tpl", own)
        if own["stores"]:
            yield f"_datastores-{version.name}.tpl", render("_datastores.tpl", own)
        objects += [_of_version(each, version.name) for each in _of_pods(version.workload, own)]
    objects += _own_accounts(svc, platform)
    yield from written_out(svc, objects)


def objects_of(svc: Service, context: Context) -> Iterator[ObjectTemplate]:
    """Every object of the chart but those of versions; its file is named after its kind."""
    yield from _of_the_whole(svc, context)
    if not svc.versions:
        yield from _of_pods(svc, context)


def _own_accounts(svc: Service, platform: Platform) -> Iterator[ObjectTemplate]:
    """The accounts of versions that are not the service's; one that several have is there whichever is on."""
    for name in names.own_accounts(svc):
        users = [version for version in svc.versions if version.workload.account.name == name]
        if users and name != svc.account.name:
            workload = users[0].workload if len(users) == 1 else replace(svc, account=users[0].workload.account)
            text = render("serviceaccount.yaml", service_context(workload, platform))
            each = ObjectTemplate("ServiceAccount", name, "serviceaccount.yaml", text)
            yield (
                _of_version(each, users[0].name)
                if len(users) == 1
                else replace(each, file=f"serviceaccount-{name}.yaml")
            )


def _of_version(each: ObjectTemplate, version: str) -> ObjectTemplate:
    file = f"{each.file.removesuffix('.yaml')}-{version}.yaml"
    return ObjectTemplate(each.kind, each.name, file, each.text, version)


def _of_the_whole(svc: Service, context: Context) -> Iterator[ObjectTemplate]:
    """What there is once, however many versions there are: what they are called by, and who they are."""
    plane: Plane = context["plane"]
    for front in svc.fronts:
        file = "service.yaml" if front.name == svc.name else f"service-{front.name}.yaml"
        shown = context_of(
            name=svc.name,
            service=svc,
            front=front,
            annotations=dict(front.annotations),
            target=network.target,
            waypoint=plane.waypoint if plane.leads_through(svc) and not front.headless else "",
            from_outside=bool(svc.open_ports),
        )
        yield ObjectTemplate("Service", front.name, file, render("service.yaml", shown))
    for version in svc.versions if svc.split else ():
        yield _front_of_version(svc, version.workload)
    if svc.account.name in names.own_accounts(svc):
        yield ObjectTemplate(
            "ServiceAccount", svc.account.name, "serviceaccount.yaml", render("serviceaccount.yaml", context)
        )
    if svc.metrics:
        yield ObjectTemplate("PodMonitor", svc.name, "podmonitor.yaml", render("podmonitor.yaml", context))
    if context["test"]:
        yield ObjectTemplate(
            "Pod", names.test_pod(svc.name), "tests/connection.yaml", render("connection.yaml", context)
        )


def _front_of_version(svc: Service, workload: Service) -> ObjectTemplate:
    """A version's own Service, that routes share calls out to. No waypoint stands before it: nobody else calls it."""
    ports = tuple(replace(port, node_port=0) for port in svc.exposed_ports)
    shown = context_of(
        name=workload.name,
        service=workload,
        front=KubeService(name=workload.name, ports=ports),
        annotations={},
        target=network.target,
        waypoint="",
    )
    text = render("service.yaml", shown)
    return ObjectTemplate("Service", workload.name, f"service-{workload.name}.yaml", text, workload.version)


def _of_pods(svc: Service, context: Context) -> Iterator[ObjectTemplate]:
    """What each workload has."""
    for kind, name, template in _plain(svc):
        yield ObjectTemplate(kind, name, f"{template}.yaml", render(f"{template}.yaml", context))
    if not traits(svc.kind).claim_templates:
        for volume, claim in pods.claims(svc):
            name = names.claim(svc.name, volume)
            text = render(
                "persistentvolumeclaim.yaml", context_of(name=svc.name, claim_name=name, volume=volume, claim=claim)
            )
            yield ObjectTemplate("PersistentVolumeClaim", name, f"persistentvolumeclaim-{volume}.yaml", text)


def _plain(svc: Service) -> Iterator[tuple[str, str, str]]:
    """(kind, name, template) of the objects that need nothing but the workload."""
    kind = traits(svc.kind)
    yield svc.kind, svc.name, svc.kind.lower()
    yield "NetworkPolicy", svc.name, "networkpolicy"
    if kind.has_headless_service:
        yield "Service", names.headless(svc.name), "service-headless"
    if autoscales(svc):
        yield "HorizontalPodAutoscaler", svc.name, "horizontalpodautoscaler"
    if kind.has_disruption_budget:
        yield "PodDisruptionBudget", names.disruption_budget(svc), "poddisruptionbudget"
    if svc.files:
        yield "ConfigMap", names.files_config_map(svc.name), "configmap"


def service_context(svc: Service, platform: Platform) -> Context:
    """What the templates of a service see."""
    test = connection_test(svc, platform.homes[svc.app])
    return context_of(
        name=svc.name,
        chart=svc.app,
        version=svc.version,
        platform=platform.registry.metadata.name,
        service=svc,
        chart_label=chart_label(svc.app, platform.registry.metadata.version),
        component=svc.type or svc.app,
        recreate=pods.mounts_on_one_node(svc),
        traits=traits(svc.kind),
        headless=names.headless(svc.name),
        headless_ports=network.headless_ports(svc, platform.plane),
        disruption_budget=names.disruption_budget(svc),
        config_map=names.files_config_map(svc.name),
        pod_helper=traits(svc.kind).content_named,
        main=pods.main_container(svc),
        side_containers=pods.side_containers(svc, platform.by_name),
        used_first=used_first(svc),
        pod_security=pods.pod_security(svc.pod_security),
        volumes=pods.volumes(svc),
        claims=pods.claims(svc),
        target=network.target,
        plane=platform.plane,
        ingress=network.ingress(svc, platform.callers.get(svc.app, ()), platform.plane),
        exposed=network.exposed(svc, platform.plane),
        waived=network.waived(svc, platform.plane),
        keys=network.keys(svc, platform.plane),
        metrics=network.metrics(svc, platform.plane),
        merged_metrics=MERGED_METRICS,
        metrics_port=network.port_name(svc, svc.metrics.port) if svc.metrics else "",
        pod_annotations="$annotations" if svc.metrics else ".Values.podAnnotations",
        egress=network.egress(svc, platform.by_name, platform.plane),
        outside=network.outside(svc, platform.by_name),
        stores=called_stores(svc, platform.by_name, platform.plane),
        late=late_variables(svc.main.env, platform.by_name),
        autoscales=autoscales(svc),
        makes_pods=True,
        operated=None,
        ways=(),
        elsewhere=platform.elsewhere(svc),
        test=test,
        test_ports=network.tested(svc, test.policy_ports, platform.plane) if test else (),
        test_image=TEST_IMAGE,
    )


@dataclass(frozen=True, slots=True)
class Tested:
    """The port that the connection test asks, and the readiness probe that it asks as; None: it connects alone."""

    port: Port
    probe: Probe | None

    @property
    def path(self) -> str:
        """The path that it asks for, as it is sent, without a query; empty where it connects alone."""
        return _request_target(self.probe.path).partition("?")[0] if self.probe else ""


def tested(svc: Service) -> Tested | None:
    """What the connection test of a service that shows a TCP port asks: the readiness path where the Service shows the
    probe's port, else the first port."""
    by_target = {network.target(svc, p): p for p in svc.exposed_ports if p.transport == "TCP"}
    readiness = svc.main.probes.readiness
    if readiness and readiness.handler == "http" and readiness.port in by_target:
        return Tested(by_target[readiness.port], readiness)
    first = next(iter(by_target.values()), None)
    return Tested(first, None) if first else None


def connection_test(svc: Service, umbrella: str) -> ConnectionTest | None:
    """The test of a service that shows a TCP port."""
    asked = tested(svc)
    if not asked:
        return None
    number = asked.port.port
    command = _http_test(svc.name, number, asked.probe) if asked.probe else _tcp_test(svc.name, number)
    ports = ((network.target(svc, asked.port), "TCP"),)
    return ConnectionTest(names.test_pod(svc.name), names.helm_test(umbrella), command, ports)


def _tcp_test(host: str, port: int) -> tuple[str, ...]:
    """Debian's busybox has no `-z`; every nc of busybox runs a program once it is connected."""
    return ("nc", "-w", "5", host, str(port), "-e", "true")


def _http_test(host: str, port: int, probe: Probe) -> tuple[str, ...]:
    """Without `-q`, a failed pod's log says why. Not every busybox has `-T`: the pod's deadline ends what hangs."""
    scheme = probe.scheme.lower()
    insecure = ("--no-check-certificate",) if scheme == "https" else ()
    headers = tuple(word for h in probe.headers for word in ("--header", _literal(f"{h.name}: {h.value}")))
    url = _literal(f"{scheme}://{host}:{port}{_request_target(probe.path)}")
    return ("wget", *insecure, *headers, "-O", "/dev/null", url)


def _request_target(path: str) -> str:
    """The probe's path as the kubelet sends it: without a fragment, and with what no URL may hold as %XX."""
    return quote(path.partition("#")[0], safe="/?%!$&'()*+,;=:@~")


def _literal(text: str) -> str:
    """The text as an argument in which Kubernetes finds no `$(VAR)`; it leaves a probe's own path and headers alone."""
    return text.replace("$", "$$")
