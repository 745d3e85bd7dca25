"""Calls to ask about. Most are drawn from what a policy admits, with something changed in half of them, so that about
half are allowed; the evaluator has no part in the drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import TYPE_CHECKING, Any

from chartgen.mesh.model import Call, Caller, Identity, Request, Signature, Token, Workload

if TYPE_CHECKING:
    from chartgen.mesh.model import Tree
    from tests.envoy.harness.stage import Stage

SIGNATURES = {
    "good": Signature.GOOD,
    "endless": Signature.GOOD,
    "bad": Signature.BAD,
    "unsigned": Signature.BAD,
    "expired": Signature.EXPIRED,
    "early": Signature.NOT_YET,
}
"""Kinds of token that the judge can write, and what a proxy finds."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HOME = "127.0.0.1"
_TIMES = ("exp", "nbf", "iat")
_HTTP = ("HTTP", "HTTP2", "GRPC", "GRPC-Web", "HTTP_PROXY")
_UNKNOWN = "UnsupportedProtocol"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """A token, and how it is written."""

    claims: Mapping[str, Any]
    kind: str = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call, in the words of both sides. `identity` None: plaintext. `method` empty: bytes."""

    callee: Workload
    to: str
    port: int
    identity: Identity | None
    address: str = HOME
    method: str = ""
    path: str = "/"
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    bearer: Bearer | None = None

    def call(self) -> Call:
        """As the evaluator is asked."""
        caller = Caller(identity=self.identity, address=self.address)
        return Call(caller=caller, callee=self.callee, port=self.port, request=self._request())

    def _request(self) -> Request | None:
        if not self.method:
            return None
        token = Token(claims=self.bearer.claims, signature=SIGNATURES[self.bearer.kind]) if self.bearer else None
        return Request(method=self.method, path=self.path, host=self.host, headers=self.headers, token=token)

    def told(self) -> dict[str, Any]:
        """As the judge is asked."""
        who = self.identity
        spiffe = f"spiffe://{who.trust_domain or 'cluster.local'}/ns/{who.namespace}/sa/{who.account}" if who else ""
        told: dict[str, Any] = {"from": self.address, "to": self.to, "port": self.port, "as": spiffe, "request": None}
        if self.method:
            headers = [[name, value] for name, value in self.headers.items()]
            told["request"] = {"method": self.method, "path": self.path, "host": self.host, "headers": headers}
            token = {"claims": dict(self.bearer.claims), "kind": self.bearer.kind} if self.bearer else None
            told["request"]["token"] = token
        return told

    def __str__(self) -> str:
        who = str(self.identity) if self.identity else "plaintext"
        request = (
            f"{self.method} {self.path} host {self.host} {dict(self.headers)} {self.bearer}" if self.method else "bytes"
        )
        return f"{who} from {self.address} → {self.to}:{self.port} {request}"


class Drawing:
    """Draws questions about a stage. `ports`: what the judge takes the ports of each workload for."""

    def __init__(self, stage: Stage, ports: Mapping[str, Mapping[int, str]], random: Random) -> None:
        self._stage = stage
        self._ports = ports
        self._random = random
        self._policies = [p for p in stage.of_kind("AuthorizationPolicy") if p["spec"].get("rules")]
        self._issuers = [
            rule for each in stage.of_kind("RequestAuthentication") for rule in each["spec"].get("jwtRules", ())
        ]
        self._domain = stage.settings.get("trustDomain", "")
        self._callees = [each for each in stage.world.workloads if len(self._ports[stage.named(each)]) > 1]
        self._rules = {stage.named(each): list(self._rules_of(each)) for each in self._callees}

    def some(self, number: int) -> list[Question]:
        """So many questions."""
        return [self._one() for _ in range(number)]

    def _one(self) -> Question:
        ruled = [callee for callee in self._callees if self._rules[self._stage.named(callee)]]
        callee = self._random.choice(ruled if ruled and self._random.random() < 0.9 else self._callees)
        rules = self._rules[self._stage.named(callee)]
        start = self._admitted(callee, self._random.choice(rules)) if rules else self._any(callee)
        for _ in range(self._random.choice((0, 0, 1, 1, 2))):
            start = self._changed(start)
        return start

    def _rules_of(self, callee: Workload) -> Iterator[tuple[str, Tree]]:
        """The rules of the policies that select the workload, each with its policy's namespace."""
        for policy in self._policies:
            where = policy["metadata"]["namespace"]
            wanted = policy["spec"].get("selector", {}).get("matchLabels", {})
            if where in (callee.namespace, "istio-system") and wanted.items() <= callee.labels.items():
                yield from ((where, rule) for rule in policy["spec"]["rules"])

    def _any(self, callee: Workload) -> Question:
        """A call without a policy to begin with."""
        to = self._stage.named(callee)
        port = self._random.choice(list(self._ports[to]))
        question = Question(callee=callee, to=to, port=port, identity=self._identity())
        return self._spoken(question)

    def _admitted(self, callee: Workload, placed: tuple[str, Tree]) -> Question:
        """A call that the rule speaks of."""
        namespace, rule = placed
        question = self._any(callee)
        source = self._random.choice(rule.get("from") or [{"source": {}}]).get("source", {})
        operation = self._random.choice(rule.get("to") or [{"operation": {}}]).get("operation", {})
        question = replace(question, identity=self._identity_in(source, namespace) or question.identity)
        numbers = [
            int(port) for port in operation.get("ports", ()) if port.isdigit() and int(port) in self._ports[question.to]
        ]
        if numbers:
            question = self._spoken(replace(question, port=self._random.choice(numbers)))
        if source.get("ipBlocks") or source.get("remoteIpBlocks"):
            question = self._at(question, [*source.get("ipBlocks", ()), *source.get("remoteIpBlocks", ())])
        when = rule.get("when") or []
        blocks = [
            block for each in when if each["key"] in ("source.ip", "remote.ip") for block in each.get("values", ())
        ]
        question = self._at(question, blocks) if blocks else question
        if not question.method:
            return question
        question = replace(
            question,
            method=self._method(operation.get("methods") or [question.method]),
            path=self._like(operation.get("paths"), question.path),
            host=self._like(operation.get("hosts"), question.host),
        )
        return self._conditioned(question, source, when)

    def _at(self, question: Question, blocks: Sequence[str]) -> Question:
        """The call from an address of one of these blocks, or, in a header, on behalf of it."""
        address = self._random.choice(blocks).partition("/")[0]
        if address.startswith("127."):
            question = replace(question, address=address)
        if question.method and self._random.random() < 0.5:
            question = replace(question, headers={**question.headers, "x-forwarded-for": f"198.51.100.1, {address}"})
        return question

    def _conditioned(self, question: Question, source: Tree, conditions: list[Tree]) -> Question:
        """The call with what the conditions ask for."""
        claims: dict[str, Any] = {}
        headers: dict[str, str] = {}
        for condition in conditions:
            key, name = condition["key"], condition["key"].partition("[")[2].rstrip("]")
            value = self._like(condition.get("values"), "x")
            if key.startswith("request.auth.claims["):
                if name in _TIMES:
                    continue  # the judge writes them
                _put(claims, name.split("]["), [value, "other"] if self._random.random() < 0.4 else value)
            elif key.startswith("request.headers["):
                question = self._with_header(question, headers, name.lower(), value)
            elif key == "request.auth.audiences":
                claims["aud"] = [value]
            elif key == "request.auth.principal":
                claims["iss"], _, claims["sub"] = value.partition("/")
        question = replace(question, headers={**question.headers, **headers})
        wanted = source.get("requestPrincipals")
        if wanted:
            claims["iss"], _, claims["sub"] = self._like(wanted, "").rpartition("/")
        shown = question.headers.get("authorization")
        if not shown and (claims or wanted or (self._issuers and self._random.random() < 0.2)):
            question = replace(question, bearer=self._bearer(claims))
        return question

    def _with_header(self, question: Question, headers: dict[str, str], name: str, value: str) -> Question:
        """The call, with a header: one of the first line's is a part of the call itself."""
        if name == ":path":
            return replace(question, path=value if value.startswith("/") else f"/{value}")
        if name == ":method":
            return replace(question, method=self._method([value]))
        if not name.startswith((":", "x-forwarded-proto")):
            headers[name] = value
        return question

    def _bearer(self, claims: Mapping[str, Any]) -> Bearer | None:
        """A token that some issuer would write, with these claims."""
        known = [rule for rule in self._issuers if claims.get("iss") in (None, rule["issuer"])] or self._issuers
        if not known:
            return None
        rule = self._random.choice(known)
        audiences = rule.get("audiences") or ["anyone"]
        subject = claims.get("sub") if claims.get("sub") not in (None, "", "*") else "user-7"
        return Bearer(claims={"aud": self._random.choice(audiences), **claims, "iss": rule["issuer"], "sub": subject})

    def _identity(self) -> Identity | None:
        """Somebody of this stage."""
        workload = self._random.choice(self._stage.world.workloads)
        return self._of_domain(workload.namespace, workload.account)

    def _of_domain(self, namespace: str, account: str) -> Identity:
        return Identity(namespace=namespace, account=account, trust_domain=self._domain)

    def _identity_in(self, source: Tree, namespace: str) -> Identity | None:
        """Somebody whom a source names."""
        accounts = [each if "/" in each else f"{namespace}/{each}" for each in source.get("serviceAccounts", ())]
        names = [*accounts, *source.get("principals", ())]
        if names:
            return self._bearing(self._random.choice(names))
        if source.get("namespaces"):
            return self._of_domain(self._random.choice(source["namespaces"]).replace("*", "x"), "any")
        return None

    def _bearing(self, name: str) -> Identity | None:
        """Somebody of that principal, or account."""
        own = self._domain or "cluster.local"
        everyone = [f"{own}/ns/{each.namespace}/sa/{each.account}" for each in self._stage.world.workloads]
        start, star, end = name.partition("*")
        fit = [each for each in everyone if star and each.startswith(start) and each.endswith(end)]
        name = self._random.choice(fit) if fit else f"{start}{'x' if star else ''}{end}"
        domain, _, who = name.rpartition("/ns/")
        where, _, account = (who if "/sa/" in who else who.replace("/", "/sa/", 1)).partition("/sa/")
        if not where or not account:
            return None
        return Identity(namespace=where, account=account, trust_domain=domain.replace("*", "") or self._domain)

    def _spoken(self, question: Question) -> Question:
        """The call as a request, where the port is for such; what Istio does not know may be either."""
        protocol = self._ports[question.to].get(question.port, "")
        share = 0.97 if protocol in _HTTP else 0.5 if protocol in ("", _UNKNOWN) else 0.1
        if self._random.random() >= share:
            return replace(question, method="")
        host = f"{question.callee.name}.{question.callee.namespace}.svc.cluster.local"
        return replace(question, method="GET", path="/", host=self._random.choice((host, f"{host}:{question.port}")))

    def _like(self, patterns: list[str] | None, otherwise: str) -> str:
        """Something that one of the patterns matches."""
        if not patterns:
            return otherwise
        pattern = self._random.choice(patterns)
        if "{" in pattern:
            return pattern.replace("{**}", self._random.choice(("a/b", "a", ""))).replace("{*}", "a")
        if pattern == "*":
            return otherwise or "x"
        word = self._random.choice(("x", "a/b", "..%2fadmin", "")) if "/" in pattern else "x"
        return pattern.replace("*", word)

    def _method(self, patterns: Sequence[str]) -> str:
        """A method that HTTP has, and one of the patterns matches."""
        fit = [method for method in METHODS if any(fnmatchcase(method, pattern) for pattern in patterns)]
        return self._random.choice(fit or METHODS)

    def _changed(self, question: Question) -> Question:
        """The call with one thing otherwise."""
        changes = [self._by_another, self._on_another_port, self._from_elsewhere]
        if question.method:
            changes += [
                self._with_another_header,
                self._otherwise_asked,
                self._elsewhere,
                self._elsewhere,
                self._with_another_token,
                self._for_another_host,
            ]
        return self._random.choice(changes)(question)

    def _by_another(self, question: Question) -> Question:
        who = question.identity or self._identity()
        assert who
        others = (
            None,
            self._identity(),
            replace(who, account="stranger"),
            replace(who, namespace="elsewhere"),
            replace(who, trust_domain="other.example.com"),
            replace(who, account=f"{who.account}x"),
            replace(who, trust_domain="cluster.local"),
            self._of_domain("istio-system", "istio-ingressgateway"),
        )
        return replace(question, identity=self._random.choice(others))

    def _from_elsewhere(self, question: Question) -> Question:
        return replace(question, address=self._random.choice((HOME, "127.0.0.9", "127.7.0.1")))

    def _on_another_port(self, question: Question) -> Question:
        port = self._random.choice(list(self._ports[question.to]))
        return self._spoken(replace(question, port=port)) if port != question.port else question

    def _otherwise_asked(self, question: Question) -> Question:
        method = self._random.choice(METHODS)
        preflight = {"origin": "https://app.example.com", "access-control-request-method": "GET"}
        asked = method == "OPTIONS" and self._random.random() < 0.6
        return replace(question, method=method, headers={**question.headers, **(preflight if asked else {})})

    def _elsewhere(self, question: Question) -> Question:
        return replace(question, path=self._random.choice(list(_tricks(question.path))))

    def _for_another_host(self, question: Question) -> Question:
        host = question.host
        others = (
            host.upper(),
            f"x.{host}",
            host.partition(":")[0],
            f"{host.partition(':')[0]}:8443",
            "other.example.com",
        )
        return replace(question, host=self._random.choice(others))

    def _with_another_header(self, question: Question) -> Question:
        if not question.headers:
            return question
        name = self._random.choice(sorted(question.headers))
        rest = {key: value for key, value in question.headers.items() if key != name}
        word = question.headers[name]
        changed = ("", "x", word.upper(), f"{word}x", f"x{word}")
        return replace(question, headers=self._random.choice((rest, *({**rest, name: each} for each in changed))))

    def _with_another_token(self, question: Question) -> Question:
        bearer = question.bearer or self._bearer({})
        if bearer is None or "authorization" in question.headers:
            return question
        claims = bearer.claims
        without = self._random.choice(sorted(claims))
        others = (
            None,
            *(replace(bearer, kind=kind) for kind in SIGNATURES),
            replace(bearer, claims={**claims, "iss": "https://other.example.com"}),
            replace(bearer, claims={**claims, "aud": "other"}),
            replace(
                bearer,
                claims={
                    **claims,
                    "aud": ["other", claims.get("aud", "x")] if isinstance(claims.get("aud"), str) else [],
                },
            ),
            replace(bearer, claims={**claims, "sub": ""}),
            replace(bearer, claims={key: value for key, value in claims.items() if key != without}),
            replace(bearer, claims={**claims, without: 7} if without not in ("iss", "aud", "sub") else claims),
        )
        return replace(question, bearer=self._random.choice(others))


def _tricks(path: str) -> Iterator[str]:
    """Paths that look alike."""
    yield from (f"{path}/", f"{path}x", f"{path}?a=/b", f"{path}#a", f"{path};v=1", f"/{path}", f"{path}/../admin")
    yield from (f"/x/..{path}", f"/.{path}", path.upper(), path.replace("/", "//"), path.replace("/", "%2F"), "/other")
    yield from (
        f"{path}/..%2fadmin",
        f"{path}%2e",
        f"{path}/%2e%2e/admin",
        path.replace("a", "%61"),
        f"{path}/a/b",
        f"{path}\\a",
    )
    yield path.rpartition("/")[0] or "/"


def _put(claims: dict[str, Any], names: list[str], value: Any) -> None:
    """Sets a claim that may lie in another."""
    for name in names[:-1]:
        claims = claims.setdefault(name, {})
    claims[names[-1]] = value
