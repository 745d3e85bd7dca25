"""The pod of a workload as plain values: containers, probes, security, volumes and mounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chartgen.emit.environment import LateVariable, in_order
from chartgen.emit.network import container_ports
from chartgen.emit.yaml import Writable
from chartgen.registry import names
from chartgen.registry.kinds import traits
from chartgen.registry.model import Node
from chartgen.registry.pod import (
    Claim,
    ConfigVolume,
    Container,
    ContainerSecurity,
    EmptyDir,
    EnvFrom,
    ExistingClaim,
    HostPath,
    Image,
    Mount,
    PodSecurity,
    Port,
    Probe,
    Probes,
    Resources,
    SecretVolume,
    Volume,
)
from chartgen.registry.service import Service


@dataclass(frozen=True, slots=True)
class ProbeView:
    """One probe under Kubernetes' field name; `note`: a comment behind it."""

    field: str
    body: Writable
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerView:
    """A container as its template wants it. `repository` empty: the service's own image; `version`: the rest of the
    reference, from its colon or at sign."""

    name: str
    repository: str
    version: str
    pull_policy: str
    restarts: bool
    command: Sequence[str]
    args: Sequence[str]
    ports: Sequence[Port]
    env: Sequence[Writable | LateVariable]
    env_from: Writable
    probes: Sequence[ProbeView]
    resources: Writable
    lifecycle: Writable
    security: Writable
    mounts: Writable

    @property
    def late(self) -> bool:
        """Whether a variable of it is told by the render alone."""
        return any(isinstance(variable, LateVariable) for variable in self.env)


def main_container(service: Service) -> ContainerView:
    """The service's own container; its image, variables and resources are values and not here."""
    mounts = [*_mounts(service.main.mounts), *_file_mounts(service), *_tmp_mount(service.main.mounts)]
    return _view(service.main, ports=container_ports(service), mounts=mounts)


def side_containers(service: Service, by_name: Mapping[str, Node]) -> list[ContainerView]:
    """Everything that stands under `initContainers`: the sidecars that come first, the init containers in their order,
    and the sidecars that find done what those do."""
    first = [(c, True) for c in service.sidecars if c.first]
    others = [(c, True) for c in service.sidecars if not c.first]
    pairs = [*first, *((c, False) for c in service.init_containers), *others]
    return [_side_container(c, restarts, by_name) for c, restarts in pairs]


def volumes(service: Service) -> Writable:
    """The pod's volumes, the writable /tmp and the config files among them."""
    found = [_volume(service, v) for v in service.volumes if not _from_template(service, v)]
    if service.files:
        found.append({"name": names.FILES_VOLUME, "configMap": {"name": names.files_config_map(service.name)}})
    if any(_tmp_mount(c.mounts) for c in (service.main, *service.sidecars, *service.init_containers)):
        found.append({"name": names.TMP_VOLUME, "emptyDir": {}})
    return found


def mounts_on_one_node(service: Service) -> bool:
    """Whether a claim of the service cannot be mounted on two nodes at once."""
    return any(claim.access.startswith("ReadWriteOnce") for _, claim in claims(service))


def claims(service: Service) -> list[tuple[str, Claim]]:
    """(volume, claim) of the service's own persistent volumes."""
    return [(v.name, v.source) for v in service.volumes if isinstance(v.source, Claim)]


def pod_security(security: PodSecurity) -> Writable:
    """The pod's securityContext."""
    seccomp: dict[str, Writable] = {"type": security.seccomp_profile}
    if security.seccomp_localhost_profile:
        seccomp["localhostProfile"] = security.seccomp_localhost_profile
    return _present(
        runAsNonRoot=security.run_as_non_root,
        runAsUser=security.run_as_user,
        runAsGroup=security.run_as_group,
        fsGroup=security.fs_group,
        fsGroupChangePolicy=security.fs_group_change_policy or None,
        supplementalGroups=security.supplemental_groups or None,
        seccompProfile=seccomp,
    )


def image_version(image: Image, app_version: str = "{{ .Chart.AppVersion }}") -> str:
    """What follows the repository: the digest, else the tag, else the appVersion."""
    return f"@{image.digest}" if image.digest else f":{image.tag or app_version}"


def _side_container(container: Container, restarts: bool, by_name: Mapping[str, Node]) -> ContainerView:
    mounts = [*_mounts(container.mounts), *_tmp_mount(container.mounts)]
    env = [v if isinstance(v, LateVariable) else _variable(n, v) for n, v in in_order(container.env, by_name)]
    return _view(container, ports=container.ports, mounts=mounts, env=env, restarts=restarts)


def _view(
    container: Container,
    *,
    ports: Sequence[Port],
    mounts: Writable,
    env: Sequence[Writable | LateVariable] = (),
    restarts: bool = False,
) -> ContainerView:
    image = container.image
    return ContainerView(
        name=container.name,
        repository=image.repository if image else "",
        version=image_version(image) if image else "",
        pull_policy=(image.pull_policy or ("IfNotPresent" if image.digest else "Always")) if image else "",
        restarts=restarts,
        command=container.command,
        args=container.args,
        ports=ports,
        env=env,
        env_from=[_env_from(source) for source in container.env_from],
        probes=list(_probes(container.probes)),
        resources=_resources(container.resources),
        lifecycle=container.lifecycle,
        security=_container_security(container.security),
        mounts=mounts,
    )


def _variable(name: str, value: Writable) -> Writable:
    return {"name": name, "value" if isinstance(value, str) else "valueFrom": value}


def _env_from(source: EnvFrom) -> Writable:
    ref = _present(name=source.name, optional=source.optional or None)
    return _present(prefix=source.prefix or None, **{"secretRef" if source.kind == "secret" else "configMapRef": ref})


def _probes(probes: Probes) -> Iterator[ProbeView]:
    for field, probe in (
        ("startupProbe", probes.startup),
        ("readinessProbe", probes.readiness),
        ("livenessProbe", probes.liveness),
    ):
        if probe:
            yield ProbeView(field, _handler(probe) | dict(probe.timings), _note(field, probe))


def _note(field: str, probe: Probe) -> str:
    connects = field == "livenessProbe" and probe.handler == "tcp"
    return " # a connection only: a sick dependency must not restart this pod" if connects else ""


def _handler(probe: Probe) -> dict[str, Writable]:
    if probe.handler == "http":
        headers = [{"name": h.name, "value": h.value} for h in probe.headers]
        scheme = probe.scheme if probe.scheme != "HTTP" else None
        http = _present(path=probe.path, port=probe.port, scheme=scheme, httpHeaders=headers or None)
        return {"httpGet": http}
    if probe.handler == "grpc":
        return {"grpc": _present(port=probe.port_number, service=probe.grpc_service or None)}
    if probe.handler == "tcp":
        return {"tcpSocket": {"port": probe.port}}
    return {"exec": {"command": probe.command}}


def _resources(resources: Resources) -> Writable:
    return _present(requests=dict(resources.requests) or None, limits=dict(resources.limits) or None)


def _container_security(security: ContainerSecurity) -> Writable:
    capabilities = _present(drop=security.drop or None, add=security.add or None)
    return _present(
        allowPrivilegeEscalation=security.allow_privilege_escalation,
        privileged=security.privileged or None,
        readOnlyRootFilesystem=security.read_only_root_filesystem,
        runAsNonRoot=security.run_as_non_root,
        runAsUser=security.run_as_user,
        runAsGroup=security.run_as_group,
        capabilities=capabilities or None,
    )


def _mounts(mounts: Sequence[Mount]) -> Iterator[Writable]:
    for mount in mounts:
        yield _present(
            name=mount.volume,
            mountPath=mount.mount_path,
            subPath=mount.sub_path or None,
            readOnly=mount.read_only or None,
            mountPropagation=mount.propagation or None,
        )


def _file_mounts(service: Service) -> Iterator[Writable]:
    """Each file by itself (subPath), so that the image's own files beside it stay visible."""
    for file in service.files:
        yield {"name": names.FILES_VOLUME, "mountPath": file.path, "subPath": file.key, "readOnly": True}


def _tmp_mount(mounts: Sequence[Mount]) -> list[Writable]:
    if any(mount.mount_path.rstrip("/") == names.TMP_PATH for mount in mounts):
        return []
    return [{"name": names.TMP_VOLUME, "mountPath": names.TMP_PATH}]


def _from_template(service: Service, volume: Volume) -> bool:
    return isinstance(volume.source, Claim) and traits(service.kind).claim_templates


def _volume(service: Service, volume: Volume) -> dict[str, Writable]:
    return {"name": volume.name, **_source(service, volume)}


def _source(service: Service, volume: Volume) -> dict[str, Writable]:
    match volume.source:
        case EmptyDir(memory=memory, size_limit=limit):
            return {"emptyDir": _present(medium="Memory" if memory else None, sizeLimit=limit or None)}
        case Claim():
            return {"persistentVolumeClaim": {"claimName": names.claim(service.name, volume.name)}}
        case ExistingClaim(name=name):
            return {"persistentVolumeClaim": {"claimName": name}}
        case HostPath(path=path, type=type_):
            return {"hostPath": _present(path=path, type=type_ or None)}
        case SecretVolume() as source:
            return {"secret": _present(secretName=source.name) | _projection(source)}
        case ConfigVolume() as source:
            return {"configMap": _present(name=source.name) | _projection(source)}


def _projection(source: SecretVolume | ConfigVolume) -> dict[str, Writable]:
    items: list[Writable] = [{"key": key, "path": path} for key, path in source.items]
    return _present(items=items or None, defaultMode=source.default_mode, optional=source.optional or None)


def _present(**fields: Writable) -> dict[str, Writable]:
    """The fields that are set, in the order given."""
    return {name: value for name, value in fields.items() if value is not None}
