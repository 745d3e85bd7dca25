"""Groups: what cannot be cut into releases of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.graph import Graph, find_cycles
from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.limits import RELEASE
from chartgen.registry.umbrellas import POLICY_GROUP, between, umbrella_name, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from chartgen.registry.service import Edge


def unusable_group(platform: Platform) -> Iterator[Finding]:
    """Groups whose umbrella cannot have its name; each is told once."""
    told: set[str] = set()
    for draft in platform.workloads:
        group = draft.service.group
        name = umbrella_name(platform.name, group)
        reason = "chartgen keeps that name for a chart of its own" if group == POLICY_GROUP else ""
        if len(name) > RELEASE:
            reason = f"a release's name has at most {RELEASE} characters, and this one has {len(name)}"
        if group and reason and group not in told:
            told.add(group)
            message = f'the group "{group}" would be the release "{name}": {reason}'
            path = (*draft.home, "group")
            yield Finding(code="CG242", path=path, message=message, hint="choose another name")


def group_cycles(platform: Platform) -> Iterator[Finding]:
    """Groups that wait for each other to start although no service does, each ring once."""
    services = [draft.service for draft in platform.workloads]
    edges = waiting(services)
    home = {service.name: umbrella_name(platform.name, service.group) for service in services}
    if len(set(home.values())) < 2 or find_cycles(Graph(home, edges)):
        return
    for cycle in find_cycles(Graph(home.values(), between(home, edges))):
        steps = [_calls(platform, home, pair) for pair in zip(cycle, [*cycle[1:], cycle[0]], strict=True)]
        (caller, edge), *others = min(reversed(steps), key=len)
        because = ", ".join(f"{found[0][0]} waits for {found[0][1].target}" for found in steps)
        hint = f'set startup: false on the dependency of "{caller}" on "{edge.target}", if it can start without'
        yield Finding(
            code="CG240",
            path=edge.path,
            message=f"releases wait for each other to start: {' -> '.join([*cycle, cycle[0]])} ({because})",
            hint=(hint if not others else f"{hint} (and on {len(others)} more like it)")
            + ", or put both into one group",
        )


def _calls(platform: Platform, home: dict[str, str], pair: tuple[str, str]) -> Sequence[tuple[str, Edge]]:
    """The edges whose callers wait, from one umbrella to another."""
    return [
        (service.name, edge)
        for service in sorted((draft.service for draft in platform.workloads), key=lambda service: service.name)
        for edge in service.edges
        if edge.startup and (home[service.name], home.get(edge.target)) == pair
    ]


def account_across_groups(platform: Platform) -> Iterator[Finding]:
    """Services of several groups that share an account: it can belong to one release only."""
    first: dict[str, Draft] = {}
    accounts = [(draft, each.account.name) for draft in platform.workloads for each in draft.service.workloads]
    for draft, account in accounts:
        other = first.setdefault(account, draft)
        if other.service.group != draft.service.group:
            yield Finding(
                code="CG241",
                path=(*draft.home, "serviceAccount"),
                message=f'{draft.title} and {other.title} share the ServiceAccount "{account}" but not their group: '
                "only one release can make it",
                hint="give each an account of its own, or put both into one group",
            )
