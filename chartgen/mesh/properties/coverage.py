"""P10, P11 and P17: every workload is covered, tokens are checked where they are asked for, and a dry run is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chartgen.mesh.model import Dataplane
from chartgen.mesh.objects import Action, AuthorizationPolicy, JwtRule, Mtls, RequestAuthentication
from chartgen.mesh.properties.rules import attached
from chartgen.mesh.subject import Finding, Node, Subject
from chartgen.registry.mesh import Enforce

if TYPE_CHECKING:
    from chartgen.mesh.model import Workload
    from chartgen.registry.mesh import Jwt

_READS_TOKENS = "request.auth."


def covered(subject: Subject) -> Iterator[Finding]:
    """P10: pods without an ALLOW policy are open, and so are those that somebody adds later without a deny-all."""
    for node in subject.nodes.values() if subject.meshed else ():
        for workload in node.workloads:
            policies = [p for p, _ in attached(subject, workload) if p.action is Action.ALLOW]
            if not any(not p.dry_run or subject.audits for p in policies):
                yield Finding(
                    code="CG760",
                    words=f"no ALLOW policy and no deny-all covers {workload.ref}: it is open to everyone",
                    hint="an AuthorizationPolicy with an empty spec covers a namespace",
                    path=node.path,
                    ref=workload.ref,
                )
    if (
        subject.meshed
        and subject.expected
        and not any(_denies_all(subject, p) for p in subject.world.found.authorization)
    ):
        yield Finding(
            code="CG760",
            words=f"namespace {subject.home} has no deny-all: pods that are none of the registry's would be open",
            hint="an AuthorizationPolicy with an empty spec covers a namespace",
            path=subject.expected.registry.mesh.path if subject.expected.registry.mesh else None,
        )


def _denies_all(subject: Subject, policy: AuthorizationPolicy) -> bool:
    plain = policy.scope.labels is None and not policy.scope.targets and not policy.rules
    return plain and policy.action is Action.ALLOW and policy.ref.namespace == subject.home


def tokens_are_read(subject: Subject) -> Iterator[Finding]:
    """P11: where policies ask for tokens, a RequestAuthentication checks them, as the registry says; and only there."""
    jwt = _jwt(subject)
    for node in subject.nodes.values() if not subject.audits else ():
        for workload in node.workloads:
            asking = next((p for p, _ in attached(subject, workload) if _asks(p)), None)
            checking = [rule for each in requests_of(subject, workload) for rule in each.rules]
            if asking and not checking:
                words = f"{asking.ref} asks for tokens at {node.name}, where nothing checks them: every call is refused"
                yield _told(node, words, asking)
            reading = any(_reads(policy) for policy, _ in attached(subject, workload))
            if checking and not reading and not _everywhere(jwt):
                words = f"tokens are checked at {node.name}, and no policy asks for one: callers without a token pass"
                yield _told(node, words, None, workload)
            if jwt and asking and checking:
                yield from _as_declared(node, jwt, checking)


def _everywhere(jwt: Jwt | None) -> bool:
    """Whether tokens are checked at every hop, also where none is asked for."""
    return jwt is not None and jwt.enforce is Enforce.EVERY_HOP


def requests_of(subject: Subject, workload: Workload) -> Iterator[RequestAuthentication]:
    """What checks the tokens of calls to a workload: its own proxy's, which no ztunnel is, and its waypoint's."""
    if workload.dataplane is not Dataplane.AMBIENT:
        yield from subject.world.requests_of(workload)
    for service in subject.world.services_of(workload):
        yield from subject.world.targeting("requests", service.ref.namespace, "Service", service.ref.name)


def _asks(policy: AuthorizationPolicy) -> bool:
    return policy.action is Action.ALLOW and _reads(policy)


def _reads(policy: AuthorizationPolicy) -> bool:
    groups = (group for rule in policy.rules for group in (*rule.sources, *rule.operations, rule.conditions))
    return any(clause.attribute.startswith(_READS_TOKENS) for group in groups for clause in group)


def _as_declared(node: Node, jwt: Jwt, checking: list[JwtRule]) -> Iterator[Finding]:
    claims = {(header, ".".join(path)) for header, path in jwt.claim_headers}
    for rule in checking:
        headers = {(name.lower(), claim) for name, claim in rule.claim_headers}
        for fault in (
            f"issuer {rule.issuer}, not {jwt.issuer}" if rule.issuer != jwt.issuer else "",
            "any audience" if not rule.audiences else "",
            "other audiences" if rule.audiences and set(rule.audiences) != set(jwt.audiences) else "",
            f"keys from {rule.jwks_uri}" if jwt.jwks_uri and rule.jwks_uri != jwt.jwks_uri else "",
            f"keys from {rule.jwks_uri}" if not _is_of_issuer(jwt, rule) else "",
            "other keys" if jwt.jwks and (rule.jwks_uri or rule.jwks.strip() != jwt.jwks.strip()) else "",
            "a token that does not go on to the service" if jwt.forward and not rule.forward else "",
            "other headers for claims" if headers != claims else "",
        ):
            if fault:
                words = f"tokens at {node.name} are checked for {fault}"
                yield Finding(code="CG761", words=words, hint="mesh.jwt says otherwise", path=jwt.path)


def _is_of_issuer(jwt: Jwt, rule: JwtRule) -> bool:
    """Whether keys of an issuer in the platform come from its service."""
    issuer = jwt.issuer_service
    return not issuer or (f"//{issuer.service}." in rule.jwks_uri and rule.jwks_uri.endswith(issuer.path))


def _told(node: Node, words: str, policy: AuthorizationPolicy | None, workload: Workload | None = None) -> Finding:
    ref = policy.ref if policy else (workload.ref if workload else None)
    return Finding(code="CG761", words=words, path=node.path, ref=ref)


def audits(subject: Subject) -> Iterator[Finding]:
    """P17: with audit nothing is refused yet, without it everything is."""
    expected = subject.expected
    if not expected or not expected.registry.mesh:
        return
    path, wanted = expected.registry.mesh.path, subject.audits
    for policy in subject.world.found.authorization:
        if policy.dry_run != wanted:
            words = f"{policy.ref} " + (
                "is in force, and mesh.audit is true" if wanted else "is a dry run: it refuses nobody"
            )
            yield Finding(code="CG767", words=words, path=path, ref=policy.ref)
    for each in subject.world.found.peers if wanted else ():
        if Mtls.STRICT in (each.mode, *each.ports.values()):
            yield Finding(code="CG767", words=f"{each.ref} is STRICT, and mesh.audit is true", path=path, ref=each.ref)


def _jwt(subject: Subject) -> Jwt | None:
    mesh = subject.expected.registry.mesh if subject.expected else None
    return mesh.jwt if mesh else None
