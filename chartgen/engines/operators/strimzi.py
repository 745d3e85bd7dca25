"""Strimzi: Kafka without ZooKeeper.

Facts from strimzi/strimzi-kafka-operator, branch release-1.2.x; each line names its file there."""

from __future__ import annotations

from chartgen.engines.engine import Count, Operated, Operator, OperatorObject, Store, Topic, Topology
from chartgen.engines.operators import names, shared

_API = "kafka.strimzi.io/v1"
_VERSION = "4.3.1"  # kafka-versions.yaml: the default one
_CONTROL, _REPLICATION, _AGENT = 9090, 9091, 8443  # cluster-operator/…/model/KafkaCluster.java


def _operated(store: Store) -> Operated:
    return Operated(
        host=f"{store.name}-kafka-bootstrap",  # api/…/model/kafka/KafkaResources.java, bootstrapServiceName
        pods={"strimzi.io/cluster": store.name},  # operator-common/…/Labels.java; the entity operator's pod has it too
        # KafkaCluster.java, and KafkaResources.java: the entity operator's is <name>-entity-operator
        account=f"{store.name}-kafka",
        secrets=shared.own_secret(store, "username", "password"),
        makes=(  # KafkaResources.java
            ("NetworkPolicy", f"{store.name}-entity-operator"),
            ("NetworkPolicy", f"{store.name}-network-policy-kafka"),
            ("PodDisruptionBudget", f"{store.name}-kafka"),
            ("Service", f"{store.name}-kafka-bootstrap"),
            ("Service", f"{store.name}-kafka-brokers"),
            ("ServiceAccount", f"{store.name}-entity-operator"),
            ("ServiceAccount", f"{store.name}-kafka"),
        ),
        peer_ports=(_CONTROL, _REPLICATION),  # KafkaCluster.java, generateNetworkPolicy
        controller_ports=(_CONTROL, _REPLICATION, _AGENT),  # likewise
        calls_api_server=True,  # the entity operator watches topics and users
        objects=(_kafka(store), *_pools(store), *(_topic(store, topic) for topic in store.topics), *_users(store)),
    )


def _pools(store: Store) -> tuple[OperatorObject, ...]:
    """Pools are named after the store: no two in a namespace can share a name. Pods are <store>-<pool>-<number>."""
    if store.topology is Topology.CLUSTER:
        controllers = _pool(store, f"{store.name}-c", ["controller"], three=True)
        return (_pool(store, store.name, ["broker"]), controllers)
    return (_pool(store, store.name, ["controller", "broker"]),)


def _pool(store: Store, name: str, roles: list[str], *, three: bool = False) -> OperatorObject:
    facts = {"roles": roles, "three": three, "cluster": store.name}
    return OperatorObject(api_version=_API, kind="KafkaNodePool", name=name, template="strimzi-nodepool", facts=facts)


def _kafka(store: Store) -> OperatorObject:
    facts = {"version": store.version or _VERSION}
    return OperatorObject(api_version=_API, kind="Kafka", name=store.name, template="strimzi-kafka", facts=facts)


def _topic(store: Store, topic: Topic) -> OperatorObject:
    name = names.of_topic(store.name, topic.name)
    return OperatorObject(
        api_version=_API,
        kind="KafkaTopic",
        name=name,
        template="strimzi-topic",
        file=f"kafkatopic-{name}.yaml",
        facts={"topic": topic, "cluster": store.name},
    )


def _users(store: Store) -> tuple[OperatorObject, ...]:
    """Without a Secret of the store's own nobody has a password."""
    facts = {"cluster": store.name}
    user = OperatorObject(api_version=_API, kind="KafkaUser", name=store.user, template="strimzi-user", facts=facts)
    return (user,) if store.secret else ()


OPERATOR = Operator(
    name="strimzi",
    title="Strimzi",
    namespace="strimzi",
    source="https://github.com/strimzi/strimzi-kafka-operator, branch release-1.2.x",
    topologies={Topology.SINGLE: 1, Topology.HA: 3, Topology.CLUSTER: 3},
    # brokers that are controllers too vote: one more of an even number outlives no more of them
    counts={Topology.SINGLE: Count(most=1), Topology.HA: Count(least=3, step=2), Topology.CLUSTER: Count(least=3)},
    operated=_operated,
    resources={"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
    max_name=28,  # a pod's name, <store>-<store>-c-<number>, is its host name too
)
