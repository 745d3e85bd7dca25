"""OT's redis-operator: one Redis, a replication that Sentinels guard, or a Redis Cluster.

Facts from OT-CONTAINER-KIT/redis-operator v0.26.0; each line names its file there."""

from __future__ import annotations

from collections.abc import Mapping

from chartgen.engines.engine import Count, Operated, Operator, OperatorObject, Store, Topology
from chartgen.engines.operators import shared

_VERSION = "7.0.15"  # charts/redis-replication/values.yaml
_REDIS, _SENTINEL, _BUS = 6379, 26379, 16379  # internal/controller/common/constants.go; redis-cluster.go: port + 10000


def _operated(store: Store) -> Operated:
    return Operated(
        host=_HOSTS[store.topology].format(store.name),
        pods=_pods(store),
        account=store.name,  # the one that is made here: the operator takes what `serviceAccountName` says
        secrets=shared.own_secret(store, "password"),
        makes=tuple((kind, name.format(store.name)) for kind, name in _MAKES[store.topology]),
        peer_ports=_PEER_PORTS[store.topology],
        controller_ports=_CONTROLLER_PORTS[store.topology],
        # internal/k8sutils/services.go: the bus is no port of any Service that is not told so, and nodes dial addresses
        addressed=(_BUS,) if store.topology is Topology.CLUSTER else (),
        objects=(_redis(store), shared.service_account(store)),
    )


_NAME = "redis-operator"

_HOSTS = {
    Topology.SINGLE: "{}",  # internal/k8sutils/redis-standalone.go, CreateStandaloneService
    # redis-replication.go: leads to the pod that the operator has labelled master, 30 seconds after a failover at most
    Topology.HA: "{}-master",
    Topology.CLUSTER: "{}-leader",  # redis-cluster.go, CreateRedisClusterService: all shards; the client finds the rest
}
_MAKES = {  # the same files, and internal/k8sutils/poddisruption.go
    Topology.SINGLE: (
        ("Service", "{}"),
        ("Service", "{}-additional"),
        ("Service", "{}-headless"),
        ("StatefulSet", "{}"),
    ),
    Topology.HA: (
        ("PodDisruptionBudget", "{}-replication"),
        ("Service", "{}"),
        ("Service", "{}-additional"),
        ("Service", "{}-headless"),
        ("Service", "{}-master"),
        ("Service", "{}-replica"),
        ("Service", "{}-s-hl"),  # internal/controller/redisreplication/redisreplication_sentinel.go: the Sentinels'
        ("StatefulSet", "{}"),
        ("StatefulSet", "{}-s"),
    ),
    Topology.CLUSTER: tuple(
        (kind, name)
        for role in ("follower", "leader")
        for kind, name in (
            ("PodDisruptionBudget", f"{{}}-{role}"),
            ("Service", f"{{}}-{role}"),
            ("Service", f"{{}}-{role}-additional"),
            ("Service", f"{{}}-{role}-headless"),
            ("StatefulSet", f"{{}}-{role}"),
        )
    ),
}
_PEER_PORTS = {
    Topology.SINGLE: (),
    Topology.HA: (_REDIS, _SENTINEL),  # the Sentinels' pods count among the store's
    Topology.CLUSTER: (_REDIS, _BUS),
}
_CONTROLLER_PORTS = {
    Topology.SINGLE: (),  # the operator looks at the StatefulSet alone
    Topology.HA: (_REDIS, _SENTINEL),  # internal/controller/redisreplication/redisreplication_controller.go
    Topology.CLUSTER: (_REDIS,),  # internal/k8sutils/redis.go; redis-cli runs inside a pod, by the API server's exec
}


def _pods(store: Store) -> Mapping[str, str]:
    """Labels of all its pods: internal/controller/common/labels.go, and redis-cluster.go for `cluster`."""
    match store.topology:
        case Topology.SINGLE:
            return {"app": store.name, "redis_setup_type": "standalone"}
        case Topology.HA:  # Redis and Sentinel share nothing but the labels of their resource, which go to every pod:
            # its name, which those of the way builtin have too, and its component, which they have not
            return {"app.kubernetes.io/name": store.name, "app.kubernetes.io/component": _NAME}
        case Topology.CLUSTER:
            return {"cluster": store.name, "redis_setup_type": "cluster"}


def _redis(store: Store) -> OperatorObject:
    kind, template = _KINDS[store.topology]
    version = store.version or _VERSION
    return OperatorObject(
        api_version="redis.redis.opstreelabs.in/v1beta2",
        kind=kind,
        name=store.name,
        template=template,
        facts={
            # the operator runs its own images alone: their start script reads its variables (statefulset.go)
            "image": f"quay.io/opstree/redis:v{version}",
            "sentinel_image": f"quay.io/opstree/redis-sentinel:v{version}",
            "cluster_version": f"v{version.partition('.')[0]}",  # becomes REDIS_MAJOR_VERSION
        },
    )


_KINDS = {
    Topology.SINGLE: ("Redis", "ot-redis"),
    Topology.HA: ("RedisReplication", "ot-redisreplication"),
    Topology.CLUSTER: ("RedisCluster", "ot-rediscluster"),
}

OPERATOR = Operator(
    name=_NAME,
    title="OT's redis-operator",
    namespace="ot-operators",  # docs/content/en/docs/Installation/Installation/_index.md
    source="https://github.com/OT-CONTAINER-KIT/redis-operator at v0.26.0",
    topologies={Topology.SINGLE: 1, Topology.HA: 3, Topology.CLUSTER: 6},
    counts={
        Topology.SINGLE: Count(most=1),
        Topology.HA: Count(least=2),
        # api/rediscluster/v1beta2/rediscluster_webhook.go: three shards at least; each has a leader and a follower
        Topology.CLUSTER: Count(least=6, step=2),
    },
    operated=_operated,
    max_name=43,  # a Service is named <name>-follower-additional
)
