"""CG4xx: warnings on a registry that compiles."""

from __future__ import annotations

from chartgen.codes.code import Code, warning

CODES: tuple[Code, ...] = (
    warning(
        "CG401",
        "floating tag",
        "Tags such as `latest`, `main` and `stable` are made to move: pods of one service can run different code, "
        "and no commit says when it changed. Name a version or a digest.",
    ),
    warning(
        "CG402",
        "shared account",
        "The account is a service's identity: where several share one, no policy can tell them apart, and each "
        "has the rights of all. In a mesh, each may then call whatever one of them may.",
    ),
    warning(
        "CG403",
        "weaker than the restricted standard",
        "By default every pod meets Kubernetes' restricted Pod Security Standard. The message names the control "
        "that this setting gives up; a namespace that enforces the standard would refuse the pod.",
    ),
    warning(
        "CG404",
        "writable image",
        "The container can change its own program's files, and so could an intruder. /tmp is writable anyway; "
        "mount an emptyDir where else it must write.",
    ),
    warning(
        "CG405",
        "port without a readiness probe",
        "Without a readiness probe a pod gets calls as soon as its process exists. `healthEndpoint: /path` adds "
        "one. `probes: {readiness: none}` says that none is meant; lint (CG518) names such pods all the same.",
    ),
    warning(
        "CG406",
        "TCP and UDP on one number",
        "Added to an installed release, the second transport is dropped without a word by Helm 3.17, and by Helm 4 on "
        "a release that Helm 3.17 had last. Where Helm 3.17 takes one of the two out again, the pods lose both names. "
        "`helm upgrade --server-side=true` (Helm 4) does both right, and mends what was lost. The same holds for two "
        "numbers of the Service that lead to one `targetPort`.",
    ),
    warning(
        "CG407",
        "equal probes",
        "Readiness and liveness ask the same question, so a pod that is unready for the moment is also restarted; "
        "when the cause is a dependency, all pods are.",
    ),
    warning(
        "CG408",
        "service that is switched off",
        "`enabled: false` keeps the service out of every installation whose values do not switch it on.",
    ),
    warning(
        "CG409",
        "discovery without an address",
        "`discovery: true` hands over the URL of the port named http, else of the only one. This dependency opens "
        "several ports of which none is named http, so its variable is left out. A dependency without ports only "
        "orders the start and has no address.",
    ),
    warning(
        "CG410",
        "claim that one node holds",
        "The pods of a Deployment share their claims, and a ReadWriteOnce claim (the default) is mounted on one node "
        "at a time: a second pod that is placed on another node never starts. A StatefulSet gives each pod a claim of "
        "its own; ReadWriteMany needs a storage class that can do it.",
    ),
    warning(
        "CG411",
        "what Kubernetes warns of",
        "The API server takes it and prints a warning at every install and upgrade: a quantity with a fraction of a "
        "byte (`1.3Gi`; or `100m` where `100Mi` was meant), a label of nodes or an annotation that has a successor, a "
        "term of affinity to pods that selects none. The hint names what to write.",
    ),
    warning(
        "CG412",
        "schedule that never comes",
        "No month of the schedule has such a day (February 30), and no day of the week stands beside it. Kubernetes "
        "takes the CronJob, never runs it, and notes the event InvalidSchedule.",
    ),
    warning(
        "CG413",
        "token for the Kubernetes API",
        "By default no pod gets one: with it, whoever breaks into the pod speaks to the API server as the service's "
        "account. A program that calls the API needs it (`serviceAccount: {automount: true}`), and a Role in an "
        "overlay that allows only what it does.",
    ),
    warning(
        "CG420",
        "node that nobody uses",
        "No service depends on this datastore or external, so no policy lets anybody reach it. Remove it, or add the "
        "dependency that is missing.",
    ),
    warning(
        "CG421",
        "topic that nobody publishes",
        "A service awaits a topic that no service of the platform publishes: it is misspelt, or its publisher is "
        "missing from the registry.",
    ),
    warning(
        "CG422",
        "detail without effect",
        "The engine, or each way in which the chart can provide the datastore, has no use for what is written: "
        "Memcached has no users, a builtin Kafka makes topics with numbers of its own. The hint says why, and where to "
        "say it instead.",
    ),
)
