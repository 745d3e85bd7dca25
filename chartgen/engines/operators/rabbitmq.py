"""RabbitMQ's own operators: one for clusters, one for what is in them.

Facts from rabbitmq/cluster-operator v2.22.3 and rabbitmq/messaging-topology-operator v1.20.1 (called topology); each
line names its file there."""

from __future__ import annotations

from chartgen.engines.engine import Count, Operated, Operator, OperatorObject, SecretKey, Store, Topic, Topology
from chartgen.engines.operators import names, shared

_API = "rabbitmq.com/v1beta1"
_VERSION = "4.2.6"  # cmd/main.go, defaultRabbitmqImage
_GENERATED = {
    "username": "username",
    "password": "password",
    "host": "host",
    "port": "port",
    "uri": "connection_string",
}
"""Credential → key of the Secret that the operator makes (internal/resource/default_user_secret.go)."""


def _operated(store: Store) -> Operated:
    pods = {"app.kubernetes.io/name": store.name, "app.kubernetes.io/part-of": "rabbitmq"}  # internal/metadata/label.go
    return Operated(
        host=store.name,  # internal/resource/service.go
        pods=pods,
        account=f"{store.name}-server",  # internal/resource/service_account.go
        secrets=_secrets(store),
        makes=(  # internal/resource: service.go, headless_service.go, statefulset.go, configmap.go, rabbitmq_plugins.go
            ("ConfigMap", f"{store.name}-plugins-conf"),
            ("ConfigMap", f"{store.name}-server-conf"),
            ("Service", store.name),
            ("Service", f"{store.name}-nodes"),
            ("ServiceAccount", f"{store.name}-server"),
            ("StatefulSet", f"{store.name}-server"),
        ),
        # docs/examples/network-policies/allow-inter-node-traffic.yaml: epmd and distribution. Streams would need
        # 6000-6500 as well, and the command line from another pod 35672-35682.
        peer_ports=(4369, 25672),
        controller_ports=(15672,),  # likewise, allow-operator-traffic.yaml: the HTTP API, for both operators
        calls_api_server=True,  # internal/resource/configmap.go: rabbit_peer_discovery_k8s, and role.go
        objects=(
            _cluster(store),
            _budget(store, pods),
            *(_exchange(store, topic) for topic in store.topics),
            *_user(store),
        ),
    )


def _secrets(store: Store) -> dict[str, SecretKey]:
    if store.secret:
        return shared.own_secret(store, "username", "password")
    generated = f"{store.name}-default-user"
    return {name: SecretKey(secret=generated, key=key) for name, key in _GENERATED.items()}


def _cluster(store: Store) -> OperatorObject:
    return OperatorObject(
        api_version=_API,
        kind="RabbitmqCluster",
        name=store.name,
        template="rabbitmq-cluster",
        facts={"image": f"docker.io/library/rabbitmq:{store.version or _VERSION}-management"},
    )


def _budget(store: Store, pods: dict[str, str]) -> OperatorObject:
    """The operator makes none; docs/examples/production-ready has this one."""
    return OperatorObject(
        api_version="policy/v1",
        kind="PodDisruptionBudget",
        name=store.name,
        template="poddisruptionbudget",
        file="poddisruptionbudget-operator.yaml",
        facts={"pods": pods},
    )


def _exchange(store: Store, topic: Topic) -> OperatorObject:
    name = names.of_topic(store.name, topic.name)
    return OperatorObject(
        api_version=_API,
        kind="Exchange",
        name=name,
        template="rabbitmq-exchange",
        file=f"exchange-{name}.yaml",
        facts={"topic": topic, "cluster": store.name},
    )


def _user(store: Store) -> tuple[OperatorObject, ...]:
    """Who logs in with the store's own Secret."""
    if not store.secret:
        return ()
    kinds = {"User": "rabbitmq-user", "Permission": "rabbitmq-permission"}
    return tuple(
        OperatorObject(api_version=_API, kind=kind, name=store.name, template=template, facts={"cluster": store.name})
        for kind, template in kinds.items()
    )


OPERATOR = Operator(
    name="rabbitmq",
    title="RabbitMQ's cluster and topology operators",
    namespace="rabbitmq-system",  # config/installation/kustomization.yaml, of both
    source="https://github.com/rabbitmq/cluster-operator at v2.22.3, "
    "https://github.com/rabbitmq/messaging-topology-operator at v1.20.1",
    topologies={Topology.SINGLE: 1, Topology.HA: 3, Topology.CLUSTER: 3},
    # api/v1beta1/rabbitmqcluster_types.go: "should be an odd number", so that one side of a split can go on
    counts={
        Topology.SINGLE: Count(most=1),
        Topology.HA: Count(least=3, step=2),
        Topology.CLUSTER: Count(least=3, step=2),
    },
    operated=_operated,
    resources={"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}},
    makes_secret=True,
    login_labels={"rabbitmq.com/topology-operator": "true"},  # topology: docs/examples/users/README.md
    max_name=45,  # internal/resource/statefulset.go: the StatefulSet <name>-server
)
