"""Percona's operator for MongoDB: a replica set, or shards of three behind mongos.

Facts from percona/percona-server-mongodb-operator v1.22.0; each line names its file there."""

from __future__ import annotations

from collections.abc import Iterator

from chartgen.engines.engine import Count, Operated, Operator, OperatorObject, Store, Topology
from chartgen.engines.operators import shared

_VERSION = "8.0.19-7"  # deploy/cr.yaml, and so is that of the backup's image
_BACKUP = "docker.io/percona/percona-backup-mongodb:2.12.0"
_PORT = 27017  # pkg/apis/psmdb/v1/psmdb_defaults.go, DefaultMongoPort


def _operated(store: Store) -> Operated:
    # pkg/controller/perconaservermongodb/service.go; pkg/psmdb/service.go: headless, the driver finds the members
    service = "mongos" if store.topology is Topology.CLUSTER else "rs0"
    return Operated(
        host=f"{store.name}-{service}",
        # pkg/naming/labels.go, ClusterLabels
        pods={"app.kubernetes.io/instance": store.name, "app.kubernetes.io/name": "percona-server-mongodb"},
        account=store.name,  # made here: else it is `default` (psmdb_defaults.go, WorkloadSA)
        secrets=shared.own_secret(store, "username", "password"),
        makes=tuple(_makes(store)),
        peer_ports=(_PORT,),
        controller_ports=(_PORT,),  # pkg/controller/perconaservermongodb/mgo.go
        objects=(_mongodb(store), shared.service_account(store)),
    )


def _makes(store: Store) -> Iterator[tuple[str, str]]:
    """pkg/controller/perconaservermongodb, statefulset.go, service.go and mgo.go: all are named after a set."""
    sharded = store.topology is Topology.CLUSTER
    shards = [f"rs{number}" for number in range(store.instances // 3 if sharded else 1)]
    for part in (*shards, *(("cfg", "mongos") if sharded else ())):
        name = f"{store.name}-{part}"
        yield from ((kind, name) for kind in ("PodDisruptionBudget", "Service", "StatefulSet"))


def _mongodb(store: Store) -> OperatorObject:
    return OperatorObject(
        api_version="psmdb.percona.com/v1",
        kind="PerconaServerMongoDB",
        name=store.name,
        template="percona-mongodb",
        facts={
            "image": f"docker.io/percona/percona-server-mongodb:{store.version or _VERSION}",
            "backup_image": _BACKUP,
        },
    )


OPERATOR = Operator(
    name="percona-server-mongodb-operator",
    title="Percona's operator for MongoDB",
    namespace="psmdb-operator",  # deploy/cw-rbac.yaml: the one that watches all namespaces
    source="https://github.com/percona/percona-server-mongodb-operator at v1.22.0",
    topologies={Topology.SINGLE: 1, Topology.HA: 3, Topology.CLUSTER: 6},
    counts={
        Topology.SINGLE: Count(most=1),
        Topology.HA: Count(least=3, step=2),  # psmdb_defaults.go, checkSafeDefaults
        Topology.CLUSTER: Count(least=3, step=3),  # shards of three
    },
    operated=_operated,
    resources={"requests": {"cpu": "300m", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
    max_name=44,  # psmdb_defaults.go, clusterNameMaxLen: 50 with the name of a replica set
)
