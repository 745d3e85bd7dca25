"""Externals: hosts that can be called and told to a mesh."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Finding, Platform
from chartgen.registry.kubernetes import CLUSTER_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.pod import Port

_NAME = re.compile(r"(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\.?")
IN_CLUSTER = (".svc", f".{CLUSTER_DOMAIN}")
"""How names end that only pods resolve."""

_WILD = frozenset({"http", "https", "http2", "grpc", "grpc-web", "tls"})
"""Protocols in which a caller says which host it means, so that a wildcard can be told apart."""


def bad_host(platform: Platform) -> Iterator[Finding]:
    """Hosts that are a URL, a range of addresses, a bare wildcard, or no name at all."""
    for external in platform.externals:
        if wrong := _wrong(external.host):
            message = f'the host of external "{external.name}" {wrong[0]}: "{external.host}"'
            yield Finding(code="CG230", path=(*external.path, "host"), message=message, hint=wrong[1])


def bad_host_of_a_datastore(platform: Platform) -> Iterator[Finding]:
    """The same of a datastore that somebody else runs; there a wildcard is none either."""
    for index, raw in enumerate(platform.data.get("datastores", ())):
        provision = raw.get("provision")
        host = provision.get("external", {}).get("host", "") if isinstance(provision, dict) else ""
        wrong = _wrong(host) or (("is a wildcard", "name the one host") if host.startswith("*") else None)
        if host and wrong:
            yield Finding(
                code="CG230",
                path=("datastores", index, "provision", "external", "host"),
                message=f'the host of datastore "{raw["name"]}" {wrong[0]}: "{host}"',
                hint=wrong[1].replace(" and say the rest in ports", ""),
            )


def _wrong(host: str) -> tuple[str, str] | None:
    """What is wrong with the host, and the mend; None for a good one."""
    if "://" in host:
        bare = host.partition("://")[2].split("/")[0].partition(":")[0]
        return "is a URL", f"write host: {bare} and say the rest in ports"
    if host in ("*", "*.") or too_wide(host):
        return too_wide(host) or ("is a bare wildcard", "name the domain, such as *.example.com")
    if _is_range(host):
        return "is a range of addresses", "write one address, or a name; an external is one host"
    if host == "localhost" or _is_loopback(host):
        return "is the pod itself", "name the host that is meant"
    return _of_the_node(host) if _is_address(host) else None if _is_name(host) else _no_name(host)


def _of_the_node(address: str) -> tuple[str, str] | None:
    if not ipaddress.ip_address(address).is_link_local:
        return None
    return (
        "is on the node's own network (link-local), where clouds hand out the node's credentials",
        "give the pod's service account a role of its own (workload identity), whose endpoint has a name",
    )


def too_wide(host: str) -> tuple[str, str] | None:
    """What is wrong with a wildcard that holds for more than one owner's hosts, and the mend."""
    suffix = host.removeprefix("*.").rstrip(".")
    if not host.startswith("*.") or not suffix:
        return None
    if f".{suffix}".endswith(IN_CLUSTER) or suffix == "local":
        return "is every service of the cluster", "name the one service that is meant"
    if "." not in suffix:
        return f"is every name under .{suffix}", f"name the domain, such as *.example.{suffix}"
    return None


def _is_name(host: str) -> bool:
    """Whether it is a host name: its last label is no number, or it would be taken for an address."""
    return bool(_NAME.fullmatch(host)) and not host.rstrip(".").rpartition(".")[2].replace("-", "").isdigit()


def _is_loopback(host: str) -> bool:
    return _is_address(host) and ipaddress.ip_address(host).is_loopback


def _no_name(host: str) -> tuple[str, str]:
    if re.fullmatch(r"[^:/]+:[0-9]+", host):
        name, _, port = host.partition(":")
        return "holds a port", f"write host: {name} and port: {port}"
    if host != host.lower():
        return "has capital letters", f"write {host.lower()}"
    return "is no host name", "write a name such as api.example.com, or an address; a wildcard is *. in front"


def _is_range(host: str) -> bool:
    try:
        ipaddress.ip_network(host, strict=False)
    except ValueError:
        return False
    return "/" in host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def wildcard_protocol(platform: Platform) -> Iterator[Finding]:
    """A wildcard in a protocol that never says which host is meant."""
    for external in platform.externals:
        for index, port in enumerate(external.ports if external.host.startswith("*.") else ()):
            if not names_its_host(port):
                yield Finding(
                    code="CG230",
                    path=(*external.path, "ports", index, "protocol"),
                    message=f'external "{external.name}" has a wildcard host, but port {port.port} speaks '
                    f"{port.protocol}, which does not say which host is meant",
                    hint="name the host, or use https or tls",
                )


def names_its_host(port: Port) -> bool:
    """Whether a caller on that port says which host it means."""
    return port.protocol in _WILD


def repeated_port(platform: Platform) -> Iterator[Finding]:
    """A number or name that an external has twice."""
    for external in platform.externals:
        seen: set[str | int] = set()
        for index, port in enumerate(external.ports):
            for field, value in (("port", port.port), ("name", port.name)):
                if value in seen:
                    message = f'external "{external.name}" has two ports {_called(field, value)}'
                    path = (*external.path, "ports", index, field)
                    yield Finding(code="CG231", path=path, message=message, hint="give each port a name and number")
                seen.add(value)


def _called(field: str, value: str | int) -> str:
    return f'named "{value}"' if field == "name" else f"with the number {value}"


def unused_external(platform: Platform) -> Iterator[Finding]:
    """An external that nobody calls (a warning)."""
    called = {edge.target for draft in platform.workloads for edge in draft.service.edges}
    for external in platform.externals:
        if external.name not in called:
            yield Finding(
                code="CG420",
                path=(*external.path, "name"),
                message=f'nobody depends on external "{external.name}"',
                hint="add it to the dependencies of those that call it, or remove it",
            )
