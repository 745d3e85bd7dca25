"""Names: unique, free, short enough, and still apart once they are emitted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chartgen.registry import names
from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.images import is_tag
from chartgen.registry.mesh import GatewayApi, Mode
from chartgen.registry.pod import Claim
from chartgen.registry.service import Service
from chartgen.registry.umbrellas import umbrella_name
from chartgen.registry.waypoints import waypoint_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.service import Path

_MAX_UINT64 = 2**64 - 1
_ORDINAL = re.compile(r"-[0-9]+$")


def repeated_node(platform: Platform) -> Iterator[Finding]:
    """A second service, datastore or external of the same name."""
    first: dict[str, tuple[Path, str]] = {}
    for path, sort, name in _named(platform):
        if name in first:
            known, other = first[name]
            what = f"two {sort}s" if other == sort else f"a {other} and a {sort}".replace("a external", "an external")
            yield Finding(
                code="CG201",
                path=(*path, "name"),
                first=(*known, "name"),
                message=f'there are {what} named "{name}"',
                hint="the name is the Kubernetes Service's and must be unique"
                if other == sort == "service"
                else "a name is unique over services, datastores and externals",
            )
        first.setdefault(name, (path, sort))


def _named(platform: Platform) -> Iterator[tuple[Path, str, str]]:
    """(path, sort, name) of every node."""
    yield from ((draft.home, "service", draft.service.name) for draft in platform.drafts)
    yield from ((draft.home, "datastore", draft.service.name) for draft in platform.stores)
    yield from ((external.path, "external", external.name) for external in platform.externals)


def reserved_name(draft: Draft) -> Iterator[Finding]:
    """Names that Helm or chartgen uses beside the services."""
    if draft.service.name in names.RESERVED:
        yield Finding(
            code="CG202",
            path=("name",),
            message=f'"{draft.service.name}" cannot be the name of a {draft.sort}: Helm or chartgen uses it in the '
            "umbrella",
        )


def name_too_long(draft: Draft) -> Iterator[Finding]:
    """Names longer than the kind allows."""
    name, limit = draft.service.name, draft.traits.max_name
    if len(name) > limit:
        yield Finding(
            code="CG213",
            path=("name",),
            message=f"a {draft.service.kind}'s name has at most {limit} characters, this one has {len(name)}",
            hint="Kubernetes appends to it for the pods, whose names and labels must fit into 63",
        )


def repeated_environment(platform: Platform) -> Iterator[Finding]:
    """A second environment of the same name."""
    seen: set[str] = set()
    environments: list[dict[str, Any]] = platform.data.get("environments", [])
    for index, environment in enumerate(environments):
        if environment["name"] in seen:
            yield Finding(
                code="CG214",
                path=("environments", index, "name"),
                message=f'there are two environments named "{environment["name"]}"',
            )
        seen.add(environment["name"])


def unusable_app_version(platform: Platform) -> Iterator[Finding]:
    """An appVersion that cannot be a tag and a label."""
    metadata = platform.data["metadata"]
    version = metadata.get("appVersion", metadata["version"])
    if not is_tag(version) or not version[-1].isalnum():
        yield Finding(
            code="CG215",
            path=("metadata", "appVersion" if "appVersion" in metadata else "version"),
            message=f'"{version}" cannot be an image tag and a label, and it is the default of both',
            hint="end it with a letter or digit, or set metadata.appVersion",
        )


def version_beyond_helm(platform: Platform) -> Iterator[Finding]:
    """A version whose numbers do not fit into 64 bits."""
    version = platform.data["metadata"]["version"]
    if any(int(number) > _MAX_UINT64 for number in version.partition("-")[0].split(".")):
        yield Finding(
            code="CG215",
            path=("metadata", "version"),
            message=f'Helm cannot read the version "{version}": a number of it has more than 64 bits',
            hint="choose a smaller number",
        )


def colliding_objects(platform: Platform) -> Iterator[Finding]:
    """Services that would make objects of one kind and name."""
    groups = {draft.service.group for draft in platform.workloads}
    shared = {names.helm_test(umbrella_name(platform.name, group)) for group in groups}
    owners = _made_of_gateways(platform)
    owners |= {
        (kind, name): "the platform's helm test" for name in shared for kind in ("ServiceAccount", "NetworkPolicy")
    }
    for draft in platform.workloads:
        if platform.nodes.get(draft.service.name) is not (draft.store or draft.service):
            continue
        account = draft.service.account
        shared_accounts = [("ServiceAccount", account.name)] if account.name in shared and not account.own else []
        for kind, name in (*names.taken_by(draft.store or draft.service), *shared_accounts):
            owner = owners.setdefault((kind, name), draft)
            if owner is not draft:
                other = owner if isinstance(owner, str) else owner.title
                yield Finding(
                    code="CG212",
                    path=(*draft.home, "name"),
                    message=f'{draft.title} and {other} would both make the {kind} "{name}"',
                    hint="rename one of them",
                )


def _made_of_gateways(platform: Platform) -> dict[tuple[str, str], Draft | str]:
    """What Istio makes of each Gateway of the Gateway API."""
    mesh, gateway = platform.mesh, platform.gateway
    made: dict[str, str] = {}
    if gateway and gateway.api is GatewayApi.GATEWAY:
        made[f"{gateway.name}-{gateway.class_name}"] = "the gateway"
    if mesh and mesh.mode is Mode.AMBIENT:
        made[waypoint_name(platform.name)] = "the mesh's waypoint"
    return {(kind, name): who for name, who in made.items() for kind in ("Service", "ServiceAccount")}


def name_of_the_gateway(platform: Platform) -> Iterator[Finding]:
    """A gateway with the name of a node: labels, policies and accounts of the one would be taken for the other's."""
    gateway = platform.gateway
    draft = next((each for each in platform.workloads if gateway and each.service.name == gateway.name), None)
    if gateway and draft:
        named = "name" in platform.data["gateway"]
        default = "" if named else ", since a gateway has the platform's name by default"
        yield Finding(
            code="CG212",
            path=("gateway", "name") if named else ("gateway",),
            message=f'{draft.title} and the gateway would both be named "{gateway.name}"{default}',
            hint="give the gateway another name",
        )


def colliding_claims(platform: Platform) -> Iterator[Finding]:
    """A StatefulSet's claims are `<volume>-<service>-<ordinal>`: they may meet another's."""
    owners: dict[str, str] = {}
    for draft in platform.workloads:
        for stem in (stem for workload in draft.service.workloads for stem in _claim_stems(workload)):
            owner = owners.setdefault(stem, draft.title)
            if owner != draft.title:
                yield Finding(
                    code="CG212",
                    path=(*draft.home, "name"),
                    message=f'{draft.title} and {owner} would both make the PersistentVolumeClaim "{stem}-0"',
                    hint="rename one of them, or a volume",
                )


def _claim_stems(service: Service) -> Iterator[str]:
    claims = [volume.name for volume in service.volumes if isinstance(volume.source, Claim)]
    for kind, name in names.emitted(service) if claims else ():
        if kind == "PersistentVolumeClaim" and _ORDINAL.search(name):
            yield _ORDINAL.sub("", name)
        elif kind == "StatefulSet":
            yield from (f"{volume}-{name}" for volume in claims)
