"""What people write: every kind and version, shapes of any kind, text of any kind."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chartgen.mesh.decide import decide
from chartgen.mesh.manifests import read_text
from chartgen.mesh.model import Call, Caller, Dataplane, Identity, Ref, Request, Verdict
from chartgen.mesh.reading import KINDS, read
from chartgen.mesh.world import Assumptions, World
from tests.unit.mesh.worlds import DENY_ALL, PODS, policy, verdict, world


def said(here: World) -> list[str]:
    return [f"{each.where}: {each.words}" for each in here.problems]


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_versions_that_istio_serves(version: str) -> None:
    here = world(DENY_ALL.replace("security.istio.io/v1", f"security.istio.io/{version}"))
    assert not here.problems
    assert verdict(here) is Verdict.REFUSED


def test_a_version_that_nobody_serves_is_not_judged() -> None:
    here = world(policy("[{}]", "DENY").replace("istio.io/v1", "istio.io/v2"))
    assert verdict(here) is Verdict.UNKNOWN
    assert said(here) == ['apiVersion: "security.istio.io/v2" is no version of AuthorizationPolicy that is known here']


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("rules: [{from: []}]", "spec.rules[0].from: is empty"),
        ("rules: [{to: []}]", "spec.rules[0].to: is empty"),
        ("rules: [{from: [{source: {}}]}]", "spec.rules[0].from[0].source: is empty"),
        ("rules: [{from: [{}]}]", "spec.rules[0].from[0].source: is empty"),
        ("rules: [{to: [{operation: {methods: []}}]}]", "spec.rules[0].to[0].operation: is empty"),
        ("rules: [{to: [{operation: {methods: GET}}]}]", "spec.rules[0].to[0].operation.methods: is not a list"),
        ("rules: [{to: [{operation: {methods: ['']}}]}]", "spec.rules[0].to[0].operation.methods: holds an empty text"),
        ("rules: [{to: [{operation: {ports: [8080]}}]}]", "spec.rules[0].to[0].operation.ports[0]: is not a text"),
        ("rules: [{to: [{operation: {ports: [http]}}]}]", '"http" is no port'),
        ("rules: [{to: [{operation: {ports: ['70000']}}]}]", '"70000" is no port'),
        ("rules: [{to: [{operation: {paths: ['/a/{b}']}}]}]", '"/a/{b}" is no path template'),
        ("rules: [{to: [{operation: {paths: ['/{**}/{*}']}}]}]", '"/{**}/{*}" is no path template'),
        ("rules: [{to: [{operation: {path: [/a]}}]}]", "spec.rules[0].to[0].operation.path: is no field"),
        ("rules: [{from: [{source: {ipBlocks: [10.0.0]}}]}]", '"10.0.0" is neither an address nor a CIDR'),
        ("rules: [{from: [{source: {serviceAccounts: ['shop/*']}}]}]", '"shop/*" is no service account'),
        ("rules: [{from: [{source: {serviceAccounts: [a/b/c]}}]}]", '"a/b/c" is no service account'),
        (f"rules: [{{from: [{{source: {{serviceAccounts: [{', '.join('abcdefghijklmnopq')}]}}}}]}}]", "has 17 values"),
        ("rules: [{from: [{source: {serviceAccounts: [a], principals: [b]}}]}]", "neither with principals nor with"),
        ("rules: [{from: [{source: {serviceAccounts: [a], notNamespaces: [b]}}]}]", "neither with principals nor with"),
        ("rules: [{when: [{key: source.labels, values: [a]}]}]", '"source.labels" is no attribute'),
        ("rules: [{when: [{key: 'destination.labels[a]', values: [a]}]}]", "is no attribute"),
        ("rules: [{when: [{key: source.namespace}]}]", "has neither values nor notValues"),
        ("rules: [{when: [{key: 'request.headers[]', values: [a]}]}]", "is no attribute"),
        ("rules: [GET]", "spec.rules[0]: is not a mapping"),
        ("rules: [null]", "spec.rules[0]: is not a mapping"),
        ("rules: {}", "spec.rules: is not a list"),
        ("action: deny", "spec.action: is no action"),
        ("action: DENY", "DENY without rules never matches"),
        ("action: CUSTOM, rules: [{}]", "CUSTOM needs provider.name"),
        ("provider: {name: x}, rules: [{}]", "goes with CUSTOM alone"),
        ("selector: {matchLabels: {app: 'w*'}}", "a selector knows no wildcards"),
        ("selector: {app: web}", "spec.selector.app: is no field"),
        ("selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: web}]", "has both a selector and"),
        ("targetRefs: [{kind: Service, group: apps, name: web}]", "is nothing that a policy can be attached to"),
        ("targetRefs: [{kind: Service, name: web, namespace: x}]", "names a namespace"),
        ("rule: [{}]", "spec.rule: is no field"),
    ],
)
def test_what_istio_refuses_is_said_and_not_judged(spec: str, words: str) -> None:
    text = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: x, namespace: shop}\n"
    here = world(f"{text}spec: {{{spec}}}")
    assert any(words in each for each in said(here)), said(here)
    assert here.found.authorization[0].flaw


@pytest.mark.parametrize("note", ["maybe", "yes"])
def test_a_dry_run_that_says_neither(note: str) -> None:
    here = world(policy("[{}]", "DENY", name="dry").replace("'true'", f"'{note}'"))
    assert verdict(here) is Verdict.UNKNOWN


def test_a_star_in_the_middle_is_judged_as_it_is_and_said() -> None:
    here = world(policy("[{from: [{source: {principals: ['cluster.local/ns/*/sa/front']}}]}]"))
    assert "stands for itself" in said(here)[0]
    assert verdict(here) is Verdict.REFUSED


class TestTwice:
    def test_the_same_content_says_nothing_new(self) -> None:
        assert verdict(world(DENY_ALL, DENY_ALL)) is Verdict.REFUSED

    def test_another_content_is_not_judged(self) -> None:
        here = world(policy("[{}]"), policy("[]"))
        assert verdict(here) is Verdict.UNKNOWN

    def test_a_key_twice(self) -> None:
        here = world(DENY_ALL.replace("spec: {}", "spec: {action: ALLOW, action: DENY, rules: [{}]}"))
        assert 'has the key "action" twice' in said(here)[0]
        assert verdict(here) is Verdict.UNKNOWN


def test_things_that_change_proxies_are_not_judged() -> None:
    text = "apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: x, namespace: shop}\nspec: "
    assert verdict(world(text + "{}")) is Verdict.UNKNOWN
    here = world(text + "{workloadSelector: {labels: {app: other}}}")
    assert verdict(here) is Verdict.ALLOWED
    assert here.problems


def test_a_sidecar_that_listens_in_its_own_way_is_not_judged() -> None:
    text = "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: x, namespace: shop}\nspec: "
    assert verdict(world(text + "{egress: [{hosts: ['./*']}]}")) is Verdict.ALLOWED
    here = world(text + "{ingress: [{port: {number: 8080, protocol: TCP, name: x}, defaultEndpoint: 127.0.0.1:80}]}")
    assert verdict(here) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("namespace", "revision", "expected"),
    [
        ("", "", "allowed"),
        ("", "old", "unknown"),
        ("istio.io/rev: old", "old", "allowed"),
        ("istio.io/rev: new", "old", "unknown"),
        ("istio-injection: enabled", "default", "allowed"),
        ("istio-injection: enabled, istio.io/rev: old", "old", "unknown"),
    ],
)
def test_a_policy_for_another_revision_may_not_be_there(namespace: str, revision: str, expected: str) -> None:
    made = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, labels: {{{namespace}}}}}\n"
    own = policy("[{to: [{operation: {methods: [GET]}}]}]")
    own = own.replace(
        "namespace: shop", f"namespace: shop, labels: {{istio.io/rev: {revision}}}" if revision else "namespace: shop"
    )
    assert verdict(world(made, own)) == expected


@pytest.mark.parametrize(
    ("labels", "annotations", "namespace", "assumed", "expected"),
    [
        ("", "", "", "sidecar", "sidecar"),
        ("", "", "", "none", "none"),
        ("", "", "istio-injection: enabled", "none", "sidecar"),
        ("", "", "istio.io/rev: stable", "none", "sidecar"),
        ("", "", "istio-injection: disabled", "sidecar", "none"),
        ("sidecar.istio.io/inject: 'false'", "", "istio-injection: enabled", "none", "none"),
        ("", "", "istio-injection: enable", "sidecar", "none"),
        ("", "", "istio-injection: disabled, istio.io/rev: stable", "sidecar", "none"),
        ("sidecar.istio.io/inject: 'true'", "", "istio-injection: disabled", "sidecar", "none"),
        ("sidecar.istio.io/inject: 'yes'", "", "istio-injection: enabled", "none", "sidecar"),
        ("sidecar.istio.io/inject: 'true'", "", "", "none", "sidecar"),
        ("", "sidecar.istio.io/inject: 'true'", "", "none", "none"),
        ("sidecar.istio.io/inject: 'true'", "sidecar.istio.io/inject: 'false'", "", "none", "sidecar"),
        ("istio.io/rev: stable", "", "", "none", "sidecar"),
        ("istio.io/rev: stable", "sidecar.istio.io/inject: 'false'", "", "sidecar", "none"),
        ("", "sidecar.istio.io/inject: 'false'", "istio-injection: enabled", "none", "none"),
        ("", "", "istio.io/dataplane-mode: ambient", "none", "ambient"),
        ("istio.io/dataplane-mode: none", "", "istio.io/dataplane-mode: ambient", "none", "none"),
        ("istio.io/dataplane-mode: ambient", "", "", "none", "ambient"),
    ],
)
def test_what_enforces_for_a_pod(labels: str, annotations: str, namespace: str, assumed: str, expected: str) -> None:
    text = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{{namespace}}}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: p, namespace: shop, labels: {{app: p, {labels}}}, annotations: {{{annotations}}}}}
spec: {{containers: [{{name: p}}]}}
"""
    here = world(text, dataplane=Dataplane(assumed))
    pod = here.workload("shop", "p")
    assert pod is not None
    assert (pod.dataplane, pod.account) == (expected, "default")


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        ("name: http, port: 80", "http"),
        ("name: http-web, port: 80", "http"),
        ("name: HTTP2-x, port: 80", "http2"),
        ("name: grpc-web-x, port: 80", "grpc-web"),
        ("name: grpc, port: 80", "grpc"),
        ("name: web, port: 80", ""),
        ("name: httpx, port: 80", ""),
        ("name: web, port: 3306", "tcp"),
        ("name: tcp-http, port: 80", "tcp"),
        ("name: https, port: 443", "https"),
        ("name: tcp, port: 80, appProtocol: http", "http"),
        ("name: http, port: 80, appProtocol: kubernetes.io/h2c", "http2"),
        ("name: http, port: 80, appProtocol: kubernetes.io/wss", "https"),
        ("name: http, port: 80, appProtocol: example.com/own", ""),
        ("name: dns, port: 53, protocol: UDP", "udp"),
    ],
)
def test_what_a_port_speaks(port: str, protocol: str) -> None:
    text = f"apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: shop}}\nspec: {{ports: [{{{port}}}]}}"
    service = world(text).service("shop", "s")
    assert service is not None
    assert service.ports[0].protocol == protocol


def test_every_kind_that_makes_pods() -> None:
    template = "template: {metadata: {labels: {app: x}}, spec: {serviceAccountName: me, containers: []}}"
    kinds = {
        **{("apps/v1", kind): template for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")},
        ("batch/v1", "Job"): template,
        ("batch/v1", "CronJob"): f"jobTemplate: {{spec: {{{template}}}}}",
        ("v1", "ReplicationController"): template,
    }
    texts = [
        f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x, namespace: shop}}\nspec: {{{spec}}}"
        for (version, kind), spec in kinds.items()
    ]
    here = world(*texts)
    assert not here.problems
    assert {(each.ref.kind, each.account) for each in here.workloads if each.name == "x"} == {
        (kind, "me") for _, kind in kinds
    }


def test_annotations_take_ports_away_from_the_proxy() -> None:
    without = "metadata: {labels: {app: web}, annotations: {traffic.sidecar.istio.io/excludeInboundPorts: '8080, 1'}}"
    text = PODS.replace("metadata: {labels: {app: web}}", without) + "---" + DENY_ALL
    found = read_text(text)
    here = read(found.objects)
    web = here.workload("shop", "web")
    assert web is not None
    call = Call(caller=Caller(identity=None), callee=web, port=8080, request=Request())
    assert decide(here, call).allowed
    assert not decide(here, Call(caller=Caller(identity=None), callee=web, port=5000)).allowed


class TestText:
    def test_places(self) -> None:
        text = "# head\n---\nkind: Service\nmetadata: {name: a}\n--- # next\n\nkind: Pod\nmetadata: {name: b}\n"
        found = read_text(text, "all.yaml")
        assert [(ref.kind, ref.name, ref.file, ref.line) for _, ref in found.objects] == [
            ("Service", "a", "all.yaml", 2),
            ("Pod", "b", "all.yaml", 5),
        ]

    def test_helm_says_which_template(self) -> None:
        text = "---\n# Source: shop/templates/a.yaml\nkind: Service\napiVersion: v1\nmetadata: {name: a}\n"
        assert read_text(text).objects[0][1] == Ref(
            kind="Service", namespace="", name="a", file="shop/templates/a.yaml"
        )

    def test_lists(self) -> None:
        text = "kind: List\nitems: [{kind: PodList, items: [{kind: Pod, metadata: {name: a}}]}]"
        assert [ref.name for _, ref in read_text(text).objects] == ["a"]

    def test_other_kinds_are_not_read(self) -> None:
        assert "ConfigMap" not in KINDS
        assert not read_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '{'\n").problems

    @pytest.mark.parametrize(
        "text",
        [
            "kind: Service\nmetadata: {name: a\n",
            "{" * 5000,
            "kind: Service\nmetadata: [a]",
            "- 1",
            "just text",
            "\x00\x01\x02",
            "kind: Service\nspec: &a [*a, *a]\nmetadata: {name: x}",
            "kind: Service\nmetadata: {name: a}\nspec: !!python/object:os.system {}",
            "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
            "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
            "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n"
            "g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]",
            "kind: Service\napiVersion: v1\nmetadata: {name: 5}",
            "kind: Service\napiVersion: v1\nmetadata: {namespace: a}",
        ],
    )
    def test_what_cannot_be_read_is_a_problem(self, text: str) -> None:
        found = read_text(text, "x.yaml")
        assert found.problems
        assert all(each.ref.file == "x.yaml" for each in found.problems)
        read(found.objects, problems=found.problems)

    def test_one_bad_document_does_not_hide_the_next(self) -> None:
        found = read_text("a: [\n---\nkind: Service\napiVersion: v1\nmetadata: {name: a}\n", "x.yaml")
        assert (len(found.problems), len(found.objects)) == (1, 1)

    @pytest.mark.parametrize("text", ["", "---\n---\n", "# nothing\n", "...\n", "%YAML 1.1\n---\n# x\n", "\ufeff# x\n"])
    def test_nothing(self, text: str) -> None:
        assert read_text(text) == read_text("")


def test_numbers_of_any_length() -> None:
    digits = "9" * 5000
    ports = f"ports: [{{targetPort: '{digits}'}}]"
    service = f"apiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: shop}}\nspec: {{{ports}}}"
    notes = f"annotations: {{traffic.sidecar.istio.io/excludeInboundPorts: '{digits}'}}"
    pod = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: shop, {notes}}}\nspec: {{containers: []}}"
    here = world(service, pod, policy(f"[{{to: [{{operation: {{ports: ['{digits}']}}}}]}}]"))
    assert verdict(here) is Verdict.UNKNOWN


def test_ten_thousand_rules() -> None:
    rules = ", ".join(f"{{from: [{{source: {{serviceAccounts: [shop/a{each}]}}}}]}}" for each in range(10_000))
    here = world(policy(f"[{rules}]"))
    assert verdict(here, Caller(identity=Identity(namespace="shop", account="a9999"))) is Verdict.ALLOWED
    assert verdict(here) is Verdict.REFUSED


WORDS = """
spec metadata labels annotations selector matchLabels rules from to when source operation key values ports port methods
principals mtls mode portLevelMtls jwtRules issuer ingress egress podSelector ipBlock cidr template containers hosts
http route match retries listeners targetRefs parentRefs backendRefs
"""
SCALARS = st.none() | st.booleans() | st.integers(-1, 99999) | st.sampled_from(["", "*", "a/b", "80", "10.0.0.0/8"])
JUNK: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS.split()), inner, max_size=4),
    max_leaves=12,
)
GROUPS = (
    "",
    "apps/",
    "batch/",
    "security.istio.io/",
    "networking.istio.io/",
    "gateway.networking.k8s.io/",
    "networking.k8s.io/",
)


@settings(max_examples=300)
@given(kind=st.sampled_from(sorted(KINDS)), group=st.sampled_from(GROUPS), metadata=JUNK, spec=JUNK)
def test_no_shape_ends_in_a_traceback(kind: str, group: str, metadata: Any, spec: Any) -> None:
    tree = {"apiVersion": f"{group}v1", "kind": kind, "metadata": metadata, "spec": spec}
    base = read_text(PODS)
    here = read([*base.objects, (tree, Ref(kind=kind, namespace="shop", name="x"))], Assumptions())
    for callee in here.workloads:
        decide(here, Call(caller=Caller(identity=None), callee=callee, port=8080, request=Request()))
