"""A datastore that chartgen knows nothing of: the registry gives its image and ports."""

from __future__ import annotations

from chartgen.engines.engine import Builtin, Credentials, Data, Engine, Role, Store, Topology

_ANY = "chartgen does not know what it takes to {0} this one. Say topology: single, and what it needs under builtin"


def _service(store: Store) -> Data:
    """One pod; a claim only where storage is asked for cannot be told from here, so `builtin: {volumes: …}` has it."""
    return {"kind": "StatefulSet", "scaling": {"replicas": store.instances}}


ENGINE = Engine(
    name="custom",
    title="a datastore of your own",
    role=Role.DATABASE,
    version="",
    ports=(),
    scheme="tcp",
    credentials=Credentials.OPTIONAL,
    ignores={
        "database": "chartgen cannot tell a custom engine of it; say it under builtin: {env: …}",
        "user": "chartgen cannot tell a custom engine of it; say it under builtin: {env: …}",
        "storage": "chartgen does not know where a custom engine keeps its data; say builtin: {volumes: [{name: data, "
        "mountPath: …, claim: {size: …}}]}",
        "topics": "chartgen cannot make topics on a custom engine; make them yourself",
    },
    builtin=Builtin(
        topologies={Topology.SINGLE: 1},
        service=_service,
        any_number=True,
        refused={Topology.HA: _ANY.format("fail over"), Topology.CLUSTER: _ANY.format("cluster")},
    ),
)
