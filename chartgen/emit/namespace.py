"""The platform's Namespace: no chart makes it, since helm would delete it with the release."""

from __future__ import annotations

from collections.abc import Iterator

from chartgen.emit.shared import deployed_beside
from chartgen.emit.yaml import Writable
from chartgen.registry.mesh import Mode
from chartgen.registry.model import Datastore, Registry
from chartgen.registry.pod import Container, HostPath
from chartgen.registry.service import Service
from chartgen.registry.waypoints import behind_waypoint

_LEVELS = ("privileged", "baseline", "restricted")
_BASELINE_CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip


def namespace(registry: Registry, name: str) -> dict[str, Writable]:
    """The Namespace, labelled for the mesh and for Pod Security."""
    labels: dict[str, Writable] = {"app.kubernetes.io/part-of": registry.metadata.name}
    if registry.mesh:
        key, value = registry.mesh.label
        labels[key] = value
    if enforced := enforced_level(registry):
        labels["pod-security.kubernetes.io/enforce"] = enforced
    for mode in ("audit", "warn"):
        labels[f"pod-security.kubernetes.io/{mode}"] = pod_security_level(registry)
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def enforced_level(registry: Registry) -> str:
    """The standard that can be enforced whatever way Istio was installed; empty for none. With sidecars, istio-init
    wants NET_ADMIN, and is there unless Istio's CNI plugin is. The pods of gateways and waypoints have no seccomp
    profile of their own."""
    if registry.mesh and registry.mesh.mode is Mode.SIDECAR:
        return ""
    own = pod_security_level(registry)
    made = registry.gateway is not None and deployed_beside(registry.gateway)
    return "baseline" if own == "restricted" and (made or behind_waypoint(registry)) else own


def pod_security_level(registry: Registry) -> str:
    """The strictest of the Pod Security Standards that all pods keep, as the registry makes them."""
    return _LEVELS[min((_level(workload) for workload in _workloads(registry)), default=len(_LEVELS) - 1)]


def _workloads(registry: Registry) -> Iterator[Service]:
    for node in registry.charts():
        yield from (node.workload,) if isinstance(node, Datastore) else node.workloads


def _level(workload: Service) -> int:
    containers = (workload.main, *workload.sidecars, *workload.init_containers)
    host_path = any(isinstance(volume.source, HostPath) for volume in workload.volumes)
    unconfined = workload.pod_security.seccomp_profile == "Unconfined"
    if host_path or unconfined or any(_needs_privilege(each, workload) for each in containers):
        return 0
    sealed = workload.pod_security.seccomp_profile in ("RuntimeDefault", "Localhost")
    return 2 if sealed and all(_is_restricted(each, workload) for each in containers) else 1


def _needs_privilege(container: Container, workload: Service) -> bool:
    ports = workload.ports if container is workload.main else container.ports
    added = set(container.security.add) - _BASELINE_CAPABILITIES
    return container.security.privileged or bool(added) or any(port.host_port for port in ports)


def _is_restricted(container: Container, workload: Service) -> bool:
    security = container.security
    as_user = workload.pod_security.run_as_non_root if security.run_as_non_root is None else security.run_as_non_root
    user = workload.pod_security.run_as_user if security.run_as_user is None else security.run_as_user
    keeps = "ALL" in security.drop and set(security.add) <= {"NET_BIND_SERVICE"}
    return as_user and user != 0 and keeps and not security.allow_privilege_escalation
