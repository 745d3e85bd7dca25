"""CloudNativePG: PostgreSQL with a primary, standbys and failover.

Facts from cloudnative-pg/cloudnative-pg v1.30.0; each line names its file there."""

from __future__ import annotations

from chartgen.engines.engine import Count, Operated, Operator, OperatorObject, SecretKey, Store, Topology
from chartgen.engines.operators import shared

_VERSION = "18.4"  # pkg/versions/versions.go
_GENERATED = {
    "username": "username",
    "password": "password",
    "database": "dbname",
    "host": "host",
    "port": "port",
    "uri": "uri",
    "jdbc-uri": "jdbc-uri",
}
"""Credential → key of the Secret that the operator makes (pkg/specs/secrets.go, CreateSecret)."""


def _operated(store: Store) -> Operated:
    return Operated(
        host=f"{store.name}-rw",  # api/v1/cluster_types.go, ServiceReadWriteSuffix: always the primary
        pods={"cnpg.io/cluster": store.name},  # pkg/specs/pods.go, and jobs.go: initdb's and join's pods too
        account=store.name,  # api/v1/cluster_funcs.go, GetServiceAccountName
        secrets=_secrets(store),
        makes=(
            ("ServiceAccount", store.name),
            ("PodDisruptionBudget", store.name),  # pkg/specs/poddisruptionbudget.go
            ("PodDisruptionBudget", f"{store.name}-primary"),
            *(("Service", f"{store.name}-{end}") for end in ("any", "r", "ro", "rw")),  # pkg/specs/services.go
        ),
        peer_ports=(5432, 8000),  # replication and join; the liveness pinger asks the primary's status
        controller_ports=(8000, 5432),  # docs/src/networking.md: "the operator can reach every cluster pod on"
        # pkg/management/postgres/webserver/client/remote: https://<address of the pod>:8000, and so do the pods
        addressed=(8000,),
        encrypted=(8000,),
        calls_api_server=True,  # the instance manager, PID 1 of every pod, watches its Cluster (docs/src/security.md)
        objects=(_cluster(store),),
    )


def _cluster(store: Store) -> OperatorObject:
    return OperatorObject(
        api_version="postgresql.cnpg.io/v1",
        kind="Cluster",
        name=store.name,
        template="cnpg-cluster",
        # pkg/versions/versions.go, DefaultImageName, has the same form
        facts={"image": f"ghcr.io/cloudnative-pg/postgresql:{store.version or _VERSION}-system-trixie"},
    )


def _secrets(store: Store) -> dict[str, SecretKey]:
    if store.secret:
        return shared.own_secret(store, "username", "password")
    generated = f"{store.name}-app"  # api/v1/cluster_types.go, ApplicationUserSecretSuffix
    return {name: SecretKey(secret=generated, key=key) for name, key in _GENERATED.items()}


OPERATOR = Operator(
    name="cloudnative-pg",
    title="CloudNativePG",
    namespace="cnpg-system",  # config/default/kustomization.yaml
    source="https://github.com/cloudnative-pg/cloudnative-pg at v1.30.0",
    topologies={Topology.SINGLE: 1, Topology.HA: 3},
    counts={Topology.SINGLE: Count(most=1), Topology.HA: Count(least=2)},
    operated=_operated,
    resources={"requests": {"cpu": "200m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
    makes_secret=True,
    login_type="kubernetes.io/basic-auth",  # docs/src/bootstrap.md
    max_name=50,  # internal/webhook/v1/cluster_webhook.go, validateName
)
