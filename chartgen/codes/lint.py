"""CG5xx: charts and rendered objects."""

from __future__ import annotations

from chartgen.codes.code import Code, error, warning

CODES: tuple[Code, ...] = (
    error("CG501", "helm lint",
        "What `helm lint --strict` says of a chart, in its words."),
    error("CG502", "render failed",
        "`helm template` stops with these words: a template calls `fail`, reads a value that is not there, or is "
        "not well-formed. `helm lint` does not see all of it."),
    error("CG503", "not an object",
        "A template renders text that is not YAML, or that lacks apiVersion, kind or name."),
    error("CG504", "values break a schema",
        "A values file holds what the chart's values.schema.json refuses: mostly a misspelt service or key. The "
        "chart's README lists what it takes."),
    error("CG505", "key twice in an object",
        "YAML forbids it, and Kubernetes silently keeps the last one: mostly an overlay, or a label given in values, "
        "repeats what the template writes already."),
    error("CG506", "text that Kubernetes refuses",
        "A label, a key or a name is not of the form that the API server takes: the install would stop half-way. "
        "It comes from values, a patch or an overlay; names of objects are in CG501."),
    error("CG507", "quantity that Kubernetes refuses",
        "It cannot be read, or a request is above its limit: no pod would be made. Values are merged key by key, so "
        "who raises a request in one environment must look at the limit too."),
    error("CG508", "field that Kubernetes does not have",
        "A field of an object does not exist, has another type, or stands beside one that it cannot stand with, such "
        "as `In` without values: a strict API server refuses the object, an older helm drops the field without a word. "
        "It comes from values, a patch or an overlay. chartgen knows the fields of Kubernetes 1.37."),
    error("CG509", "object too large",
        "Kubernetes takes at most 1 MiB of values in a ConfigMap or a Secret and 256 KiB of annotations on an object."),
    error("CG510", "object rendered twice",
        "Two templates render the same kind and name. Helm applies both, and the later one wins silently. Rename or"
        " remove one; an overlay cannot replace a generated object (use `patches`)."),
    error("CG511", "container name twice",
        "Containers of a pod need different names; the API server refuses it."),
    error("CG512", "env name twice",
        "The later entry wins silently. Keep one."),
    error("CG513", "port twice",
        "Port names, and numbers with their protocol, must differ in a pod and in a Service."),
    error("CG514", "volume or mount twice",
        "Volume names of a pod, and mount paths of a container, must differ."),
    error("CG515", "unknown volume",
        "A container mounts a volume that the pod does not have: no pod would be made."),
    error("CG516", "probe asks an unknown port",
        "The probe can never succeed. Ask a port that the container has."),
    warning("CG517", "readiness is liveness",
        "If both ask the same question, a pod that should only be spared new requests is killed instead. Let "
        "liveness be a patient TCP connect."),
    warning("CG518", "traffic without probes",
        "A Service sends requests to a pod that cannot say that it is ready or alive. Give the service a "
        "`healthEndpoint` or `probes`. Where the registry says `none` on purpose, the warning stays: lint looks at "
        "what is rendered. Services of UDP alone are spared, for no probe speaks it."),
    warning("CG519", "variable used before it is set",
        "Kubernetes expands `$(VAR)` only where VAR stands earlier in the list; otherwise the text stays as it is."),
    error("CG520", "Service port leads nowhere",
        "A Service's targetPort is no port of the pods that it selects."),
    error("CG521", "selector finds the wrong pods",
        "A Service, PodDisruptionBudget or NetworkPolicy that selects no pod does nothing; a Service that selects "
        "several workloads mixes them, unless these are versions of one service, apart by the label `version`."),
    error("CG522", "NetworkPolicy port leads nowhere",
        "A NetworkPolicy works on the pods' own ports, not on the Service's: the port it names is not among them, "
        "so the call stays closed."),
    warning("CG523", "pod without NetworkPolicy",
        "Anyone may call it, and it may call anyone. The generated policies are off, or an overlay makes a pod of "
        "its own: give it a NetworkPolicy."),
    error("CG524", "workloads share pods",
        "A workload's selector must match its own pods and no others."),
    error("CG525", "autoscaler and workload disagree",
        "Its target is missing, or also sets `replicas`, which every upgrade would then reset, or has a container "
        "without the request that its use is a percentage of, in a pod that has none either and without a LimitRange "
        "that gives it one."),
    warning("CG526", "one pod in production",
        "An autoscaler may go down to one pod in production: each of its restarts is an outage. Production is the "
        "environment named prod, production or live, else the last of several."),
    warning("CG527", "budget stops a drain",
        "A PodDisruptionBudget that allows no disruption keeps its nodes from being drained, and so from being "
        "upgraded."),
    warning("CG528", "service account is not its own",
        "A pod runs as the namespace's default account, or as one that the release does not make: policies cannot "
        "tell it from others."),
    warning("CG529", "probe asks an undeclared port",
        "The number is not among the container's ports: the probe may succeed, but nobody reads there what listens."),
    warning("CG530", "image floats",
        "Without tag and digest, or with a tag such as `latest`, two pods of one workload may run different "
        "programs. Name a version; best, a digest."),
    warning("CG531", "resources missing",
        "Without requests the scheduler places blindly, without limits one pod may starve its node. Those of the pod "
        "(`spec.resources`) do as well."),
    warning("CG532", "less than restricted",
        "The pod gives up a control of the restricted Pod Security Standard, and a namespace that enforces it refuses "
        "the pod; or one that generated charts hold beyond it: ids of at least 10000, a read-only root file system."),
    warning("CG533", "reaches into its node",
        "Host namespaces, paths, ports or privileges: who takes over this pod has the node."),
    warning("CG534", "secret in the open",
        "A name like a password or token with a literal value: values, manifests and the release record are "
        "readable to many. Refer to a Secret."),
    warning("CG535", "remote shell",
        "Port 22 in a pod is a second way in that nothing else here watches."),
    warning("CG536", "pods not spread",
        "Several equal pods may land on one node or in one zone and fail together."),
    warning("CG537", "no disruption budget",
        "A drain may take all pods of this workload at once."),
    error("CG538", "namespace in a template",
        "One platform is one release in one namespace, which `helm install --namespace` chooses; what names another"
        " is left behind or refused."),
    warning("CG539", "job without bounds",
        "Jobs need a deadline; CronJobs also limits on what they keep. A plain Job must have no TTL, or the next "
        "upgrade runs it again."),
    warning("CG540", "API token mounted",
        "The pod could talk to the Kubernetes API. Most need not."),
    warning("CG541", "old image may stay",
        "Without a digest only imagePullPolicy Always makes nodes agree on what a tag means."),
    error("CG542", "API version not served",
        "Charts are for Kubernetes 1.30 and later: the version must exist in all of them."),
    warning("CG543", "what Kubernetes warns of",
        "The API server takes it and prints a warning at every install and upgrade: labels and annotations that have a "
        "successor, a fraction of a byte, a name given twice, a term of affinity that is about no pod."),
    warning("CG544", "labels missing",
        "The recommended app.kubernetes.io labels are how people and tools find what belongs together."),
    warning("CG545", "power over the cluster",
        "cluster-admin, or exec and attach into pods, is more than a service needs."),
    warning("CG546", "Ingress without TLS",
        "What it serves can be read, and changed, on the way."),
    warning("CG547", "object that no pod reads",
        "A PersistentVolumeClaim or ConfigMap that no pod of the render mounts or reads is dead weight, or the pod asks"
        " for it under another name and will not start."),
    warning("CG548", "rollback that waits for ever",
        "Kubernetes replaces the pods of a StatefulSet in order unless `podManagementPolicy` is Parallel: one that "
        "never gets ready is then not replaced after a rollback either, until somebody deletes it. An update replaces "
        "one pod at a time in both cases."),
    error("CG550", "unsteady template",
        "`tpl`, `lookup` and functions of chance or time make a render slow, or different each time: no review of "
        "it would hold."),
    warning("CG560", "environment without values",
        "A declared environment lacks its values folder, or one of the two files in it. `chartgen generate` makes "
        "them."),
    error("CG561", "value in the wrong file",
        "values/<env>/values.yaml is people's, release.yaml is what chartgen promotes (image repository, tag and "
        "digest, settings, chartgenRelease). A value in both would be undone by the next promotion."),
    error("CG562", "values file unreadable",
        "A values file must be YAML with a mapping at the top."),
    error("CG563", "datastore in a way that the environment does not take",
        "The environment's `provision` names the ways in which datastores may be provided there, so that nobody's "
        "production runs on a builtin one. Its values, or the registry's default, choose another."),
    warning("CG564", "datastore that asks nobody for a password",
        "In production a datastore runs without any credentials, though its engine knows passwords: whoever gets into "
        "a pod that may call it reads and writes all. Name a Secret under its `secret`, and hand the password to its "
        "callers: `env: {CACHE_PASSWORD: ${cache.secret.password}}`."),
    warning("CG570", "release record half full",
        "Helm keeps each release in a Secret, which holds at most 1 MiB: the root chart, all values and the "
        "rendered manifests, compressed. `group` cuts a platform into several releases; the hint proposes groups that "
        "do not wait for each other in a ring, each below 40 % of the limit."),
    error("CG571", "release record nearly full",
        "From three quarters on, an ordinary change may make the release impossible to install or upgrade. Cut it into "
        "several by `group`, as the hint proposes."),
)  # fmt: skip
