"""Rules on what one pod may do: the restricted Pod Security Standard, its identity, its secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from chartgen.audit.finding import about, within
from chartgen.audit.objects import Container, Pod, Rendered, Tree, mapping, mappings, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.diagnostics import Diagnostic

_HOST = ("hostNetwork", "hostPID", "hostIPC")
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_SEALED = ("RuntimeDefault", "Localhost")
_SECRET_NAME = re.compile(r"(^|[_.-])(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY)$", re.IGNORECASE)
_PUBLIC = re.compile(r"(https?://|/).*|(\$\([\w.-]+\))?", re.DOTALL)
"""What is no secret: an address or a path, nothing, or another variable's value."""
_SAFE_SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    }
)


def restricted_pod(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG532: the pod's own security context gives up a control of the restricted standard."""
    for sysctl in mappings(mapping(pod.spec.get("securityContext")).get("sysctls")):
        if sysctl.get("name") not in _SAFE_SYSCTLS:
            yield about("CG532", thing, f"sets the unsafe sysctl {sysctl.get('name')}")
    for container in pod.containers:
        needs = thing.needs if container.name == thing.name else {}
        for control in _given_up(container, mapping(pod.spec.get("securityContext")), needs):
            yield within("CG532", thing, container, control)
        for name in _calls_of_hosts(container):
            yield within("CG532", thing, container, f"makes its node call another host ({name})")


def _given_up(container: Container, pod: Tree, needs: Tree) -> Iterator[str]:
    """`needs`: what its engine states as exceptions; nothing else than just that is excepted."""
    own = mapping(container.data.get("securityContext"))
    both = {**pod, **own}
    excepted = {name for name, value in needs.items() if both.get(name) == value}
    capabilities = mapping(own.get("capabilities"))
    if both.get("runAsNonRoot") is not True:
        yield "may run as root (runAsNonRoot is not true)"
    user, group = both.get("runAsUser", 0), both.get("runAsGroup", 0)
    if isinstance(user, int) and user < 10_000 and "runAsUser" not in excepted:
        yield f"its user id is {user or 'root or unset'} (at least 10000 cannot be a user of the node)"
    if isinstance(group, int) and group < 10_000 and "runAsGroup" not in excepted:
        yield f"its group id is {group or 'root or unset'} (at least 10000 cannot be a group of the node)"
    if mapping(both.get("seccompProfile")).get("type") not in _SEALED:
        yield "no seccomp profile filters its system calls"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges (allowPrivilegeEscalation is not false)"
    if "ALL" not in texts(capabilities.get("drop")):
        yield "keeps capabilities (drop ALL is missing)"
    added = [name for name in texts(capabilities.get("add")) if name != "NET_BIND_SERVICE"]
    if added:
        yield f"adds the capabilities {', '.join(added)}"
    if own.get("readOnlyRootFilesystem") is not True and "readOnlyRootFilesystem" not in excepted:
        yield "may write to its root file system (readOnlyRootFilesystem is not true)"


def _calls_of_hosts(container: Container) -> Iterator[str]:
    """The probes and hooks that name a host: the kubelet calls it, past every NetworkPolicy."""
    hooks = mapping(container.data.get("lifecycle"))
    handlers = {name: container.data.get(name) for name in _PROBES} | {
        f"lifecycle.{hook}": hooks[hook] for hook in hooks
    }
    for name, handler in handlers.items():
        if any(mapping(mapping(handler).get(way)).get("host") for way in ("httpGet", "tcpSocket")):
            yield name


def no_host_access(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG533: the pod reaches into its node: host namespaces, paths or ports, privileged containers."""
    for name in _HOST:
        if pod.spec.get(name):
            yield about("CG533", thing, f"shares the node's {name.removeprefix('host')} namespace ({name})")
    if any(mapping(mapping(part.get("securityContext")).get("windowsOptions")).get("hostProcess") for part in (
        pod.spec, *(container.data for container in pod.containers)
    )):  # fmt: skip
        yield about("CG533", thing, "runs as a host process")
    for volume in mappings(pod.spec.get("volumes")):
        if "hostPath" in volume:
            path = mapping(volume["hostPath"]).get("path")
            yield about("CG533", thing, f'volume "{volume.get("name")}" is the node\'s {path}')
    for container in pod.containers:
        yield from _host_container(thing, container)


def _host_container(thing: Rendered, container: Container) -> Iterator[Diagnostic]:
    context = mapping(container.data.get("securityContext"))
    if context.get("privileged"):
        yield within("CG533", thing, container, "is privileged: it owns its node")
    if context.get("procMount", "Default") != "Default":
        yield within("CG533", thing, container, f"sees more of /proc than it should (procMount {context['procMount']})")
    for port in mappings(container.data.get("ports")):
        if port.get("hostPort"):
            yield within("CG533", thing, container, f"takes port {port['hostPort']} of its node")


def no_secret_value(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG534: a variable named like a secret has its value in the chart."""
    for container in pod.containers:
        for entry in mappings(container.data.get("env")):
            name, value = str(entry.get("name")), entry.get("value")
            if isinstance(value, str) and _SECRET_NAME.search(name) and not _PUBLIC.fullmatch(value):
                hint = "keep it in a Secret: env: {NAME: {secret: …, key: …}}"
                yield within("CG534", thing, container, f'"{name}" looks like a secret, and its value is here', hint)


def no_secret_config(thing: Rendered) -> Iterator[Diagnostic]:
    """CG534: a key of a ConfigMap is named like a secret."""
    if thing.kind == "ConfigMap":
        for name, value in mapping(thing.data.get("data")).items():
            if _SECRET_NAME.search(str(name)) and value:
                yield about("CG534", thing, f'key "{name}" looks like a secret, and a ConfigMap is not secret')


def no_remote_shell(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG535: a container listens on port 22."""
    for container in pod.containers:
        if any(port.get("containerPort") == 22 for port in mappings(container.data.get("ports"))):
            yield within("CG535", thing, container, "listens on port 22, the secure shell's")


def token_is_not_mounted(thing: Rendered, pod: Pod) -> Iterator[Diagnostic]:
    """CG540: the pod gets a token of the Kubernetes API."""
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield about("CG540", thing, "is given a Kubernetes API token (automountServiceAccountToken is not false)")


def no_cluster_power(thing: Rendered) -> Iterator[Diagnostic]:
    """CG545: a role grants `pods/exec` or `pods/attach`, or cluster-admin is bound."""
    if thing.kind in ("RoleBinding", "ClusterRoleBinding"):
        if mapping(thing.data.get("roleRef")).get("name") == "cluster-admin":
            yield about("CG545", thing, "binds cluster-admin")
    elif thing.kind in ("Role", "ClusterRole"):
        for rule in mappings(thing.data.get("rules")):
            granted = set(texts(rule.get("resources"))) & {"pods/exec", "pods/attach", "*"}
            if granted:
                yield about("CG545", thing, f"grants {', '.join(sorted(granted))}")
