"""OpenSearch."""

from __future__ import annotations

from chartgen.engines import words
from chartgen.engines.engine import Builtin, Credentials, Data, Engine, EnginePort, Role, Store, Topology

PORTS = (EnginePort(name="http", port=9200, protocol="http"),)
_HOME = "/usr/share/opensearch"
_NEEDS: Data = {"runAsUser": 1000, "runAsGroup": 1000, "readOnlyRootFilesystem": False}
"""The image's files are its own user's, and it writes its keystore beside the configuration among them."""


def _service(store: Store) -> Data:
    """Facts: github.com/opensearch-project/opensearch-build, docker/release (uid 1000, home /usr/share/opensearch; the
    entrypoint makes a setting of each variable with a dot, writes a keystore into config, and logs to the console
    besides). The security plugin would want certificates, so it is off, and nobody has a password."""
    return words.workload(
        store,
        f"opensearchproject/opensearch:{store.version}",
        ports=PORTS,
        env={
            "DISABLE_INSTALL_DEMO_CONFIG": "true",
            "DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI": "true",
            "DISABLE_SECURITY_PLUGIN": "true",
            "OPENSEARCH_JAVA_OPTS": "-Xms512m -Xmx512m",
            "cluster.name": store.name,
            "discovery.type": "single-node",
        },
        volumes=[words.data(store, f"{_HOME}/data"), words.scratch("logs", f"{_HOME}/logs")],
        securityContext={**_NEEDS, "fsGroup": 1000, "fsGroupChangePolicy": "OnRootMismatch"},
        probes=words.probes(
            {"http": {"path": "/_cluster/health?local=true", "port": "http"}}, port="http", starts_in=300
        ),
        resources=words.resources("200m", "1Gi", limit="1536Mi"),
        terminationGracePeriodSeconds=120,
    )


ENGINE = Engine(
    name="opensearch",
    title="OpenSearch",
    role=Role.DATABASE,
    version="3.8.0",
    ports=PORTS,
    scheme="http",
    tls_scheme="https",
    credentials=Credentials.OPTIONAL,
    ignores={
        "database": "OpenSearch has indexes, which its callers make; remove it",
        "user": "the Secret says who logs in; remove it",
    },
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        secrets=(),
        refused=dict.fromkeys(
            (Topology.HA, Topology.CLUSTER),
            "a cluster of OpenSearch chooses its first managers by a setting that must be gone at the next start. "
            + words.way_out("external"),
        ),
        needs=_NEEDS,
        ignores={
            "secret": "builtin runs OpenSearch without its security plugin, so nobody has a password; provide it by "
            "external too, or remove it"
        },
    ),
)
