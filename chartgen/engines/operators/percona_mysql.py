"""Percona's operator for MySQL: group replication behind HAProxy.

Facts from percona/percona-server-mysql-operator at 9adfefaa, which becomes 1.3.0; each line names its file there. Users
and databases come with that version: 1.2.0 knows none."""

from __future__ import annotations

from chartgen.engines.engine import Count, Operated, Operator, OperatorObject, Store, Topology
from chartgen.engines.operators import shared

_VERSION = "8.4.10-10.1"  # deploy/cr.yaml of v1.2.0, as is that of HAProxy: those of main are built anew each day
_HAPROXY = "docker.io/percona/haproxy:2.8.18-1"
_CLIENTS, _X, _GROUP, _ADMIN = 3306, 33060, 33061, 33062  # pkg/mysql/mysql.go


def _operated(store: Store) -> Operated:
    # pkg/mysql/mysql.go, ServiceName (headless, of the one pod); pkg/haproxy/haproxy.go, ServiceName: the primary
    service = "mysql" if store.topology is Topology.SINGLE else "haproxy"
    return Operated(
        host=f"{store.name}-{service}",
        # pkg/naming/kubernetes.go, Labels; the name label tells mysql and haproxy apart
        pods={"app.kubernetes.io/instance": store.name, "app.kubernetes.io/part-of": "percona-server"},
        account=store.name,  # made here: else it is `default` (api/v1/perconaservermysql_types.go, Core)
        secrets=shared.own_secret(store, "username", "password"),
        makes=tuple((kind, f"{store.name}-{end}") for kind, end in _MAKES),
        peer_ports=(_CLIENTS, _X, _GROUP, _ADMIN),  # build/haproxy_add_mysql_nodes.sh, pkg/mysql/mysql.go
        controller_ports=(_CLIENTS,),  # pkg/controller/ps/users_custom.go; all else it runs inside the pods (pkg/db)
        objects=(_mysql(store), shared.service_account(store)),
    )


_MAKES = (  # pkg/mysql/mysql.go, pkg/haproxy/haproxy.go
    ("ConfigMap", "haproxy"),
    ("ConfigMap", "mysql"),
    ("PodDisruptionBudget", "haproxy"),
    ("PodDisruptionBudget", "mysql"),
    ("Service", "haproxy"),
    ("Service", "mysql"),
    ("Service", "mysql-primary"),
    ("Service", "mysql-proxy"),
    ("Service", "mysql-unready"),
    ("StatefulSet", "haproxy"),
    ("StatefulSet", "mysql"),
)


def _mysql(store: Store) -> OperatorObject:
    version = store.version or _VERSION
    return OperatorObject(
        api_version="ps.percona.com/v1",
        kind="PerconaServerMySQL",
        name=store.name,
        template="percona-mysql",
        facts={"image": f"docker.io/percona/percona-server:{version}", "haproxy": _HAPROXY},
    )


OPERATOR = Operator(
    name="percona-server-mysql-operator",
    title="Percona's operator for MySQL (1.3 or newer)",
    namespace="ps-operator",  # deploy/cw-bundle.yaml: the one that watches all namespaces
    source="https://github.com/percona/percona-server-mysql-operator at 9adfefaa",
    topologies={Topology.SINGLE: 1, Topology.HA: 3},
    # config/crd: group replication needs an odd number, and takes fewer than nine
    counts={Topology.SINGLE: Count(most=1), Topology.HA: Count(least=3, most=7, step=2)},
    operated=_operated,
    resources={"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"cpu": "2", "memory": "2Gi"}},
    max_name=44,  # the StatefulSet <name>-haproxy
)
