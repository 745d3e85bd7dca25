"""Ambient: what its waypoints cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.fronts import fronts_of
from chartgen.registry.checks.subject import Finding, Platform
from chartgen.registry.mesh import Mode
from chartgen.registry.waypoints import behind

if TYPE_CHECKING:
    from collections.abc import Iterator


def headless_behind_waypoint(platform: Platform) -> Iterator[Finding]:
    """Services whose calls must be read, and whose name leads to the pods themselves."""
    services = [draft.service for draft in platform.drafts]
    workloads = (draft.service for draft in platform.pods)
    read = behind(platform.mesh, platform.gateway, services, workloads)
    for draft in platform.drafts:
        for path, _, front in fronts_of(draft) if draft.service.name in read else ():
            if front.headless:
                yield Finding(
                    code="CG735",
                    path=(*draft.home, *path, "headless"),
                    message=f"calls to {draft.title} have to be read as requests, and in ambient mode nobody reads "
                    "those to a headless Service",
                    hint="remove it: a StatefulSet has a headless Service for its own pods anyway",
                )


def metrics_past_the_waypoint(platform: Platform) -> Iterator[Finding]:
    """Metrics on a port that takes calls: the monitoring calls pods by their address, where nobody reads requests."""
    if platform.mesh is None or platform.mesh.mode is not Mode.AMBIENT:
        return
    for draft in platform.drafts:
        metrics = draft.service.metrics
        if metrics and metrics.port.speaks_http and metrics.port.expose:
            yield Finding(
                code="CG736",
                path=(*draft.home, "metrics"),
                message=f'the metrics of {draft.title} share the port "{metrics.port.name}" with its calls, and in '
                "ambient mode the monitoring may call all of that port",
                hint="give the metrics a port of their own, such as metrics: 9090",
            )
