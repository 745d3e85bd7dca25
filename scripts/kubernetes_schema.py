"""`make kubernetes-schema`: writes chartgen/audit/kubernetes.json, the fields that the API server knows of each kind
that people put into charts.

The server's own OpenAPI gives fields, types and words; `REFINED` adds what it refuses beyond that. A test of
tests/cluster holds the file to the server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chartgen.errors import ChartgenError
from chartgen.tools.process import run
from scripts.cluster import passing

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = Path(__file__).parents[1] / "chartgen" / "audit" / "kubernetes.json"
KINDS = {
    "v1": "ConfigMap LimitRange PersistentVolumeClaim Pod ResourceQuota Secret Service ServiceAccount",
    "apps/v1": "DaemonSet Deployment ReplicaSet StatefulSet",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "batch/v1": "CronJob Job",
    "networking.k8s.io/v1": "Ingress NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "ClusterRole ClusterRoleBinding Role RoleBinding",
}
_REF = "#/components/schemas/"
_UNSEEN = ("status", "managedFields")
"""What only the server writes."""
_INTEGERS = {"int32": 31, "int64": 63}
_LABEL = "^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$"
_KEY = "^(?![^/]{254})([a-z0-9][-a-z0-9.]*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$"
_DNS_LABEL = "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
_DATA_KEY = "^(?!\\.\\.|\\.$)[-._A-Za-z0-9]{1,253}$"
_RESOURCE = (
    "^(cpu|memory|ephemeral-storage|hugepages-[1-9][0-9]*[A-Za-z]*|"
    "(?!requests\\.)(?![^/]{245})[a-z0-9][-a-z0-9.]*/([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])$"
)
_FIELD = (
    "^(metadata\\.(name|namespace|uid)"
    "|metadata\\.(labels|annotations)\\['([A-Za-z0-9][-A-Za-z0-9.]{0,252}/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]'\\]"
    "|spec\\.(nodeName|serviceAccountName)|status\\.(hostIPs?|podIPs?))$"
)


def _when(operators: list[str], values: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """What `values` must be beside these operators."""
    then = {"properties": {"values": values}, **({"required": ["values"]} if required else {})}
    return {"if": {"properties": {"operator": {"enum": operators}}, "required": ["operator"]}, "then": then}


def _each(*fields: str, **schema: Any) -> dict[str, Any]:
    """The same for each of the fields."""
    return {field: dict(schema) for field in fields}


_SETS = [
    _when(["In", "NotIn"], {"minItems": 1}, required=True),
    _when(["Exists", "DoesNotExist"], {"maxItems": 0}, required=False),
]
_WEIGHT = {"properties": {"weight": {"minimum": 1, "maximum": 100}}}
_RESTARTING = {
    "properties": {
        "template": {"properties": {"spec": {"properties": {"restartPolicy": {"enum": ["", None, "Always"]}}}}}
    }
}
_ENDING = ["Never", "OnFailure"]
_AT_LEAST_NONE: dict[str, Any] = {
    "allOf": [{"properties": _each("replicas", "minReadySeconds", "revisionHistoryLimit", minimum=0)}]
}
_PERCENT = "^0*(100|[0-9]{1,2})%$"
_PORT = {"minimum": 1, "maximum": 65535}
_REFERENCE = {"required": ["name"], "properties": {"name": {"minLength": 1}, "key": {"pattern": _DATA_KEY}}}


def _one_of(*fields: str) -> dict[str, Any]:
    """At most one of the fields."""
    pairs = {field: fields[at:] for at, field in enumerate(fields[:-1], 1)}
    return {"dependentSchemas": {field: {"properties": dict.fromkeys(rest, False)} for field, rest in pairs.items()}}


_ONCE = {"properties": {"successThreshold": {"maximum": 1}}}
REFINED: dict[str, dict[str, Any]] = {
    "LabelSelectorRequirement": {
        "allOf": _SETS,
        "properties": {
            "key": {"pattern": _KEY},
            "operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]},
        },
    },
    "LabelSelector": {
        "properties": {"matchLabels": {"propertyNames": {"pattern": _KEY}, "additionalProperties": {"pattern": _LABEL}}}
    },
    "NodeSelectorRequirement": {
        "allOf": [*_SETS, _when(["Gt", "Lt"], {"minItems": 1, "maxItems": 1}, required=True)],
        "properties": {"values": {"items": {"pattern": _LABEL}}},
    },
    "NodeSelectorTerm": {
        "properties": {
            "matchExpressions": {"items": {"properties": {"key": {"pattern": _KEY}}}},
            "matchFields": {
                "items": {
                    "properties": {
                        "key": {"enum": ["metadata.name"]},
                        "operator": {"enum": ["In", "NotIn"]},
                        "values": {"maxItems": 1},
                    }
                }
            },
        }
    },
    "NodeSelector": {"properties": {"nodeSelectorTerms": {"minItems": 1}}},
    "PreferredSchedulingTerm": _WEIGHT,
    "WeightedPodAffinityTerm": _WEIGHT,
    "PodAffinityTerm": {
        "properties": {"topologyKey": {"pattern": _KEY}, "namespaces": {"items": {"pattern": _DNS_LABEL}}},
        "dependentRequired": {"matchLabelKeys": ["labelSelector"], "mismatchLabelKeys": ["labelSelector"]},
    },
    "Toleration": {
        "properties": {
            "key": {"pattern": f"^$|{_KEY}"},
            "operator": {"enum": ["", "Equal", "Exists"]},
            "value": {"pattern": _LABEL},
        },
        "allOf": [
            {
                "if": {"not": {"required": ["key"], "properties": {"key": {"minLength": 1}}}},
                "then": {"required": ["operator"], "properties": {"operator": {"enum": ["Exists"]}}},
            },
            {
                "if": {"required": ["operator"], "properties": {"operator": {"enum": ["Exists"]}}},
                "then": {"properties": {"value": {"maxLength": 0}}},
            },
            {
                "if": {"required": ["tolerationSeconds"]},
                "then": {"required": ["effect"], "properties": {"effect": {"enum": ["NoExecute"]}}},
            },
        ],
    },
    "SecretKeySelector": _REFERENCE,
    "ConfigMapKeySelector": _REFERENCE,
    "EnvVarSource": {
        "maxProperties": 1,
        "properties": {"fieldRef": {"properties": {"fieldPath": {"pattern": _FIELD}}}},
    },
    "EnvVar": {
        "if": {"required": ["value"], "properties": {"value": {"minLength": 1}}},
        "then": {"properties": {"valueFrom": False}},
    },
    "Probe": _one_of("exec", "grpc", "httpGet", "tcpSocket"),
    "LifecycleHandler": _one_of("exec", "httpGet", "sleep", "tcpSocket"),
    "Container": {"properties": {"livenessProbe": _ONCE, "startupProbe": _ONCE}},
    "Volume": {"maxProperties": 2},
    "NetworkPolicyPeer": {
        "minProperties": 1,
        "additionalProperties": {"type": "object"},
        "dependentSchemas": {"ipBlock": {"properties": {"podSelector": False, "namespaceSelector": False}}},
    },
    **dict.fromkeys(("DeploymentSpec", "ReplicaSetSpec", "StatefulSetSpec"), _AT_LEAST_NONE | _RESTARTING),
    "DaemonSetSpec": _RESTARTING,
    "JobSpec": {
        "properties": {
            "template": {
                "properties": {
                    "spec": {"required": ["restartPolicy"], "properties": {"restartPolicy": {"enum": _ENDING}}}
                }
            }
        }
    },
    "RollingUpdateDeployment": {
        "not": {
            "required": ["maxSurge", "maxUnavailable"],
            "properties": _each("maxSurge", "maxUnavailable", enum=[0, "0%"]),
        }
    },
    "PodDisruptionBudgetSpec": {
        "dependentSchemas": {"minAvailable": {"properties": {"maxUnavailable": False}}},
        "properties": _each("minAvailable", "maxUnavailable", pattern=_PERCENT, minimum=0),
    },
    "HorizontalPodAutoscalerSpec": {"properties": _each("minReplicas", "maxReplicas", minimum=1)},
    "HPAScalingRules": {"properties": {"stabilizationWindowSeconds": {"minimum": 0, "maximum": 3600}}},
    "HPAScalingPolicy": {"properties": {"periodSeconds": {"minimum": 1, "maximum": 1800}, "value": {"minimum": 1}}},
    "ServicePort": {"properties": {"port": _PORT}},
    "ContainerPort": {"properties": {"containerPort": _PORT}},
    "ServiceSpec": {
        "allOf": [
            {
                "if": {"required": ["type"], "properties": {"type": {"enum": ["ExternalName"]}}},
                "then": {"required": ["externalName"]},
            },
            {
                "if": {"not": {"required": ["type"], "properties": {"type": {"enum": ["LoadBalancer", "NodePort"]}}}},
                "then": {"properties": {"externalTrafficPolicy": {"enum": ["", None, "Cluster"]}}},
            },
        ]
    },
    "PodSpec": {
        "properties": {
            "containers": {"minItems": 1},
            "hostname": {"pattern": f"^$|{_DNS_LABEL}"},
            "subdomain": {"pattern": f"^$|{_DNS_LABEL}"},
            "terminationGracePeriodSeconds": {"minimum": 0},
        },
        "if": {"required": ["dnsPolicy"], "properties": {"dnsPolicy": {"enum": ["None"]}}},
        "then": {"required": ["dnsConfig"]},
    },
    "ResourceRequirements": {
        "properties": {side: {"propertyNames": {"pattern": _RESOURCE}} for side in ("limits", "requests")}
    },
}
"""What the server refuses although its OpenAPI does not say so, as more JSON Schema. Those that a person is likely to
meet are shown to the server in tests/cluster/refusals.yaml."""


def schema_of(documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The file's content, from the OpenAPI document of each group and version."""
    found: dict[str, Any] = {}
    kinds = {}
    for version, names in KINDS.items():
        schemas = documents[version]["components"]["schemas"]
        for kind in names.split():
            name = next(key for key in schemas if _is(schemas[key], version, kind))
            kinds[f"{version} {kind}"] = {"$ref": f"#/$defs/{_short(name)}"}
            _collect(name, schemas, found)
    return {"$defs": dict(sorted(found.items())), "kinds": kinds}


def _is(schema: dict[str, Any], version: str, kind: str) -> bool:
    group, _, number = version.rpartition("/")
    return {"group": group, "kind": kind, "version": number} in schema.get("x-kubernetes-group-version-kind", [])


def _collect(name: str, schemas: dict[str, Any], found: dict[str, Any]) -> None:
    """Adds the schema of that name and all that it refers to."""
    short = _short(name)
    if short in found:
        return
    found[short] = {}
    wanted: list[str] = []
    refined = REFINED.get(short)
    plain = _converted(schemas[name], wanted)
    found[short] = {**plain, "allOf": [refined]} if refined else plain
    for other in wanted:
        _collect(other, schemas, found)


def _short(name: str) -> str:
    """The last part of a name; those of the kinds here do not collide."""
    return name.rpartition(".")[2]


def _converted(node: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """A node of OpenAPI as a closed JSON Schema; null stands for what is not set."""
    if "allOf" in node:
        return _converted(node["allOf"][0], wanted)
    if "$ref" in node:
        name = node["$ref"].removeprefix(_REF)
        wanted.append(name)
        return {"$ref": f"#/$defs/{_short(name)}"}
    if "oneOf" in node:
        return {"type": [*(each["type"] for each in node["oneOf"]), "null"]}
    convert = _CONVERSIONS.get(node.get("type", ""))
    return convert(node, wanted) if convert else {}


def _object(node: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    known = sorted(node.get("properties", {}).items())
    fields = {key: {} if key in _UNSEEN else _converted(value, wanted) for key, value in known}
    for key in node.get("required", ()):
        fields[key] = _set(fields[key])
    values = node.get("additionalProperties")
    closed: dict[str, Any] = {"type": ["object", "null"]}
    if fields:
        closed |= {"properties": fields, "additionalProperties": False}
    elif values:
        closed["additionalProperties"] = _converted(values, wanted)
    return closed | ({"required": node["required"]} if "required" in node else {})


def _set(schema: dict[str, Any]) -> dict[str, Any]:
    """The same without null: a field that must be there is set."""
    if "type" in schema:
        return {**schema, "type": [name for name in schema["type"] if name != "null"]}
    return {**schema, "enum": [word for word in schema["enum"] if word]} if "enum" in schema else schema


def _array(node: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": _converted(node["items"], wanted)}


def _integer(node: dict[str, Any], _: list[str]) -> dict[str, Any]:
    bound = 2 ** _INTEGERS[node.get("format", "int64")]
    return {"type": ["integer", "null"], "minimum": -bound, "maximum": bound - 1}


def _text(node: dict[str, Any], _: list[str]) -> dict[str, Any]:
    words = sorted({"", *node["enum"]}) if "enum" in node else None
    return {"enum": [*words, None]} if words else {"type": ["string", "null"]}


_CONVERSIONS: dict[str, Callable[[dict[str, Any], list[str]], dict[str, Any]]] = {
    "object": _object,
    "array": _array,
    "integer": _integer,
    "string": _text,
    "number": lambda *_: {"type": ["number", "null"]},
    "boolean": lambda *_: {"type": ["boolean", "null"]},
}


def asked(kubectl: str, kubeconfig: str) -> dict[str, Any]:
    """The file's content, as the API server of that cluster has it."""

    def document(version: str) -> dict[str, Any]:
        path = f"/openapi/v3/{'apis' if '/' in version else 'api'}/{version}"
        done = run([kubectl, "get", "--raw", path], environment={"KUBECONFIG": kubeconfig})
        if done.code:
            raise done.error()
        loaded: dict[str, Any] = json.loads(done.stdout)
        return loaded

    return schema_of({version: document(version) for version in KINDS})


def text_of(schema: dict[str, Any]) -> str:
    """The file's text: a line for each definition."""
    lines = [f"{json.dumps(name)}: {json.dumps(node, separators=(',', ':'))}" for name, node in schema["$defs"].items()]
    return f'{{"kinds": {json.dumps(schema["kinds"])},\n"$defs": {{\n' + ",\n".join(lines) + "\n}}\n"


def main() -> int:
    """0 when the file is written, 3 with the reason when no control plane can be asked."""
    try:
        with passing() as cluster:
            schema = asked(str(cluster.kubectl), str(cluster.kubeconfig))
    except (ChartgenError, OSError) as error:
        print(f"chartgen: {error}", file=sys.stderr)
        return 3
    FILE.write_text(text_of(schema), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
