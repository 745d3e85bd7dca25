"""A platform of any size, as a registry, from a seed: the same bytes for the same size and seed.

Its shares are exact, not drawn: kinds, services with two ports, services with a config file, a datastore for every
twenty services. On average a service has three edges to others and eight env entries; half of them call a datastore,
and a quarter have events. In a mesh, one service in twenty has a route from the door, and one edge in three says how it
is called. It is free of warnings.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = {"Deployment": 85, "StatefulSet": 5, "DaemonSet": 2, "CronJob": 5, "Job": 3}
TWO_PORTS = 20
CONFIG_FILE = 30
EDGES = (0, 1, 2, 3, 3, 3, 4, 5, 6)
ENV = tuple(range(4, 13))
STORES = 20
"""One datastore for so many services; the first is the broker."""
ENGINES = (("kafka", "kafka"), ("postgresql", "db"), ("redis", "cache"), ("mongodb", "docs"), ("mysql", "sql"))
ROUTED = 20
"""In a mesh, one service in so many has a route, each with a path of its own."""
NARROWED = 3
"""In a mesh, one edge in so many names its methods and times out."""
SHARED = 50
"""One service in so many is shared infrastructure (auth, audit, …), which a quarter of all edges go to."""

PORTS = 10_000
"""Where the services' ports begin: no datastore has one of theirs, since in a mesh a port has one protocol."""

_DOMAINS = (
    "account audit auth basket billing booking campaign card catalog checkout claim consent contract coupon courier "
    "currency customer delivery device discount document dispute fraud gift identity inventory invoice ledger listing "
    "loyalty media menu merchant message notification offer order partner payment payout policy pricing product "
    "profile quote rating refund report reservation return review risk route schedule search seat seller session "
    "settlement shipment signup stock store subscription supplier support tax ticket transfer usage user vendor venue "
    "voucher wallet warehouse wishlist promotion"
)
DOMAINS = tuple(_DOMAINS.split())
ROLES = ("api", "service", "worker", "gateway", "engine", "indexer", "resolver", "store", "sync", "view")
PLACES = ("core", "eu", "us", "apac", "web", "mobile", "b2b", "retail", "ops", "emea", "latam", "nordic", "partner")
TEAMS = ("atlas", "borealis", "cobalt", "dynamo", "ember", "falcon")
SETTINGS = (
    ("LOG_LEVEL", ("info", "warn", "debug")),
    ("LOG_FORMAT", ("json",)),
    ("HTTP_TIMEOUT_MS", ("500", "1500", "3000")),
    ("HTTP_MAX_CONNECTIONS", ("64", "128", "512")),
    ("CACHE_TTL", ("30s", "5m", "1h")),
    ("CACHE_SIZE_MB", ("16", "64", "128")),
    ("REGION", ("eu-west-1", "us-east-1")),
    ("FEATURE_NEW_FLOW", ("true", "false", "yes", "on")),
    ("RETRY_LIMIT", ("3", "5", "0")),
    ("SAMPLE_RATE", ("0.1", "0.05", "1e-3")),
    ("TRACE_HEADER", ("traceparent", "x-request-id")),
    ("GREETING", ('"Grüße: \\"hello\\""', "'it''s open'", '"10:30"')),
    ("QUEUE_PREFETCH", ("10", "50")),
    ("WORKER_THREADS", ("2", "4", "8")),
    ("PAGE_SIZE", ("20", "100")),
)
SECRETS = (("DATABASE_PASSWORD", "password"), ("API_TOKEN", "token"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one service will be."""

    name: str
    kind: str
    port: int
    two_ports: bool
    config: bool
    calls: tuple[str, ...]
    store: str
    events: str

    @property
    def callable(self) -> bool:
        """Whether it has ports, so that others may call it."""
        return self.port > 0


def registry(size: int, seed: int = 1, *, mesh: bool = False) -> str:
    """The registry of a platform of that many services, as YAML; but for what is the mesh's the same with and without
    one."""
    draw = random.Random(f"{seed}/{size}")
    lines = [*_head(size), *(_mesh(size, seed) if mesh else ()), *_stores(size), "services:"]
    for plan in _plans(size, draw):
        lines += _service(plan, draw, mesh=mesh)
    return "\n".join(lines) + "\n"


def _mesh(size: int, seed: int) -> Iterator[str]:
    plans = _plans(size, random.Random(f"{seed}/{size}"))
    issuer = "https://id.example.com"
    yield "mesh:"
    yield "  type: istio"
    yield "  pathNormalization: decodeAndMergeSlashes"
    yield f"  jwt: {{issuer: {issuer}, audiences: [bench], jwksUri: {issuer}/keys}}"
    yield "gateway:"
    yield "  hosts: [bench.example.com]"
    yield "  tls: bench-tls"
    yield "  routes:"
    for plan in [plan for plan in plans if plan.callable][::ROUTED]:
        yield f"    - {{service: {plan.name}, port: http, paths: [/{plan.name}, /{plan.name}/*], methods: [GET, POST]}}"


def _plans(size: int, draw: random.Random) -> Iterator[Plan]:
    kinds = _dealt(size, KINDS, draw)
    with_ports = [at for at, kind in enumerate(kinds) if kind not in ("Job", "CronJob")]
    two_ports = set(draw.sample(with_ports, min(len(with_ports), size * TWO_PORTS // 100)))
    configs = set(draw.sample(range(size), size * CONFIG_FILE // 100))
    callees: list[str] = []
    for at, (name, kind) in enumerate(zip(_names(size, draw), kinds, strict=True)):
        port = 0 if kind in ("Job", "CronJob") else PORTS + at % 4000
        yield Plan(
            name=name,
            kind=kind,
            port=port,
            two_ports=at in two_ports,
            config=at in configs,
            calls=_calls(callees, draw),
            store=_store(1 + at // 2 % max(size // STORES - 1, 1))[1] if at % 2 and size >= 2 * STORES else "",
            events=_events(at) if at % 4 == 0 and size >= STORES else "",
        )
        if port:
            callees.append(name)


def _store(number: int) -> tuple[str, str]:
    """Engine and name of that datastore."""
    engine, role = ENGINES[0] if number == 0 else ENGINES[1 + (number - 1) % (len(ENGINES) - 1)]
    return engine, f"{role}-{number}"


def _events(at: int) -> str:
    """What every fourth service publishes, and that it awaits what the one before published."""
    awaited = f", subscribes: [topic-{at - 4}]" if at else ""
    return f"{{publishes: [topic-{at}]{awaited}}}"


def _stores(size: int) -> Iterator[str]:
    if size >= STORES:
        yield "datastores:"
    for number in range(size // STORES):
        engine, name = _store(number)
        yield f"  - {{name: {name}, engine: {engine}, provision: [builtin, external]}}"


def _dealt(size: int, shares: dict[str, int], draw: random.Random) -> list[str]:
    """Each name as often as its share of a hundred says, shuffled; the first takes what rounding leaves."""
    first, *others = shares
    dealt = [name for name in others for _ in range(size * shares[name] // 100)]
    dealt += [first] * (size - len(dealt))
    draw.shuffle(dealt)
    return dealt


def _names(size: int, draw: random.Random) -> list[str]:
    plain = [f"{domain}-{role}" for domain in DOMAINS for role in ROLES]
    draw.shuffle(plain)
    placed = (f"{name}-{place}" for place in PLACES for name in plain)
    return [*plain, *(name for _, name in zip(range(max(size - len(plain), 0)), placed, strict=False))][:size]


def _calls(callees: list[str], draw: random.Random) -> tuple[str, ...]:
    wanted = min(draw.choice(EDGES), len(callees))
    shared = callees[: max(len(callees) // SHARED, 1)]
    found: set[str] = set()
    while len(found) < wanted:
        found.add(draw.choice(shared if draw.random() < 0.25 else callees))
    return tuple(sorted(found))


def _head(size: int) -> Iterator[str]:
    yield from (
        "apiVersion: chartgen.dev/v1",
        "kind: ServiceRegistry",
        "metadata:",
        f"  name: bench-{size}",
        "  version: 1.4.0",
        f"  description: A platform of {size} services",
        "  maintainers: [{name: Platform team, email: platform@example.com}]",
        "images: {prefix: ghcr.io/example}",
        "environments: [{name: dev}, {name: prod}]",
    )


def _service(plan: Plan, draw: random.Random, *, mesh: bool) -> Iterator[str]:
    domain, role = plan.name.split("-")[:2]
    yield f"  - name: {plan.name}"
    yield f"    type: {role}"
    yield f"    owner: {draw.choice(TEAMS)}"
    yield f"    description: Keeps every {domain} of the platform"
    if plan.kind != "Deployment":
        yield f"    kind: {plan.kind}"
    if plan.kind == "CronJob":
        yield f'    schedule: "{draw.randint(0, 59)} {draw.randint(0, 23)} * * *"'
    yield from _ports(plan)
    calls = [_edge(call, at, mesh=mesh) for at, call in enumerate(plan.calls)]
    calls += [plan.store] if plan.store else []
    if calls:
        yield f"    dependencies: [{', '.join(calls)}]"
    if plan.events:
        yield f"    events: {plan.events}"
    yield from _sizes(plan, draw)
    yield from _env(plan, draw)
    if plan.config:
        yield from _config(plan, draw)
    if plan.kind == "StatefulSet":
        yield "    volumes:"
        yield f"      - {{name: data, mountPath: /var/lib/{domain}, claim: {{size: {draw.choice((1, 8, 20))}Gi}}}}"


def _edge(callee: str, at: int, *, mesh: bool) -> str:
    return f"{{service: {callee}, methods: [GET], timeout: 2s}}" if mesh and at % NARROWED == 2 else callee


def _ports(plan: Plan) -> Iterator[str]:
    if plan.two_ports:
        yield "    ports:"
        yield f"      - {{name: http, port: {plan.port}}}"
        yield "      - {name: metrics, port: 9100, targetPort: 9100, protocol: http}"
    elif plan.port:
        yield f"    port: {plan.port}"
    if plan.port:
        yield "    healthEndpoint: /healthz"


def _sizes(plan: Plan, draw: random.Random) -> Iterator[str]:
    if plan.kind in ("Deployment", "StatefulSet"):
        low, threshold = draw.randint(2, 4), draw.randrange(50, 90, 5)
        yield f"    scaling: {{minInstances: {low}, maxInstances: {low * 3}, cpuThreshold: {threshold}}}"
    if draw.random() < 0.4:
        cpu, memory = draw.choice((100, 250, 500)), draw.choice((128, 256, 512))
        yield "    resources:"
        yield f"      requests: {{cpu: {cpu}m, memory: {memory}Mi}}"
        yield f"      limits: {{cpu: {cpu * 4}m, memory: {memory * 2}Mi}}"


def _env(plan: Plan, draw: random.Random) -> Iterator[str]:
    wanted = draw.choice(ENV)
    yield "    env:"
    special = [f"{_variable(name)}_URL: ${{{name}.url}}" for name in plan.calls[:2]]
    if draw.random() < 0.4:
        variable, key = draw.choice(SECRETS)
        special.append(f"{variable}: {{secret: {plan.name}, key: {key}}}")
    if draw.random() < 0.2:
        special.append("POD_NAME: {field: metadata.name}")
    if plan.store:
        special.append(f"STORE_HOST: ${{{plan.store}.host}}")
    plain = [f"{name}: {draw.choice(values)}" for name, values in draw.sample(SETTINGS, max(wanted - len(special), 0))]
    yield from (f"      {entry}" for entry in special + plain)


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")


def _config(plan: Plan, draw: random.Random) -> Iterator[str]:
    yield "    files:"
    yield f"      /etc/{plan.name}/config.yaml: |"
    yield f"        service: {plan.name}"
    yield "        server:"
    yield f"          shutdownGrace: {draw.choice((5, 10, 25))}s"
    yield f"          maxBody: {draw.choice((1, 4, 16))}MiB"
    yield "        limits:"
    for name in draw.sample(DOMAINS, draw.randint(3, 12)):
        yield f"          {name}: {draw.randint(1, 500)}"


def main() -> None:
    """Writes a registry to stdout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("size", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mesh", action="store_true", help="in a mesh, with a door")
    options = parser.parse_args()
    sys.stdout.write(registry(options.size, options.seed, mesh=options.mesh))


if __name__ == "__main__":
    main()
