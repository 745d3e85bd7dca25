"""Whatever `chartgen validate` and `lint` take, the API server takes: strictly, and without a warning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen import emit
from chartgen.audit.objects import split
from chartgen.audit.rules import audit_document
from chartgen.codes import CODES
from chartgen.diagnostics import Severity
from chartgen.registry import compile_registry
from tests.cluster.harness.kube import warnings
from tests.property.strategies import Data, as_yaml, registries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from chartgen.registry.model import Registry
    from chartgen.tools.helm import Helm
    from tests.cluster.conftest import Spaces
    from tests.cluster.harness.kube import Space

PLATFORMS = 24
SERVICES = 400
VALUES_FILES = 60
WARNED = "CG411"
"""chartgen warns where the server does."""

HEAD = {"apiVersion": "chartgen.dev/v1", "kind": "ServiceRegistry", "metadata": {"name": "edge", "version": "1.0.0"}}


def test_registries(spaces: Spaces, helm43: Helm, tmp_path: Path) -> None:
    drawn: list[Data] = []

    @settings(max_examples=PLATFORMS)
    @given(registries())
    def draw(data: Data) -> None:
        drawn.append(data)

    draw()
    files = [rendered(data, helm43, tmp_path / str(number)) for number, data in enumerate(drawn)]
    assert len(files) >= PLATFORMS
    taken(spaces("privileged"), files)


def test_texts_at_the_edge_of_what_is_valid(spaces: Spaces, helm43: Helm, tmp_path: Path) -> None:
    drawn: dict[str, Data] = {}

    @settings(max_examples=SERVICES)
    @given(fields())
    def draw(data: Data) -> None:
        if is_valid(data):
            drawn.setdefault(json.dumps(data), data)

    draw()
    services = [{**data, "name": f"s{number}"} for number, data in enumerate(drawn.values())]
    assert len(services) > SERVICES / 10, "the strategies draw next to nothing that is valid"
    taken(spaces("privileged"), [rendered({**HEAD, "images": IMAGES, "services": services}, helm43, tmp_path / "edge")])


def test_values_that_lint_passes(spaces: Spaces, helm43: Helm, tmp_path: Path) -> None:
    """Of values that lint does not complain of, the server complains neither."""
    drawn: list[Data] = []

    @settings(max_examples=VALUES_FILES)
    @given(values())
    def draw(data: Data) -> None:
        drawn.append(data)

    draw()
    service = {"name": "a", "port": 80, "exposed": True, "volumes": [{"name": "d", "mountPath": "/d", **CLAIM}]}
    rendered({**HEAD, "images": IMAGES, "services": [service]}, helm43, tmp_path)
    files = [file for number, data in enumerate(drawn) for file in passed(data, helm43, tmp_path, number)]
    assert len(files) > VALUES_FILES / 10, "the strategies draw next to nothing that is valid"
    taken(spaces("privileged"), files)


def passed(data: Data, helm: Helm, folder: Path, number: int) -> Iterator[Path]:
    """The file of what these values render, unless helm or lint complain."""
    given_values = folder / f"values-{number}.json"
    given_values.write_text(json.dumps(data), encoding="utf-8")
    done = helm.template(folder / "charts" / "edge", release="edge", values=[given_values])
    audited = [audit_document(document.text, document.source) for document in split(done.stdout)]
    complained = [found for each in audited for found in each.findings if found.code in COMPLAINTS]
    if not done.code and not complained:
        (folder / f"objects-{number}.yaml").write_text(done.stdout, encoding="utf-8")
        yield folder / f"objects-{number}.yaml"


IMAGES = {"prefix": "example"}
CLAIM = {"claim": {"size": "1Gi"}}
COMPLAINTS = {code for code in CODES if code.startswith("CG5") and CODES[code].severity is Severity.ERROR} | {"CG543"}
NAMES = st.one_of(st.sampled_from(["a", "a-0", "a.b", "a.b/C_0"]), st.text("aA0-_./", min_size=1, max_size=8))
VALUES = st.text("aZ9-_.", max_size=6)
PATHS = st.one_of(st.sampled_from(["/a", "/a/b", "/b", "a b"]), st.text("/a.: -\\", min_size=1, max_size=7))
QUANTITIES = st.one_of(
    st.text("0159.", min_size=1, max_size=5), st.from_regex(r"\A[0-9]{1,3}(\.[05])?(m|k|M|Ki|Mi|Gi|e[0-9]|E)\Z")
)
OPERATORS = st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"])
TIMES = st.from_regex(r"\A([*?]|[0-9]{1,2})([-/,][0-9]{1,2})?\Z")
SPANS = st.sampled_from(["@daily", "@every 1h", "@every 0s", "@yearly", "@every 61m1s"])


def fields() -> st.SearchStrategy[Data]:
    """One field of a service, or two, of texts that are valid or not quite."""
    condition = mapping(key=NAMES, operator=OPERATORS, values=st.lists(VALUES, max_size=2))
    term = mapping(matchExpressions=st.lists(condition, min_size=1, max_size=2))
    pods = mapping(topologyKey=NAMES, labelSelector=mapping(matchExpressions=st.lists(condition, max_size=1)))
    return st.one_of(
        mapping(labels=st.dictionaries(NAMES, VALUES, max_size=2)),
        mapping(annotations=st.dictionaries(NAMES, st.text(max_size=5), max_size=2)),
        mapping(nodeSelector=st.dictionaries(NAMES, VALUES, max_size=2)),
        mapping(env=st.dictionaries(NAMES, mapping(secret=NAMES, key=NAMES), max_size=2)),
        mapping(env=mapping(A=mapping(field=NAMES.map(lambda key: f"metadata.labels['{key}']")))),
        mapping(envFrom=st.lists(mapping(config=NAMES, prefix=NAMES), max_size=2)),
        mapping(resources=mapping(requests=mapping(memory=QUANTITIES), limits=mapping(memory=st.just("7Gi")))),
        mapping(resources=mapping(requests=mapping(cpu=QUANTITIES), limits=mapping(cpu=st.just(1000)))),
        mapping(resources=mapping(limits=st.dictionaries(NAMES, QUANTITIES, max_size=1))),
        mapping(volumes=st.lists(volumes(), min_size=1, max_size=2)),
        mapping(files=st.dictionaries(PATHS, st.text(max_size=5), max_size=2)),
        mapping(tolerations=st.lists(mapping(key=NAMES, value=VALUES, effect=st.just("NoExecute")), max_size=2)),
        mapping(affinity=mapping(nodeAffinity=mapping(**{_REQUIRED: mapping(nodeSelectorTerms=st.lists(term))}))),
        mapping(affinity=mapping(podAntiAffinity=mapping(**{_REQUIRED: st.lists(pods, max_size=2)}))),
        mapping(
            kind=st.just("CronJob"), schedule=st.one_of(st.lists(TIMES, min_size=5, max_size=5).map(" ".join), SPANS)
        ),
        mapping(serviceAccount=mapping(annotations=st.dictionaries(NAMES, VALUES, max_size=1))),
        mapping(serviceAccount=NAMES),
        mapping(priorityClassName=NAMES),
        mapping(type=VALUES, image=st.tuples(NAMES, VALUES).map(":".join)),
    )


def values() -> st.SearchStrategy[Data]:
    """Values for one service, or for all, which the chart's light schema takes."""
    anything = st.one_of(st.none(), st.booleans(), st.integers(0, 5), VALUES, st.lists(VALUES, max_size=1))
    condition = partly(key=NAMES, operator=OPERATORS, values=st.lists(VALUES, max_size=2))
    selector = partly(matchLabels=st.dictionaries(NAMES, anything, max_size=1), matchExpressions=st.lists(condition))
    term = partly(topologyKey=NAMES, labelSelector=selector, matchLabelKeys=st.lists(NAMES, max_size=1))
    nodes = partly(**{_REQUIRED: partly(nodeSelectorTerms=st.lists(partly(matchExpressions=st.lists(condition))))})
    toleration = partly(key=NAMES, operator=OPERATORS, value=VALUES, effect=EFFECTS, tolerationSeconds=anything)
    network = partly(cidr=CIDRS, **{"except": st.lists(CIDRS, max_size=1)})
    peer = partly(ipBlock=network, podSelector=selector).filter(bool)
    quantities = st.dictionaries(st.sampled_from(["cpu", "memory", "gpu", "a.b/gpu"]), QUANTITIES, max_size=2)
    source = partly(name=NAMES, key=NAMES, optional=anything)
    own = st.one_of(
        mapping(env=st.dictionaries(NAMES, mapping(secretKeyRef=source), max_size=1)),
        mapping(env=mapping(A=mapping(fieldRef=partly(fieldPath=st.sampled_from(["metadata.name", "a", ""]))))),
        mapping(tolerations=st.lists(toleration, max_size=2)),
        mapping(affinity=partly(nodeAffinity=nodes, podAffinity=partly(**{_REQUIRED: st.lists(term, max_size=2)}))),
        mapping(resources=partly(requests=quantities, limits=quantities)),
        mapping(persistence=mapping(d=partly(size=QUANTITIES, storageClass=NAMES))),
        mapping(podLabels=st.dictionaries(NAMES, VALUES, max_size=1), replicaCount=st.sampled_from([0, 1, 2**31])),
    )
    everyone = mapping(ingress=mapping(**{"from": st.lists(peer, max_size=2)}))
    return st.one_of(mapping(a=own), mapping(**{"global": everyone}))


def partly(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Data]:
    """A mapping with some of these keys."""
    return st.fixed_dictionaries({}, optional=keys)


CIDRS = st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "10.0.0.1/8", "10.0.0.0", "::/0", "a"])
EFFECTS = st.sampled_from(["NoExecute", "NoSchedule", ""])

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def volumes() -> st.SearchStrategy[Data]:
    """A volume of some sort."""
    sources = (
        mapping(claim=mapping(size=QUANTITIES, **{"class": NAMES})),
        mapping(emptyDir=mapping(sizeLimit=QUANTITIES)),
        mapping(hostPath=PATHS),
        mapping(secret=NAMES),
    )
    place = mapping(name=st.sampled_from(["v", "w-1", "0", "-"]), mountPath=PATHS, subPath=PATHS)
    return st.one_of(*(st.tuples(place, source).map(lambda both: {**both[0], **both[1]}) for source in sources))


def mapping(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Data]:
    """A mapping with these keys."""
    return st.fixed_dictionaries(keys)


def is_valid(service: Data) -> bool:
    """Whether chartgen takes the service without an error, nor a warning of what the server warns of."""
    registry = {**HEAD, "images": IMAGES, "services": [{"name": "a", **service}]}
    result = compile_registry("registry.yaml", as_yaml(registry).encode(), lambda _: None)
    return result.registry is not None and WARNED not in {diagnostic.code for diagnostic in result.diagnostics}


def compiled(data: Data) -> Registry:
    """The registry of the data."""
    result = compile_registry("registry.yaml", as_yaml(data).encode(), lambda _: None)
    assert result.registry is not None, result.diagnostics
    return result.registry


def rendered(data: Data, helm: Helm, folder: Path) -> Path:
    """A file with the objects of a registry, the test pods among them."""
    registry = compiled(data)
    for path, text in emit.platform(registry).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    name = registry.metadata.name
    on = [f"{service.name}.enabled=true" for service in registry.services if not service.enabled]
    on += [f"{s.name}.versions.{v.name}.enabled=true" for s in registry.services for v in s.versions]
    settings = [part for setting in on for part in ("--set", setting)]
    done = helm.template(folder / "charts" / name, release=name, extra=settings)
    assert not done.code, done.error()
    (folder / "registry.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / "objects.yaml").write_text(done.stdout, encoding="utf-8")
    assert any(yaml.safe_load_all(done.stdout))
    return folder / "objects.yaml"


def taken(space: Space, files: Sequence[Path]) -> None:
    """The server takes all objects of the files; its words on one begin with the file, beside which its registry is."""
    named = [part for file in files for part in ("-f", str(file))]
    done = space.run("create", "--dry-run=server", "--validate=strict", *named, timeout=300)
    assert not done.code, done.stderr
    assert not warnings(done), done.stderr
