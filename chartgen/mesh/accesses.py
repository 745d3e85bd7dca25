"""A registry as one side of a comparison: every way in that it opens, with the place where it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from chartgen.mesh.changes import Access, Fact, Platform, Subject
from chartgen.mesh.expected import Expected
from chartgen.mesh.fields import shown
from chartgen.mesh.grants import VERSION, Grant, Why
from chartgen.mesh.terms import claim_name, terms_of
from chartgen.registry.model import Datastore, External
from chartgen.registry.service import Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chartgen.diagnostics import Span
    from chartgen.mesh.premises import Premises
    from chartgen.registry.mesh import Claim, Cors, Gateway, Jwt, Mesh
    from chartgen.registry.model import Node, Registry
    from chartgen.registry.service import Path

    Place = Callable[[Path], Span]

_DOOR = (Why.ROUTE, Why.PUBLIC, Why.EXPOSED)


def platform_of(registry: Registry, premises: Premises, place: Place) -> Platform:
    """What that registry lets through with these values; `place` finds a path of its document."""
    expected = Expected(registry, premises)
    return Platform(
        accesses=(*_inside(expected, place), *_outside(expected, place), *_unenforced(registry, place)),
        nodes=tuple(_nodes(registry, place)),
        settings=tuple(_settings(registry, place)),
    )


def _inside(expected: Expected, place: Place) -> Iterator[Access]:
    jwt = expected.registry.mesh.jwt if expected.registry.mesh else None
    everywhere = jwt.required_claims if jwt else ()
    versions = {service.name: {v.name for v in service.versions} for service in expected.registry.services}
    for callee in expected.callees.values():
        grants = expected.grants[callee.name]
        partly = _partly(grants, versions)
        for grant in grants:
            version = grant.pods.get(VERSION, "")
            named = version and (grant.caller, grant.port) in partly
            yield _access(
                grant,
                caller=f"{grant.caller}@{version}" if named else grant.caller,
                port_name=callee.ports.get(grant.port, ""),
                everywhere=everywhere,
                place=place,
            )


def _unenforced(registry: Registry, place: Place) -> Iterator[Access]:
    """With `mesh.audit`, whatever the networks let through."""
    if registry.mesh and registry.mesh.audit:
        yield Access(
            subject=Subject.EXCEPTION,
            why="audit",
            callee="every service",
            caller="anyone, also without mTLS and token, as far as networks let them,",
            port=0,
            reason="no policy of the mesh is in force",
            place=place(("mesh", "audit")),
        )


def _partly(grants: Sequence[Grant], versions: Mapping[str, set[str]]) -> set[tuple[str, int]]:
    """(caller, port) of the calls that some versions of the caller make, and others do not."""
    found: dict[tuple[str, int], set[str]] = {}
    for grant in grants:
        if grant.is_declared and VERSION in grant.pods:
            found.setdefault((grant.caller, grant.port), set()).add(grant.pods[VERSION])
    return {key for key, seen in found.items() if seen != versions.get(key[0], seen)}


def _access(grant: Grant, *, caller: str, port_name: str, everywhere: Sequence[Claim], place: Place) -> Access:
    subject = Subject.CALL if grant.is_declared else Subject.ROUTE if grant.why in _DOOR else Subject.EXCEPTION
    return Access(
        subject=subject,
        why=str(grant.why),
        callee=grant.callee,
        caller=caller,
        port=grant.port,
        port_name=port_name,
        http=grant.http,
        terms=terms_of(grant, everywhere),
        reason=grant.reason,
        place=place(grant.path),
    )


def _outside(expected: Expected, place: Place) -> Iterator[Access]:
    for calls in expected.outward.values():
        for call in calls:
            for number, _ in call.ports:
                yield Access(
                    subject=Subject.CALL,
                    why=str(Why.EDGE),
                    callee=call.target,
                    caller=call.caller,
                    port=number,
                    place=place(call.path),
                )


def _nodes(registry: Registry, place: Place) -> Iterator[Fact]:
    for node in registry.by_name().values():
        yield Fact(name=node.name, value=_sort(node), place=place(node.path))


def _sort(node: Node) -> str:
    if isinstance(node, Datastore):
        return "datastore"
    return "external" if isinstance(node, External) else "service"


def _settings(registry: Registry, place: Place) -> Iterator[Fact]:
    """What the platform's policy hangs on, as a whole and of single nodes; what is off or not there has no entry."""
    mesh, gateway = registry.mesh, registry.gateway
    said = {**(_of_mesh(mesh) if mesh else {}), **(_of_gateway(gateway) if gateway else {})}
    for name, value in said.items():
        if value:
            yield Fact(name=name, value=value, place=place(tuple(name.split("."))))
    for route in gateway.routes if gateway else ():
        if route.cors:
            name = f"CORS of {route.service} {', '.join(route.paths) or '/*'}"
            yield Fact(name=name, value=_pages(route.cors), place=place((*route.path, "cors")))
    for node in registry.charts():
        for key, value in _of_node(node).items():
            yield Fact(name=f"{node.name}.{key}", value=value, place=place((*node.path, key.partition(".")[0])))


def _of_node(node: Service | Datastore) -> dict[str, str]:
    """What decides who its pods are, and what else becomes of them."""
    found = {} if node.enabled else {"enabled": "false"}
    accounts = [each.account.name for each in (node.workloads if isinstance(node, Service) else ())]
    others = [name for name in dict.fromkeys(accounts) if name != node.name]
    if others:
        found["serviceAccount"] = ", ".join(others)
    for patch in node.patches:
        key = f"patches.{patch.kind}/{patch.name}"
        words = shown(patch.merge if patch.merge is not None else list(patch.operations))
        found[key] = f"{found[key]}, then {words}" if key in found else words
    return found


def _pages(cors: Cors) -> str:
    """Which pages may call, and how."""
    parts = {
        "": cors.origins,
        "methods": cors.methods,
        "headers": cors.headers,
        "exposeHeaders": cors.expose_headers,
        "credentials": ("true",) if cors.credentials else (),
    }
    return "; ".join(f"{key} {', '.join(values)}".strip() for key, values in parts.items() if values)


def _of_mesh(mesh: Mesh) -> dict[str, str]:
    return {
        "mesh": str(mesh.mode),
        "mesh.audit": "true" if mesh.audit else "",
        "mesh.egress": str(mesh.egress),
        "mesh.trustDomain": mesh.trust_domain,
        "mesh.pathNormalization": "decodeAndMergeSlashes" if mesh.normalises else "",
        **(_of_tokens(mesh.jwt) if mesh.jwt else {}),
    }


def _of_tokens(jwt: Jwt) -> dict[str, str]:
    own = jwt.issuer_service
    return {
        "mesh.jwt": jwt.issuer,
        "mesh.jwt.audiences": ", ".join(jwt.audiences),
        "mesh.jwt.jwksUri": jwt.jwks_uri,
        "mesh.jwt.jwks": jwt.jwks,
        "mesh.jwt.issuerService": f"{own.service}{own.path}" if own else "",
        "mesh.jwt.enforce": str(jwt.enforce),
        "mesh.jwt.forward": "" if jwt.forward else "false",
        "mesh.jwt.claimHeaders": "; ".join(f"{name}: {claim_name(claim)}" for name, claim in jwt.claim_headers),
        "mesh.jwt.requiredClaims": "; ".join(
            f"{claim_name(claim.path)}: {', '.join(claim.values)}" for claim in jwt.required_claims
        ),
        "mesh.jwt.roleClaim": claim_name(jwt.role_claim),
    }


def _of_gateway(gateway: Gateway) -> dict[str, str]:
    return {
        "gateway": ", ".join(gateway.hosts),
        "gateway.tls": gateway.tls,
        "gateway.api": str(gateway.api),
    }
