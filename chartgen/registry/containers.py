"""Containers of the model: the service's own, its sidecars and init containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chartgen.registry.images import build_image
from chartgen.registry.model import Images
from chartgen.registry.normal import NONE
from chartgen.registry.pod import (
    ConfigKey,
    Container,
    ContainerSecurity,
    Credential,
    EnvFrom,
    EnvValue,
    EnvVar,
    FieldPath,
    Image,
    JsonValue,
    Mount,
    PodSecurity,
    Port,
    Quantities,
    Reference,
    ResourceField,
    Resources,
    SecretKey,
    Text,
)
from chartgen.registry.ports import build_port, container_port_name
from chartgen.registry.probes import build_probes
from chartgen.registry.references import Callees, main_reference, parse_text, url_variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main_container(data: Mapping[str, Any], ports: tuple[Port, ...], known: Callees) -> Container:
    """The service's own container; its mounts are those of the service's volumes."""
    return Container(
        name=data["name"],
        ports=ports,
        command=tuple(data.get("command", ())),
        args=tuple(data.get("args", ())),
        env=_environment(data.get("env", {}), known, discovery=bool(data.get("discovery"))),
        env_from=_env_from(data.get("envFrom", ())),
        probes=build_probes(data.get("probes", NONE), ports),
        resources=_resources(data["resources"]),
        mounts=_mounts(data.get("volumes", ())),
        lifecycle=_lifecycle(data.get("lifecycle", NONE), ports),
        security=container_security(data.get("securityContext", {})),
    )


def side_container(data: Mapping[str, Any], known: Callees, images: Images) -> Container:
    """A sidecar or init container."""
    ports = tuple(build_port(port, data["name"]) for port in data.get("ports", ()))
    security = data.get("securityContext", {})
    return Container(
        name=data["name"],
        image=_own_image(data, images),
        ports=ports,
        command=tuple(data.get("command", ())),
        args=tuple(data.get("args", ())),
        env=_environment(data.get("env", {}), known),
        env_from=_env_from(data.get("envFrom", ())),
        probes=build_probes(data.get("probes", NONE), ports),
        resources=_resources(data["resources"]),
        mounts=_mounts(data.get("mounts", ())),
        lifecycle=_lifecycle(data.get("lifecycle", NONE), ports),
        security=container_security(security, **_identity(security)),
        first=data.get("first", False),
    )


def _own_image(data: Mapping[str, Any], images: Images) -> Image | None:
    return build_image(data["image"], data["name"], images) if "image" in data else None


def _identity(security: Mapping[str, Any]) -> dict[str, Any]:
    """Who a sidecar runs as, where it differs from its pod."""
    user = security.get("runAsUser")
    return {
        "run_as_non_root": security.get("runAsNonRoot", False if user == 0 else None),
        "run_as_user": user,
        "run_as_group": security.get("runAsGroup"),
    }


_BUILT_IN_SECURITY = ContainerSecurity()
_BUILT_IN_POD_SECURITY = PodSecurity()


def container_security(data: Mapping[str, Any], **identity: Any) -> ContainerSecurity:
    """A container's security context over the built-in one. Privileged implies escalation: Kubernetes refuses
    the one without the other."""
    if not data:
        return _BUILT_IN_SECURITY
    capabilities = data.get("capabilities", {})
    privileged = data.get("privileged", False)
    return ContainerSecurity(
        allow_privilege_escalation=data.get("allowPrivilegeEscalation", privileged),
        read_only_root_filesystem=data.get("readOnlyRootFilesystem", True),
        privileged=privileged,
        drop=tuple(capabilities.get("drop", ("ALL",))),
        add=tuple(capabilities.get("add", ())),
        **identity,
    )


def pod_security(data: Mapping[str, Any]) -> PodSecurity:
    """The pod's security context over the built-in one. User 0 implies that root may run."""
    if not data:
        return _BUILT_IN_POD_SECURITY
    profile = data.get("seccompProfile", "RuntimeDefault")
    local = profile["localhost"] if isinstance(profile, dict) else ""
    user = data.get("runAsUser", 10001)
    return PodSecurity(
        run_as_non_root=data.get("runAsNonRoot", user != 0),
        run_as_user=user,
        run_as_group=data.get("runAsGroup", 10001),
        fs_group=data.get("fsGroup", 10001),
        fs_group_change_policy=data.get("fsGroupChangePolicy", ""),
        supplemental_groups=tuple(data.get("supplementalGroups", ())),
        seccomp_profile="Localhost" if local else profile,
        seccomp_localhost_profile=local,
    )


def _environment(env: Mapping[str, Any], known: Callees, *, discovery: bool = False) -> tuple[EnvVar, ...]:
    values: dict[str, EnvValue] = {name: _env_value(value, known) for name, value in env.items()}
    if discovery:
        for name, reference in discovered(known).items():
            values.setdefault(name, (reference,))
    return tuple(EnvVar(name=name, value=values[name]) for name in sorted(values))


def discovered(known: Callees) -> dict[str, Reference]:
    """Variable → URL of each dependency whose URL is plain (`ORDERS_URL`)."""
    found = {url_variable(name): main_reference(callee) for name, callee in known.items()}
    return {name: reference for name, reference in found.items() if reference}


def _env_value(value: str | Mapping[str, Any], known: Callees) -> EnvValue:
    if isinstance(value, str):
        return _text(parse_text(value, known))
    if "field" in value:
        return FieldPath(field=value["field"])
    if "resource" in value:
        return ResourceField(resource=value["resource"], divisor=value.get("divisor", ""))
    kind, name = (SecretKey, value["secret"]) if "secret" in value else (ConfigKey, value["config"])
    return kind(name=name, key=value["key"], optional=value.get("optional", False))


def _text(text: Text) -> EnvValue:
    """The text, or the credential that it is."""
    if len(text) == 1 and isinstance(text[0], Reference) and text[0].attribute == "secret":
        return Credential(node=text[0].node, key=text[0].port_name)
    return text


def _env_from(sources: Sequence[Mapping[str, Any]]) -> tuple[EnvFrom, ...]:
    return tuple(
        EnvFrom(
            kind="secret" if "secret" in source else "config",
            name=source.get("secret") or source["config"],
            prefix=source.get("prefix", ""),
            optional=source.get("optional", False),
        )
        for source in sources
    )


def _resources(data: Mapping[str, Any]) -> Resources:
    return Resources(requests=_quantities(data["requests"]), limits=_quantities(data["limits"]))


def _quantities(data: str | Mapping[str, Any]) -> Quantities:
    if isinstance(data, str):
        return ()
    return tuple((name, str(data[name])) for name in sorted(data))


def _mounts(mounts: Sequence[Mapping[str, Any]]) -> tuple[Mount, ...]:
    """Mounts of a side container, or of the service's volumes (which name themselves, and may be others' alone)."""
    return tuple(
        Mount(
            volume=mount.get("volume") or mount["name"],
            mount_path=mount["mountPath"],
            read_only=mount.get("readOnly", False),
            sub_path=mount.get("subPath", ""),
            propagation=mount.get("mountPropagation", ""),
        )
        for mount in mounts
        if "mountPath" in mount
    )


def _lifecycle(data: str | Mapping[str, Any], ports: Sequence[Port]) -> dict[str, JsonValue]:
    """Kubernetes' own shape, with the registry's port names turned into the emitted ones."""
    if isinstance(data, str):
        return {}
    emitted = {port.name: container_port_name(ports, port) for port in ports}
    return {hook: _lifecycle_handler(handler, emitted) for hook, handler in sorted(data.items())}


def _lifecycle_handler(handler: Mapping[str, Any], emitted: Mapping[str, str]) -> JsonValue:
    http = handler.get("httpGet")
    if http is None or not isinstance(http["port"], str):
        return cast("JsonValue", handler)
    return {**handler, "httpGet": {**http, "port": emitted.get(http["port"], http["port"])}}
