"""Probes and hooks: a handler, and a port that is there, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry.checks.subject import Draft, Finding, port_list
from chartgen.registry.normal import NONE
from chartgen.registry.probes import handler_of, probed_ports
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from chartgen.registry.pod import Port
    from chartgen.registry.service import Path


def probe_handlers(draft: Draft) -> Iterator[Finding]:
    """Probes that have timings only."""
    for path, probe, _ in _probes(draft):
        if not handler_of(probe):
            yield Finding(
                code="CG309",
                path=path,
                message=f"the {path[-1]} probe says when to ask but not what",
                hint="add http, tcp, grpc or exec",
            )


def probe_ports(draft: Draft) -> Iterator[Finding]:
    """Probes whose port is missing, ambiguous or UDP."""
    for path, probe, ports in _probes(draft):
        handler = handler_of(probe)
        if handler in ("", "exec") or (path[0] == "probes" and not draft.traits.has_probes):
            continue
        wanted = probe[handler].get("port")
        found = probed_ports(wanted, ports)
        if len(found) != 1:
            yield _unmatched((*path, handler, "port"), f"the {path[-1]} probe", wanted, ports, len(found))
        elif found[0].transport == "UDP":
            yield Finding(
                code="CG310",
                path=(*path, handler, "port"),
                message=f'the {path[-1]} probe asks port "{found[0].name}", which is UDP: Kubernetes only probes TCP',
                hint="probe another port, or use exec",
            )


def hook_ports(draft: Draft) -> Iterator[Finding]:
    """Lifecycle hooks that name a port which is not there."""
    for place, data, container in draft.containers:
        hooks = data.get("lifecycle", NONE)
        for hook, handler in hooks.items() if hooks != NONE else ():
            wanted = handler.get("httpGet", {}).get("port")
            if isinstance(wanted, str) and all(port.name != wanted for port in container.ports):
                path = (*place, "lifecycle", hook, "httpGet", "port")
                yield _unmatched(path, f"the {hook} hook", wanted, container.ports, 0)


def hook_pauses(draft: Draft) -> Iterator[Finding]:
    """Lifecycle hooks that sleep longer than the pod has to stop."""
    grace = draft.service.termination_grace_period
    for place, data, _ in draft.containers:
        hooks = data.get("lifecycle", NONE)
        for hook, handler in hooks.items() if hooks != NONE else ():
            seconds = handler.get("sleep", {}).get("seconds", 0)
            if seconds > grace:
                yield Finding(
                    code="CG334",
                    path=(*place, "lifecycle", hook, "sleep", "seconds"),
                    message=f"the {hook} hook sleeps {seconds} seconds, and the pod has {grace} to stop: Kubernetes "
                    "refuses it",
                    hint="sleep less, or raise terminationGracePeriodSeconds",
                )


def _probes(draft: Draft) -> Iterator[tuple[Path, Mapping[str, Any], Sequence[Port]]]:
    for place, data, container in draft.containers:
        probes = data.get("probes", NONE)
        for name, probe in probes.items() if probes != NONE else ():
            if probe != NONE:
                yield (*place, "probes", name), probe, container.ports


def _unmatched(path: Path, what: str, wanted: str | int | None, ports: Sequence[Port], count: int) -> Finding:
    if wanted is None:
        message, hint = f"{what} names no port, and of several ports none is named http", "name the port"
        if not ports:
            message, hint = f"{what} needs a port, and there is none", "add a port, or use exec"
    else:
        message = f"{what} asks port {wanted}, which matches {'several ports' if count else 'no port'}"
        hint = did_you_mean(str(wanted), [port.name for port in ports])
        hint = hint or (f"the ports are {port_list(ports)}" if ports else "there is none")
    return Finding(code="CG310", path=path, message=message, hint=hint)
