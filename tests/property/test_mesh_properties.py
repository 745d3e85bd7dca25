"""Whatever people write of a mesh and a gateway: a registry comes of it, or a diagnostic with a place and a mend."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chartgen import emit
from chartgen.registry import compile_registry
from chartgen.registry.checks.paths import misread
from tests.property.meshes import KEYS, METHODS
from tests.property.strategies import NASTY, Data, as_yaml

NAMES = st.sampled_from(["web", "api", "db", "outside", "worker", "nobody"])
HOSTS = st.sampled_from(
    ["a.example.com", "*.example.com", "*", "10.0.0.1", "A.b", "http://a.b", "[::1]", "é.example.com"]
)
PATHS = st.sampled_from(
    [
        "/",
        "/*",
        "/a",
        "/a/*",
        "/a/b/*",
        "/a/b",
        "//",
        "/..",
        "/a%2f",
        "/{x}",
        "/:x",
        "/a*",
        "/*/b",
        "/[",
        "/(",
        "/$",
        "/é",
    ]
)
DURATIONS = st.sampled_from(["1ms", "1s", "2m", "99999h"])
CLAIMS = st.sampled_from(["sub", "exp", "a[b]", "a[b", "a.b", "[", "scope", "roles", "*", " "])
VALUES = st.one_of(
    st.sampled_from(["x", "*", "a b", *(text for text in NASTY if text)]), st.lists(CLAIMS, min_size=1, unique=True)
)
KEY_SETS = st.sampled_from(
    [KEYS, "", "{", "[]", '{"keys": 1}', '{"keys": [1, {"kty": []}, {"kty": "RSA", "n": 1}]}', "[" * 5000]
)
URLS = st.sampled_from(
    ["https://id.example.com/k", "http://web/k", "https://[::1", "https://web.x.svc.cluster.local", "http://."]
)


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Data]:
    """A mapping of these keys."""
    return st.fixed_dictionaries(required, optional=optional)


def many(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=4, unique_by=repr)


DEMANDS = st.dictionaries(CLAIMS, VALUES, min_size=1, max_size=3)
RETRIES = some(
    {"attempts": st.integers(0, 9)},
    {"perTryTimeout": DURATIONS, "conditions": many(st.sampled_from(["5xx", "reset", 503]))},
)
BREAKER = some({"maxRequests": st.integers(1, 9)}, {"interval": DURATIONS, "consecutiveErrors": st.integers(1, 9)})
EDGES = some(
    {},
    {
        "methods": many(st.sampled_from(METHODS)),
        "paths": many(PATHS),
        "timeout": DURATIONS,
        "retries": st.one_of(st.integers(0, 9), RETRIES),
        "circuitBreaker": BREAKER,
        "token": st.booleans(),
        "ports": st.sampled_from(["all", ["http"], [80], ["nothing"]]),
    },
)
ISSUERS = st.one_of(NAMES, some({"service": NAMES}, {"port": st.sampled_from(["http", 80, "x"]), "path": PATHS,
                                                     "fetchedBy": st.sampled_from(["istiod", "proxy"])}))  # fmt: skip
KEY_SOURCES = st.one_of(
    st.builds(lambda value: {"jwksUri": value}, URLS),
    st.builds(lambda value: {"jwks": value}, KEY_SETS),
    st.builds(lambda value: {"issuerService": value}, ISSUERS),
)
TOKENS = some(
    {"issuer": st.sampled_from(["https://id.example.com", "me"]), "audiences": many(st.sampled_from(["a", "b"]))},
    {
        "enforce": st.sampled_from(["edge", "everyHop"]),
        "forward": st.booleans(),
        "requiredClaims": DEMANDS,
        "claimHeaders": st.dictionaries(st.sampled_from(["x-a", "X-A", "Host", "b3"]), CLAIMS, min_size=1),
        "roleClaim": CLAIMS,
    },
)
MESHES = some(
    {"type": st.sampled_from(["istio", "istio", "none"])},
    {
        "mode": st.sampled_from(["sidecar", "ambient"]),
        "minVersion": st.sampled_from(["0.0", "1.22", "1.27", "9999.9999"]),
        "gatewayApiVersion": st.sampled_from(["0.8", "1.4", "1.7"]),
        "pathNormalization": st.sampled_from(["default", "decodeAndMergeSlashes"]),
        "jwt": st.builds(lambda tokens, keys: tokens | keys, TOKENS, KEY_SOURCES),
    },
)
CORS = some(
    {"origins": many(st.sampled_from(["*", "https://a.b", "a.b", "https://A/", "https://*.b", "null"]))},
    {"methods": many(st.sampled_from(METHODS)), "credentials": st.booleans()},
)
ROUTES = some(
    {"service": NAMES},
    {
        "port": st.sampled_from(["http", "tcp", 80, 81, 99]),
        "paths": many(PATHS),
        "methods": many(st.sampled_from(METHODS)),
        "public": st.booleans(),
        "roles": many(st.sampled_from(["a", "b*", "é"])),
        "claims": DEMANDS,
        "hosts": many(HOSTS),
        "timeout": DURATIONS,
        "cors": CORS,
    },
)
GATEWAYS = some(
    {"hosts": many(HOSTS), "routes": many(ROUTES)},
    {"api": st.sampled_from(["gateway", "istio"]), "class": st.just("nginx"), "tls": st.just("shop")},
)


@st.composite
def _registries(draw: st.DrawFn) -> Data:
    ports = [{"port": 80}, {"name": "tcp", "port": 81}, {"name": "udp", "port": 53, "protocol": "udp"}]
    edges = [
        {sort: name, **draw(EDGES)}
        for sort, name in (("service", "api"), ("datastore", "db"), ("external", "outside"), ("service", "worker"))
    ]
    web: Data = {"name": "web", "ports": ports, "dependencies": edges, "exposed": draw(st.booleans())}
    if draw(st.booleans()):
        web["versions"] = [{"name": "v1"}, {"name": "v2", "dependencies": [{"service": "api", **draw(EDGES)}]}]
    api = {"name": "api", "port": 80, "dependencies": [{"service": "web", "startup": False, **draw(EDGES)}]}
    return {
        "apiVersion": "chartgen.dev/v1",
        "kind": "ServiceRegistry",
        "metadata": {"name": "platform", "version": "1.0.0"},
        "services": [web, api, {"name": "worker", "kind": "Job"}],
        "datastores": [{"name": "db", "engine": "postgresql"}],
        "externals": [{"name": "outside", "host": "api.example.com"}],
        **draw(some({}, {"mesh": MESHES, "gateway": GATEWAYS})),
    }


@given(_registries())
def test_every_mistake_has_a_place_and_a_way_out(data: Data) -> None:
    result = compile_registry("registry.yaml", as_yaml(data).encode(), lambda _path: None)
    assert all(found.span.line for found in result.diagnostics)
    assert [found.code for found in result.diagnostics if found.code.startswith("CG7") and not found.hint] == []
    if result.registry:
        assert emit.platform(result.registry)


@given(st.text(st.sampled_from("/ab.*%2f{}[]:?#é \\$")).map("/".__add__))
def test_a_path_is_read_as_it_is_written_or_refused_with_a_mend(path: str) -> None:
    wrong = misread(path)
    if wrong is None:
        body = path.removesuffix("/*")
        assert "*" not in body and "//" not in path and not {".", ".."} & set(body.split("/"))
    else:
        assert all(wrong)
