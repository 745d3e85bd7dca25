"""Warnings: what compiles, and is likely to be regretted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry.checks.containers import images_of
from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.images import FLOATING
from chartgen.registry.normal import NONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.registry.pod import Probe
    from chartgen.registry.service import Path, Service

_ALLOWED_CAPABILITY = "NET_BIND_SERVICE"


def floating_tag(draft: Draft) -> Iterator[Finding]:
    """Images whose tag moves."""
    for path, image in images_of(draft):
        if image.tag in FLOATING and not image.digest:
            yield Finding(
                code="CG401",
                path=(*path, "image"),
                message=f'tag "{image.tag}" of image "{image.repository}" moves: what runs changes without a commit',
                hint="name a version or a digest",
            )


def floating_version(platform: Platform) -> Iterator[Finding]:
    """An appVersion that moves, as the default tag."""
    version = platform.data["metadata"].get("appVersion", "")
    if version in FLOATING:
        yield Finding(
            code="CG401",
            path=("metadata", "appVersion"),
            message=f'the appVersion "{version}" is the default tag of images, and moves',
            hint="name a version",
        )


def shared_account(draft: Draft) -> Iterator[Finding]:
    """Accounts that several services share."""
    account = draft.service.account
    if not account.own and "serviceAccount" in draft.data:
        yield Finding(
            code="CG402",
            path=("serviceAccount",),
            message=f'{draft.title} shares the ServiceAccount "{account.name}": policy cannot tell the services apart',
            hint="leave the name out for an account of its own",
        )


def weakened_security(draft: Draft) -> Iterator[Finding]:
    """Controls of the restricted standard that are given up, one by one."""
    for place, data, _ in draft.containers:
        given_up = [
            *((("securityContext", *path), control) for path, control in _weakenings(data.get("securityContext", {}))),
            *_calls_of_hosts(data.get("lifecycle", {})),
        ]
        for path, control in given_up:
            yield Finding(
                code="CG403",
                path=(*place, *path),
                message=f"{draft.title} gives up {control} of the restricted Pod Security Standard",
                hint="leave it out unless the program cannot run without it",
            )


def _weakenings(security: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """(path, the control given up); Kubernetes' own names for the controls."""
    capabilities = security.get("capabilities", {})
    weak: list[tuple[Path, bool, str]] = [
        (("runAsNonRoot",), security.get("runAsNonRoot") is False, '"Running as Non-root"'),
        (("runAsUser",), security.get("runAsUser") == 0, '"Running as Non-root user"'),
        (("seccompProfile",), security.get("seccompProfile") == "Unconfined", '"Seccomp"'),
        (("privileged",), security.get("privileged") is True, '"Privileged Containers"'),
        (("allowPrivilegeEscalation",), security.get("allowPrivilegeEscalation") is True, '"Privilege Escalation"'),
        (("capabilities", "drop"), "ALL" not in capabilities.get("drop", ("ALL",)), '"Capabilities" (drop ALL)'),
    ]
    yield from ((path, control) for path, applies, control in weak if applies)
    for index, capability in enumerate(capabilities.get("add", ())):
        if capability != _ALLOWED_CAPABILITY:
            yield ("capabilities", "add", index), f'"Capabilities" (add {capability})'


def _calls_of_hosts(lifecycle: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Hooks with which a pod makes its node call somebody."""
    for hook, handler in lifecycle.items():
        if handler.get("httpGet", {}).get("host"):
            yield ("lifecycle", hook, "httpGet", "host"), '"Host Probes / Lifecycle Hooks"'


def host_path(draft: Draft) -> Iterator[Finding]:
    """Volumes that reach into the node."""
    for index, volume in enumerate(draft.data.get("volumes", ())):
        if "hostPath" in volume:
            yield Finding(
                code="CG403",
                path=("volumes", index, "hostPath"),
                message=f'{draft.title} gives up "HostPath Volumes" of the restricted Pod Security Standard: the pod '
                f"reaches {volume['hostPath']['path']} of its node",
                hint="use emptyDir or a claim where that will do",
            )


def host_ports(draft: Draft) -> Iterator[Finding]:
    """Ports of the node that lead into a pod."""
    for path, port in draft.port_places:
        if port.host_port:
            yield Finding(
                code="CG403",
                path=(*path, "hostPort"),
                message=f'{draft.title} gives up "Host Ports" of the baseline Pod Security Standard: port '
                f"{port.host_port} of each node leads into its pod",
                hint="let callers use the Service, or type: NodePort",
            )


def mounted_token(draft: Draft) -> Iterator[Finding]:
    """Pods that get a token for the Kubernetes API."""
    if draft.service.account.automount:
        yield Finding(
            code="CG413",
            path=("serviceAccount", "automount"),
            message=f"the pods of {draft.title} get a token for the Kubernetes API, and so does who breaks into one",
            hint="leave it out unless the program calls the API; give its account only the rights that it needs",
        )


def writable_root(draft: Draft) -> Iterator[Finding]:
    """Not a control of the standard, but one that costs little to keep."""
    for place, data, container in draft.containers:
        if data.get("securityContext", {}).get("readOnlyRootFilesystem") is False:
            yield Finding(
                code="CG404",
                path=(*place, "securityContext", "readOnlyRootFilesystem"),
                message=f'container "{container.name}" can write to its own image\'s files',
                hint="mount an emptyDir where it writes; /tmp is writable anyway",
            )


def no_readiness(draft: Draft) -> Iterator[Finding]:
    """Not where the registry says `none`: that was decided."""
    service = draft.service
    probes = draft.data.get("probes", {})
    if service.exposed_ports and draft.traits.has_probes and probes != NONE and "readiness" not in probes:
        yield Finding(
            code="CG405",
            path=("name",),
            message=f"{draft.title} has a port but no readiness probe: it gets calls before it can answer them",
            hint="add probes under provision.builtin"
            if draft.store
            else "add healthEndpoint: /path, or readiness and liveness probes of your own",
        )


def equal_probes(draft: Draft) -> Iterator[Finding]:
    """A sick dependency fails readiness; the same question in liveness would restart every pod."""
    for place, _, container in draft.containers:
        ready, alive = container.probes.readiness, container.probes.liveness
        if ready and alive and _asks(ready) == _asks(alive):
            yield Finding(
                code="CG407",
                path=(*place, "probes", "liveness"),
                message=f'readiness and liveness of container "{container.name}" ask the same thing: what makes it '
                "unready would also restart it",
                hint="let liveness ask less, such as a TCP connection",
            )


def _asks(probe: Probe) -> tuple[object, ...]:
    return probe.handler, probe.port, probe.path, probe.command, probe.grpc_service


def claim_on_one_node(draft: Draft) -> Iterator[Finding]:
    """Claims that several pods share and that only one node can mount."""
    scaling = draft.service.scaling
    pods = max(scaling.replicas, scaling.max_replicas)
    if pods < 2 or draft.traits.claim_templates:
        return
    for index, volume in enumerate(draft.data.get("volumes", ())):
        access = volume.get("claim", {}).get("access", "ReadWriteOnce")
        if "claim" in volume and access.startswith("ReadWriteOnce"):
            reason = "no second pod" if access.endswith("Pod") else "no pod on another node"
            yield Finding(
                code="CG410",
                path=("volumes", index, "claim"),
                message=f'{draft.title} has up to {pods:,} pods that share the {access} claim "{volume["name"]}", '
                f"which {reason} can mount",
                hint="make it a StatefulSet, where each pod has a claim of its own, or set access: ReadWriteMany",
            )


def _switch(service: Service) -> str:
    return f"{service.of}.versions.{service.version}.enabled" if service.version else f"{service.name}.enabled"


def switched_off(draft: Draft) -> Iterator[Finding]:
    """Services that are switched off."""
    if not draft.service.enabled and "enabled" in draft.raw:
        yield Finding(
            code="CG408",
            path=("enabled",),
            message=f"{draft.title} is switched off: it is installed only where values set "
            f"{_switch(draft.service)} to true",
        )
