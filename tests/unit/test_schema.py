from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
import yaml

from chartgen.registry.document import Document, parse
from chartgen.registry.normal import REMOVABLE
from chartgen.registry.schema import MAX_FINDINGS, check_shape, part_schema, schema
from chartgen.registry.suggest import distance, suggest

CASES = Path(__file__).parents[1] / "cases"
REGISTRIES = sorted(path for path in CASES.rglob("registry.yaml") if "expected" not in path.parts)
HEAD = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"


def document_of(text: str) -> Document:
    document, found = parse("registry.yaml", text.encode())
    assert document is not None, found
    return document


def shape_of(text: str) -> list[str]:
    found = check_shape(document_of(HEAD + text))
    return [f"{d.span.line}:{d.span.column} {d.code} {d.message}" + (f" ({d.hint})" if d.hint else "") for d in found]


def service(fields: str) -> str:
    return f"services: [{{name: orders, {fields}}}]\n"


def nodes(node: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            yield from nodes(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, f"{place}/{index}")


def target(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node and "description" not in node:
        found: Any = schema()
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def declarations() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property that the schema declares; what conditions repeat (if, then, …) declares nothing."""
    conditions = ("/if/", "/then/", "/else/", "/dependentSchemas/")
    for place, node in nodes(schema()):
        if "type" in node:
            for group in ("properties", "patternProperties"):
                for name, declared in node.get(group, {}).items():
                    if not any(word in f"{place}/" for word in conditions):
                        yield f"{place}/{name}", declared


def test_the_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema_rs.meta.validate(schema())


def test_the_schema_of_an_included_file_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(part_schema())
    validator = jsonschema_rs.Draft202012Validator(part_schema())
    assert validator.is_valid({"services": [{"name": "cart", "port": 80}]})
    assert not validator.is_valid({"services": [{"name": "cart", "prot": 80}]})
    assert not validator.is_valid({"metadata": {"name": "shop", "version": "1.0.0"}})


def test_every_property_has_a_description() -> None:
    places = dict(declarations())
    assert len(places) > 200
    assert [place for place, declared in places.items() if not target(declared).get("description")] == []
    texts = {target(declared)["description"] for declared in places.values()}
    assert [text for text in texts if not text.endswith(".") or text[0].islower()] == []


def test_every_object_is_closed() -> None:
    """Only a merge patch and maps whose values have a schema are open."""
    open_ones = [
        place
        for place, node in nodes(schema())
        if "object" in str(node.get("type", "")) and "additionalProperties" not in node and "/if" not in place
    ]
    assert open_ones == ["/$defs/patch/properties/merge"]


def test_every_pattern_says_what_it_wants_and_examples_are_valid() -> None:
    for place, node in nodes(schema()):
        if isinstance(node.get("pattern"), str) and "not" not in node:
            assert node.get("patternErrorMessage", "").startswith("must "), place
        for example in node.get("examples", []) if isinstance(node.get("examples"), list) else []:
            validator = jsonschema_rs.Draft202012Validator({**node, "$defs": schema()["$defs"]})
            assert validator.is_valid(example), (place, example)


def test_references_lead_somewhere_and_none_is_left_over() -> None:
    used = {node["$ref"].split("/")[2] for _, node in nodes(schema()) if "$ref" in node}
    assert used == set(schema()["$defs"])


@pytest.mark.parametrize("path", REGISTRIES, ids=lambda path: path.parent.name)
def test_a_second_judge_agrees(path: Path) -> None:
    document, _ = parse("registry.yaml", path.read_bytes())
    if document is None or path.stat().st_size > 100_000:
        return
    other = jsonschema.Draft202012Validator(schema())
    assert other.is_valid(document.data) == (not check_shape(document))


class _Plain(yaml.CSafeLoader):
    """PyYAML as other programs use it, but for dates, which JSON does not know."""


yaml.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value, _Plain)


@pytest.mark.parametrize("path", REGISTRIES, ids=lambda path: path.parent.name)
def test_the_printed_schema_accepts_what_other_readers_make_of_a_valid_registry(path: Path) -> None:
    document, _ = parse("registry.yaml", path.read_bytes())
    if document is None or path.stat().st_size > 100_000 or check_shape(document):
        return
    data = yaml.load(path.read_bytes(), _Plain)
    assert [error.message for error in jsonschema.Draft202012Validator(schema()).iter_errors(data)] == []


TEXTS = """
    env: {PORT: 8080, F: true, RATE: 1.5}
    settings: {z: true}
    labels: {x: 1}
    annotations: {a: 2.5}
    args: [1, true]
    sidecars: [{name: s, env: {A: 1}, args: [2]}]
    serviceAccount: {annotations: {a: 3}}
"""


def test_numbers_and_booleans_are_texts_for_other_readers_too() -> None:
    text = f"{HEAD}services:\n  - name: orders{TEXTS}"
    assert check_shape(document_of(text)) == []
    assert jsonschema.Draft202012Validator(schema()).is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("name", ["env", "settings", "labels", "annotations"])
def test_an_alias_brings_no_number_among_texts(name: str) -> None:
    text = "patches: [{kind: Service, name: orders, merge: &m {a: 1}}], " + f"{name}: *m"
    (found,) = shape_of(service(text))
    assert "must be text" in found


FIELDS = sorted(REMOVABLE | {"healthEndpoint", "probes", "scaling", "resources"})


@pytest.mark.parametrize("name", FIELDS)
def test_none_is_a_value_of_every_field_that_can_be_empty(name: str) -> None:
    assert shape_of(service(f"{name}: none")) == []
    assert shape_of(f"defaults: {{{name}: none}}\n{service('port: 80')}") == []


@pytest.mark.parametrize(
    "fields",
    [
        "port: 65535", "port: 1", "ports: []", "image: host:5000/x", f"image: 'x:1@sha256:{'a' * 64}'", "scaling: none",
        "scaling: {replicas: 0}", "resources: {requests: none, limits: {cpu: 2, memory: 1e3, nvidia.com/gpu: 1}}",
        "probes: none", "probes: {readiness: none, liveness: {exec: [ls]}}",
        "volumes: [{name: a, mountPath: /, emptyDir: {}}]",
        "schedule: '*/5 0-6,8 ? JAN-dec sun'", "schedule: '@every 1h30m'", "env: {A: '{{ x }} [[ y ]] ${z', b.c-d: 1}",
        "description: '{{ x }} [[ y ]] ${z \\u00e9'", "files: {/a/.b/c: '', /d: {file: x/y.txt}}", "type: ''",
        "owner: ''",
        "patches: [{kind: A, name: b, merge: {x: null}}]",
        "patches: [{kind: A, name: b, json: [{op: remove, path: ''}]}]",
        "tolerations: [{operator: Exists}, {key: a, effect: NoExecute, tolerationSeconds: 5}]",
        "securityContext: {seccompProfile: {localhost: a/b.json}, capabilities: {add: [NET_BIND_SERVICE], drop: []}}",
        "lifecycle: {preStop: {sleep: {seconds: 5}}}", "serviceAccount: {annotations: {a.b/c: d}}",
        "serviceAccount: x.y",
        "dependencies: [a, {service: b, ports: [http, 80]}, {service: c, ports: all}]",
    ],
)  # fmt: skip
def test_accepted(fields: str) -> None:
    assert shape_of(service(fields)) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ('port: "80"', 'port of service "orders" must be a whole number, not the text "80" (write 80 without quotes)'),
        ("port: 80.5", 'port of service "orders" must be a whole number, not 80.5'),
        ("port: 0", 'port of service "orders" must be between 1 and 65535, not 0'),
        ("port: ", 'port of service "orders" must be a whole number, not empty (give it a value)'),
        ("owner: 0123", 'owner of service "orders" must be text, not 0123 (write it in quotes: "0123")'),
        ("enabled: no", 'enabled of service "orders" must be true or false, not the text "no" (write false)'),
        ("command: run", 'command of service "orders" must be "none" or a list, not "run" (write it as a list: [run])'),
        (
            "env: {A: null}",
            'must be text or a mapping, not null (write "" for an empty text)',
        ),
        ("env: [A]", 'must be "none" or a mapping, not a list (write it as a mapping, name: value)'),
        ("healthEndpoint: health", 'must be a path that begins with "/" and holds no spaces, or none, not "health"'),
        ("min_replicas: 1", 'unknown key "min_replicas" in service "orders"'),
        ("health_endpoint: /", 'unknown key "health_endpoint" in service "orders" (did you mean "healthEndpoint"?)'),
        ("mesh: {}", 'unknown key "mesh" in service "orders"'),
        ("scaling: {minInstances: 2147483648}", "must be between 1 and 2147483647"),
        ("volumes: [{name: a, mountPath: /a, emptyDir: }]", "emptyDir of service"),
        ("dependencies: [{service: a, ports: []}]", "must have at least one entry"),
        ("tolerations: [{key: a, effect: NoSchedule, tolerationSeconds: 5}]", "must be NoExecute"),
        ("tolerations: [{key: a, operator: Exists, value: x}]", "goes with the operator Equal, not with Exists"),
        ("tolerations: [{}]", 'tolerations[0] of service "orders" has no "key"'),
        ("affinity: {podAffinty: {}}", 'did you mean "podAffinity"?'),
        ("lifecycle: {preStop: {exec: {command: [a]}, sleep: {seconds: 1}}}", 'has "sleep" beside "exec"'),
        ("probes: {liveness: {tcp: {}, successThreshold: 2}}", "must be at most 1"),
        ("schedule: 60 * * * *", "must be a schedule that Kubernetes reads"),
        ("resources: {requests: {cpu: 1.5.2}}", "must be a quantity that Kubernetes reads"),
        ("env: {A B: x}", 'the name "A B" in env of service "orders" must be an environment variable\'s name'),
        (f"labels: {{{'a' * 64}: x}}", "must be a name of at most 63 letters"),
    ],
)
def test_refused(fields: str, message: str) -> None:
    (found,) = shape_of(service(fields))
    assert message in found
    assert "^" not in found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "datastores: [{name: db, engine: postgresql, provision: built-in}]",
            'provision of datastore "db" must be builtin, operator, external, a list of them, or a mapping, '
            'not "built-in" (did you mean "builtin"?)',
        ),
        (
            "datastores: [{name: db, engine: postgresql, provision: {builtin: }}]",
            'provision.builtin of datastore "db" must be a mapping, not empty (write {} for an empty mapping)',
        ),
        (
            "datastores: [{name: db, engine: redis, replicas: 3}]",
            'unknown key "replicas" in datastore "db" (did you mean "instances"?)',
        ),
        (
            "datastores: [{name: db, engine: redis, storage: 20GB}]",
            'storage of datastore "db" must be a quantity that Kubernetes reads, such as 20Gi, not "20GB" '
            '(did you mean "20G"?)',
        ),
        (
            "externals: [{name: mail, host: a.example.com, ports: [465]}]",
            'ports[0] of external "mail" must be a mapping, not 465 (write it as a mapping: {port: 465})',
        ),
        (
            "environments: [dev]",
            'environments[0] must be a mapping, not the text "dev" (write it as a mapping: {name: dev})',
        ),
        (
            service("port: 80, service: LoadBalancer").strip(),
            'service of service "orders" must be "none" or a mapping, not "LoadBalancer" '
            "(write it as a mapping: {type: LoadBalancer})",
        ),
        (
            service("port: 80, metrics: '9090'").strip(),
            'metrics of service "orders" must be a port\'s name (lower-case letters, digits and "-", at least one '
            'letter) or its number without quotes, not "9090" (write 9090 without quotes)',
        ),
        (
            service("env: {A: {filed: status.podIP}}").strip(),
            'unknown key "filed" in env.A of service "orders" (did you mean "field"?)',
        ),
        (service("env: {A: {unset: false}}").strip(), 'env.A.unset of service "orders" must be true, not false'),
        (
            service("env: {A: {resource: limits.mem}}").strip(),
            'env.A.resource of service "orders" must be one of limits.cpu, limits.memory, limits.ephemeral-storage, '
            'requests.cpu, requests.memory, requests.ephemeral-storage, not the text "limits.mem" '
            '(did you mean "limits.memory"?)',
        ),
    ],
)
def test_the_way_out_is_named(text: str, found: str) -> None:
    others = "" if text.startswith("services") else "services: [{name: orders}]\n"
    (told,) = shape_of(f"{text}\n{others}")
    assert told.split(" ", 2)[2] == found


def test_one_mistake_is_told_once() -> None:
    assert shape_of("services: [{nmae: a}, 5]\n") == [
        '4:13 CG101 unknown key "nmae" in services[0] (did you mean "name"?)',
        "4:23 CG103 services[1] must be a mapping, not 5",
    ]


def test_very_many_mistakes_are_cut_short() -> None:
    text = "services:\n" + "  - {name: a, port: x}\n" * (MAX_FINDINGS + 10)
    assert len(shape_of(text)) == MAX_FINDINGS


def test_far_too_many_services_are_one_mistake() -> None:
    (found,) = shape_of("services: [" + "1, " * 10_001 + "]\n")
    assert found == "4:1 CG107 services has 10,001 entries; at most 10,000 are allowed"


def test_long_and_odd_values_are_shown_short() -> None:
    (found,) = shape_of(service(f'kind: "{"x" * 5000}\\n\\u202e"'))
    assert len(found) < 250
    (found,) = shape_of(service('kind: "a\\n\\u202e"'))
    assert '"a\\n\\u202e"' in found


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("min_instances", {"minInstances", "maxInstances"}, "minInstances"),
        ("paymnets", {"payments", "orders"}, "payments"),
        ("zzz", {"payments", "orders"}, ""),
        ("mem", {"cpu", "memory"}, "memory"),
        ("pay", {"payments", "payers"}, ""),
        ("a", {"b", "c"}, ""),
        ("", {"a"}, ""),
        ("payment", {f"payments{i}" for i in range(2000)} | {"payments"}, "payments"),
        ("svc-0100x", {f"svc-{i:04d}" for i in range(2000)}, "svc-0100"),
        ("x" * 10_000, {"x"}, ""),
    ],
)
def test_suggestions(word: str, candidates: set[str], meant: str) -> None:
    assert suggest(word, candidates) == meant


def test_distances() -> None:
    assert [distance("abcd", other, 3) for other in ("abcd", "abdc", "abd", "abxcd", "wxyz")] == [0, 1, 1, 1, 4]


def test_suggestions_among_very_many() -> None:
    candidates = {f"svc-{i:05d}" for i in range(10_000)}
    assert [suggest(f"svx-{i:05d}", candidates) for i in range(50)] == [f"svc-{i:05d}" for i in range(50)]
