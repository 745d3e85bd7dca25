"""Versions: apart by name, of a kind that can have them, with weights that add up and the ports of their service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Draft, Finding, port_list
from chartgen.registry.service import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = 100


def repeated_version(draft: Draft) -> Iterator[Finding]:
    """A second version of one name."""
    seen: set[str] = set()
    for index, version in enumerate(draft.data.get("versions", ())):
        if version["name"] in seen:
            yield Finding(
                code="CG344",
                path=("versions", index, "name"),
                message=f'{draft.title} has two versions named "{version["name"]}"',
                hint="name each version",
            )
        seen.add(version["name"])


def versions_of_kind(draft: Draft) -> Iterator[Finding]:
    """Versions of what takes no calls that could be shared out."""
    if draft.versions and draft.service.kind not in (Kind.DEPLOYMENT, Kind.STATEFUL_SET):
        yield Finding(
            code="CG345",
            path=("versions",),
            message=f"{draft.title} is a {draft.service.kind}, which has no versions",
            hint="make it a Deployment or a StatefulSet, or write services of their own",
        )


def version_weights(draft: Draft) -> Iterator[Finding]:
    """Weights that do not share out all calls."""
    raw = draft.data.get("versions", ())
    given = [version for version in raw if "weight" in version]
    if not given:
        return
    for index, version in enumerate(raw):
        on = version.get("enabled", True)
        if on and "weight" not in version:
            yield Finding(
                code="CG343",
                path=("versions", index, "name"),
                message=f'version "{version["name"]}" of {draft.title} has no weight, and others have',
                hint="give each version that is on a weight, or none",
            )
        elif not on and version.get("weight"):
            yield Finding(
                code="CG343",
                path=("versions", index, "weight"),
                message=f'version "{version["name"]}" of {draft.title} is off (enabled: false) and gets no calls',
                hint="leave its weight out, or write 0",
            )
    total = sum(version["weight"] for version in given if version.get("enabled", True))
    if total != WHOLE:
        yield Finding(
            code="CG343",
            path=("versions",),
            message=f"the weights of the versions of {draft.title} that are on add up to {total}, not {WHOLE}",
            hint="share 100 among them",
        )


def version_ports(draft: Draft) -> Iterator[Finding]:
    """Versions whose sidecars do not show the ports that the Service has."""
    for version in draft.versions:
        missing = [port for port in draft.service.exposed_ports if port not in version.service.ports]
        more = [port for port in version.service.exposed_ports if port not in draft.service.ports]
        for ports, words in ((missing, "lacks"), (more, "shows")):
            if ports:
                yield Finding(
                    code="CG346",
                    path=(*version.home[len(draft.home) :], "name"),
                    message=f"{version.title} {words} {port_list(ports)}"
                    + (", which the Service leads to" if ports is missing else ", which the Service does not have"),
                    hint="the versions of a service have the same ports, in sidecars too",
                )
