"""Strategies that build valid registries, as plain data, and write them as YAML.

A registry is drawn in long and short forms alike. Services are drawn in an order in which each waits only for earlier
ones; edges that do not wait (`startup: false`) go anywhere. Every free text is nasty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.property.meshes import in_a_mesh

Data: TypeAlias = dict[str, Any]

NASTY = (
    "", " ", " leading", "trailing ", "\n", "one\ntwo\n", "\n\nblank first", "no newline at the end\nlast",
    "tab\there", "cr\rlf\r\nend", "it's", 'say "hello"', "back\\slash", "`tick`", "# no comment", "a: b", "a #b",
    "- item", "? key", "key:", "[[ x ]]", "[% raw %]", "{{ .Values.x }}", "{{- end }}", "{{/* gone */}}", "{# x #}",
    "}}", "${HOME}", "$(HOME)", "$${x}", "%d %s", "yes", "on", "null", "~", "true", "0123", "1e3", "12e03", "0x1F",
    "0o17", ".inf", "12:30:45", "1_000", "2024-01-01", "=", "<<", "*alias", "&anchor", "!tag", "|", ">-", "@at",
    "%TAG", "---", "...", "--- x", "{a: b}", "[a]", "é世界🎫", "\u2028line", "\u00a0hard", "\ufeffbom",
    "\u200bzero", "\x01ctl", "\x1b[31mred", "9007199254740993", "-0", "+1", "1.0", "x" * 400,
    ("long words " * 40).strip(), "<a href='x'>&amp;</a>", "C:\\dir\\new",
)  # fmt: skip
REFUSED = "\0" + "".join(map(chr, range(0x7F, 0xA0))) + "\ufffe\uffff"
"""What no registry may hold (CG004), beside surrogates."""
KINDS = ("Deployment", "Deployment", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters=REFUSED)
EMPTIED = ("affinity", "labels", "securityContext", "serviceAccount")
"""Fields that are only ever drawn as `none`."""
UNORDERED = ("services", "versions", "dependencies", "datastores", "externals", "publishes", "subscribes")
"""Lists whose order means nothing."""
LONGEST_REASON = 200
WORDS = ("orders", "auth", "cart", "mail", "stock", "ledger", "search", "front", "audit", "rates", "seats", "venue")


def texts(minimum: int = 0) -> st.SearchStrategy[str]:
    """Text that breaks careless writers: a known trouble-maker, or any characters that YAML can hold."""
    known = [text for text in NASTY if len(text) >= minimum]
    return st.one_of(st.sampled_from(known), st.text(CHARACTERS, min_size=minimum, max_size=12))


def quoted(text: str) -> str:
    """The text as an env value that means itself: a literal `${` is written `$${`."""
    return text.replace("${", "$${")


@st.composite
def registries(draw: st.DrawFn, *, most: int = 6) -> Data:
    """A valid registry of at most that many services."""
    names = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=most, unique=True))
    services: list[Data] = []
    for name in names:
        services.append(draw(_services(name, services)))
    for service in services:
        draw(_calls_without_waiting(service, services))
    stores, externals = draw(_stores()), draw(_externals())
    for service in services:
        draw(_uses(service, stores, externals))
    registry: Data = {
        "apiVersion": "chartgen.dev/v1",
        "kind": "ServiceRegistry",
        "metadata": {"name": "platform", "version": "1.0.0", "description": draw(texts(1).filter(str.strip))},
        "images": {"prefix": "example"},
        "services": services,
    }
    registry |= {"datastores": stores} if stores else {}
    registry |= {"externals": externals} if externals else {}
    if draw(st.booleans()):
        registry["defaults"] = {
            "env": {"SHARED": quoted(draw(texts()))},
            "annotations": {"example.com/shared": draw(texts())},
        }
    if draw(st.booleans()):
        registry["environments"] = [{"name": "dev"}, {"name": "prod"}]
    draw(in_a_mesh(registry, texts(1).filter(lambda text: len(text) <= LONGEST_REASON)))
    return registry


@st.composite
def _services(draw: st.DrawFn, name: str, earlier: Sequence[Data]) -> Data:
    kind = draw(st.sampled_from(KINDS))
    service: Data = {"name": name, "env": draw(_env()), "args": draw(st.lists(texts(), max_size=2))}
    if kind != "Deployment" or draw(st.booleans()):
        service["kind"] = kind
    if kind == "CronJob":
        service["schedule"] = "*/5 * * * *"
    if kind not in ("CronJob", "Job"):
        service |= draw(_serving())
    if kind in ("Deployment", "StatefulSet"):
        service |= draw(_scaling())
        if draw(st.integers(0, 3)) == 0:
            service["versions"] = draw(_versions(_callable(earlier)))
    service |= draw(_extras())
    if "scaling" in service and service.get("resources") == "none":
        del service["resources"]
    targets = {target["name"]: target for target in _callable(earlier)}
    if targets:
        called = draw(st.lists(st.sampled_from(sorted(targets)), unique=True, max_size=3))
        service["dependencies"] = [draw(_edges(targets[name])) for name in called]
    return service


@st.composite
def _versions(draw: st.DrawFn, targets: Sequence[Data]) -> list[Data]:
    """One to three versions, each with variables and perhaps a call of its own."""
    names = draw(st.lists(st.sampled_from(["v1", "v2", "canary"]), min_size=1, max_size=3, unique=True))
    versions: list[Data] = [
        {"name": name, "env": draw(_env()), "args": draw(st.lists(texts(), max_size=1))} for name in names
    ]
    for version in versions:
        calls = draw(st.booleans())
        if targets and calls:
            version["dependencies"] = [draw(_edges(draw(st.sampled_from(targets))))]
    return versions


ENGINES = ("postgresql", "mysql", "mongodb", "redis", "valkey", "memcached", "kafka", "rabbitmq", "nats")
WAYS: tuple[Data, ...] = (
    {"provision": "builtin"},
    {"provision": ["builtin", "external"]},
    {"provision": {"default": "external", "builtin": {}, "external": {"host": "db.example.com", "port": 1234}}},
    {"provision": {"external": {"host": "db.example.com", "tls": True}}},
    {},
)


@st.composite
def _stores(draw: st.DrawFn) -> list[Data]:
    """A few datastores, each with a name of its own; at most one broker."""
    engines = draw(st.lists(st.sampled_from(ENGINES), max_size=3))
    return [
        {
            "name": f"store-{number}",
            "engine": engine,
            "role": draw(st.sampled_from(["broker", "cache"])) if number == 0 else "database",
            "description": draw(texts()),
            **draw(st.sampled_from(WAYS)),
        }
        for number, engine in enumerate(engines)
    ]


@st.composite
def _externals(draw: st.DrawFn) -> list[Data]:
    hosts = draw(st.lists(st.sampled_from(["api.example.com", "*.example.org", "192.0.2.7"]), max_size=2, unique=True))
    return [{"name": f"outside-{number}", "host": host} for number, host in enumerate(hosts)]


@st.composite
def _uses(draw: st.DrawFn, service: Data, stores: Sequence[Data], externals: Sequence[Data]) -> None:
    """Adds edges to datastores and externals, with variables that refer to them, and events."""
    for node in (*stores, *externals):
        if draw(st.booleans()):
            name = node["name"]
            service["dependencies"] = [*service.get("dependencies", []), name]
            if "engine" in node:
                told = f"${{{name}.host}} {quoted(draw(texts()))}"
                service["env"] = {**service.get("env", {}), f"AT_{name[-1]}": told}
    if stores and stores[0]["role"] == "broker" and draw(st.booleans()):
        service["events"] = {draw(st.sampled_from(["publishes", "subscribes"])): ["done", "made.new"]}


def _env() -> st.SearchStrategy[Data]:
    names = st.sampled_from(["LEVEL", "GREETING", "PATTERN", "lower.case-name", "_X"])
    return st.dictionaries(names, texts().map(quoted), max_size=4)


@st.composite
def _serving(draw: st.DrawFn) -> Data:
    """Ports and health, in short or long form; or none: a worker."""
    form = draw(st.sampled_from(["short", "long", "worker"]))
    if form == "worker":
        return {}
    if form == "short":
        return {"port": draw(st.integers(1024, 65535)), "healthEndpoint": "/health"}
    header = {"X-Probe": draw(texts())}
    return {
        "ports": [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "grpc", "port": 9090}],
        "probes": {
            "readiness": {"http": {"path": "/ready", "port": "http", "headers": header}},
            "liveness": {"exec": ["probe", draw(texts())], "periodSeconds": 30},
        },
    }


def _scaling() -> st.SearchStrategy[Data]:
    return st.sampled_from(
        [
            {},
            {"scaling": {"replicas": 2}},
            {"scaling": "none"},
            {"scaling": {"minInstances": 2, "maxInstances": 5, "cpuThreshold": 70}},
            {"scaling": {"minInstances": 2, "maxInstances": 9, "memoryThreshold": 80}},
        ]
    )


@st.composite
def _extras(draw: st.DrawFn) -> Data:
    """Some of the rarer fields."""
    fields: Data = {
        "owner": draw(texts()),
        "description": draw(texts()),
        "settings": {"FLAG": draw(texts())},
        "annotations": {"example.com/note": draw(texts())},
        "files": {"/etc/app/config.txt": draw(texts()), "/etc/app/other.txt": draw(texts())},
        "command": ["run", draw(texts())],
        "lifecycle": {"preStop": {"exec": {"command": ["stop", draw(texts())]}}},
        "sidecars": [{"name": "helper", "image": "example/helper:1.0", "env": {"SIDE": quoted(draw(texts()))}}],
        "initContainers": [{"name": "prepare", "args": [draw(texts())]}],
        "enabled": draw(st.booleans()),
        "resources": draw(st.sampled_from(["none", {"requests": {"cpu": "50m"}}, {"limits": {"memory": "1Gi"}}])),
        "volumes": [{"name": "cache", "mountPath": "/cache", "emptyDir": {}}],
    }
    fields |= dict.fromkeys(EMPTIED, "none")
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=6))
    return {key: fields[key] for key in sorted(chosen)}


def _edges(target: Data) -> st.SearchStrategy[Any]:
    """An edge, short or long; optional where the target is switched off."""
    name = target["name"]
    if not target.get("enabled", True):
        return st.just({"service": name, "optional": True})
    long: list[Any] = [{"service": name}, {"service": name, "ports": "all"}, {"service": name, "optional": True}]
    return st.sampled_from([name, *long])


def _callable(services: Sequence[Data]) -> list[Data]:
    return [service for service in services if "port" in service or "ports" in service]


@st.composite
def _calls_without_waiting(draw: st.DrawFn, service: Data, services: Sequence[Data]) -> None:
    """Adds an edge that may close a cycle, for its caller does not wait."""
    called = {name_of(edge) for edge in service.get("dependencies", [])} | {service["name"]}
    targets = [target["name"] for target in _callable(services) if target["name"] not in called]
    if draw(st.booleans()) and targets:
        edge = {"service": draw(st.sampled_from(targets)), "startup": False, "optional": True}
        service.setdefault("dependencies", []).append(edge)


def name_of(edge: Any) -> str:
    """The target of an edge, short or long."""
    return str(edge["service"] if isinstance(edge, dict) else edge)


def shuffled(data: Any, draw: Callable[[st.SearchStrategy[Any]], Any], *, key: str = "") -> Any:
    """The same data with its keys, and the lists whose order means nothing, in another order."""
    if isinstance(data, dict):
        order = draw(st.permutations(sorted(data)))
        return {name: shuffled(data[name], draw, key=name) for name in order}
    if isinstance(data, list):
        items = [shuffled(item, draw) for item in data]
        return draw(st.permutations(items)) if key in UNORDERED else items
    return data


def as_yaml(data: Any) -> str:
    """The data as YAML in flow style; strings in double quotes, with escapes for what cannot stand there itself."""
    return _flow(data) + "\n"


def _flow(data: Any) -> str:
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{_string(key)}: {_flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list | tuple):
        return "[" + ", ".join(map(_flow, data)) + "]"
    if isinstance(data, bool):
        return str(data).lower()
    return _string(data) if isinstance(data, str) else str(data)


def _string(text: str) -> str:
    return '"' + "".join(_character(char) for char in text) + '"'


def _character(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"
