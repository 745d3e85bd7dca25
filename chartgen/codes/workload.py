"""CG3xx: what a workload means."""

from __future__ import annotations

from chartgen.codes.code import Code, error

CODES: tuple[Code, ...] = (
    error(
        "CG301",
        "field that the kind cannot have",
        "Jobs and CronJobs have no ports, probes, scaling and are never exposed; a DaemonSet has one pod per "
        "node, so neither scaling nor a claim of its own; only a CronJob has a schedule. In `defaults` such a "
        "field is left out silently for these kinds.",
    ),
    error(
        "CG302",
        "CronJob without a schedule",
        "A CronJob needs `schedule`: five fields (minute, hour, day of the month, month, day of the week) or a "
        "word such as `@daily`.",
    ),
    error(
        "CG303",
        "schedule that Kubernetes refuses",
        "The shape is right and the numbers are not: a range runs backwards, or a step or an interval is too "
        "large. Sunday is 0.",
    ),
    error(
        "CG304",
        "port number given twice",
        "A Service shows each number once per transport (TCP, UDP). Two numbers may lead to one `targetPort`.",
    ),
    error(
        "CG305",
        "port name given twice",
        "Port names differ within a service, also as Kubernetes sees them: with the protocol in front (`redis` is "
        "emitted as `tcp-redis`).",
    ),
    error(
        "CG306",
        "port name too long",
        "Kubernetes takes port names of at most 15 characters, the protocol in front included, which Istio needs "
        "to know how to treat the traffic. The hint holds a shorter name.",
    ),
    error(
        "CG307",
        "port taken in the pod",
        "The containers of a pod share one network: a sidecar cannot listen on a number, or use a port name, that "
        "another container of the pod has.",
    ),
    error(
        "CG308",
        "exposed without a port",
        "`exposed: true` opens the service's ports to callers outside the platform. Without a port that its "
        "Service shows there is nothing to open. In `defaults` it is left out silently for such services.",
    ),
    error(
        "CG309",
        "probe that asks nothing",
        "A probe has timings but none of `http`, `tcp`, `grpc` and `exec`, and neither `healthEndpoint` nor "
        "`defaults` supplies one.",
    ),
    error(
        "CG310",
        "probe or hook without its port",
        "A probe asks a port of its own container: by name, by number, or, when it names none, the port named "
        "`http`, else the only one. The port must exist, be unambiguous, and be TCP. A lifecycle hook's `httpGet` "
        "finds named ports the same way.",
    ),
    error(
        "CG311",
        "minInstances above maxInstances",
        "The autoscaler's floor lies above its ceiling. After merging with `defaults`, both bounds count.",
    ),
    error(
        "CG312",
        "autoscaler without a ceiling",
        "`minInstances` or a threshold asks for an autoscaler, which needs `maxInstances`. For a fixed size use "
        "`replicas`.",
    ),
    error(
        "CG313",
        "threshold without a request",
        "An autoscaler's threshold is a percentage of what the containers request; without a request above zero "
        "on every container that runs in the pod it can measure nothing. `cpuThreshold` is 80 when neither threshold "
        "is set.",
    ),
    error(
        "CG314",
        "quantity that Kubernetes refuses",
        "A quantity is a number and at most one unit: `250m`, `0.5`, `128Mi`, `2G`. Kubernetes caps what is larger "
        "than 64 bits, a claim asks for more than nothing, and extended resources (GPUs, huge pages) are whole "
        "numbers.",
    ),
    error(
        "CG315",
        "request above the limit",
        "A container cannot ask for more than it may use; Kubernetes refuses it. What is built in (requests of 100m "
        "CPU, 128Mi memory, 64Mi ephemeral storage, limits of 500m, 512Mi, 1Gi) gives way to what is written.",
    ),
    error(
        "CG316",
        "device without an equal limit",
        "Extended resources (GPUs, huge pages) are not overcommitted: Kubernetes wants a limit, equal to the request; "
        "and huge pages only beside some cpu or memory.",
    ),
    error(
        "CG317",
        "two containers of one name",
        "The containers of a pod, init containers included, have names that differ. The service's own container "
        "bears the service's name.",
    ),
    error(
        "CG318",
        "image without a version",
        "Only images under `images.prefix` are released with the platform and default to its appVersion. Any "
        "other image needs a tag or a digest, for without one it would be whatever `latest` is that day.",
    ),
    error(
        "CG319",
        "variable set twice",
        "A variable is set both in `settings`, which travel with a release, and in `env` or by `discovery: true`, "
        "which belong to an environment. Which one wins would be a matter of chance: keep one.",
    ),
    error(
        "CG320",
        "security that contradicts itself",
        "The security context asks for two things of which one rules out the other; the container would be "
        "refused or never start.",
    ),
    error(
        "CG321",
        "volume name taken",
        "Volume names differ within a service. chartgen adds two of its own: `tmp`, the writable /tmp (unless "
        "every container mounts a volume there), and `files` where the service has config files.",
    ),
    error(
        "CG322",
        "unknown volume",
        "A sidecar or init container mounts a volume that the service does not list under `volumes`.",
    ),
    error(
        "CG323",
        "mount path taken",
        "A container mounts one volume at a path, and none at `/`.",
    ),
    error(
        "CG324",
        "misplaced file",
        "Each config file is mounted by itself at its path. It cannot lie where a volume is mounted, inside a "
        "read-only one (secret, config, `readOnly`), or where another file needs a folder.",
    ),
    error(
        "CG325",
        "file that cannot be read",
        "`files: {/path: {file: …}}` names a file of the repository, relative to the registry's folder. It must "
        "exist, stay inside (also through links), and hold UTF-8 text without the characters that Helm drops or cannot "
        "read back: NUL, U+007F to U+009F, U+FFFE and U+FFFF.",
    ),
    error(
        "CG326",
        "files too large",
        "The config files of a service travel in one ConfigMap, which holds at most 1 MiB.",
    ),
    error(
        "CG327",
        "file keys collide",
        "A file's key in the ConfigMap is its base name where that is unique in the service, else its path with "
        "`-` for `/`; characters that a key cannot have become `-`. Two files came to the same key, or the key is "
        "one that Kubernetes refuses.",
    ),
    error(
        "CG328",
        "label or annotation that is taken",
        "Selectors, policies and Helm rely on the recommended labels (`app.kubernetes.io/…`, `helm.sh/chart`), "
        "and Helm's and chartgen's annotations (`helm.sh/…`, `meta.helm.sh/…`, `checksum/…`) steer the release. "
        "`type` sets the component label. On the pods of a Job or CronJob, `job-name`, `controller-uid` and the same "
        "under `batch.kubernetes.io/` are Kubernetes' own.",
    ),
    error(
        "CG330",
        "account that cannot be made",
        "Every namespace has a ServiceAccount `default` of its own, which a release can neither make nor take over.",
    ),
    error(
        "CG331",
        "shared account, different annotations",
        "Services that name one account share one object, so its annotations must be the same on all of them.",
    ),
    error(
        "CG332",
        "patch without a target",
        "A patch names one object that the service's chart emits, by kind and name. The message or hint lists "
        "them. A Job is named by the service, without its hash; an account that several services share belongs to "
        "none of them.",
    ),
    error(
        "CG333",
        "patch of an object's identity",
        "`apiVersion`, `kind` and `metadata.name` are how charts, policies and patches find an object; a patch "
        "cannot change them.",
    ),
    error(
        "CG334",
        "hook that outlasts the pod",
        "A lifecycle hook's `sleep` counts against `terminationGracePeriodSeconds` (30 by default); Kubernetes refuses "
        "one that is longer.",
    ),
    error(
        "CG335",
        "patch that cannot be applied",
        "Helm would stop at this operation: it removes, replaces, tests, moves or copies something under a key that "
        "objects of this kind do not have at their top, or it moves a value into itself. Whether deeper paths exist "
        "depends on values too; `chartgen lint` finds out.",
    ),
    error(
        "CG336",
        "annotation that Kubernetes refuses",
        "A few annotations mean something to Kubernetes itself, which then refuses pods where the value makes no "
        "sense: `controller.kubernetes.io/pod-deletion-cost` is a whole number, an AppArmor annotation names a "
        "container of the pod and a profile, `kubernetes.io/config.mirror` is the kubelet's. And all annotations of "
        "one object have at most 256 KiB.",
    ),
    error(
        "CG337",
        "field of another type of Service",
        "A `nodePort` needs a Service of type NodePort or LoadBalancer, and so does `externalTrafficPolicy`; "
        "`sourceRanges` and `loadBalancerClass` are a LoadBalancer's. A headless Service has no address, so it can be "
        "neither.",
    ),
    error(
        "CG338",
        "port that two claim",
        "A port of the nodes leads to one Service (`nodePort`) or one container (`hostPort`), and each number of a "
        "Service to one port. Pods of a DaemonSet are on every node, so no two of them may have one `hostPort`.",
    ),
    error(
        "CG339",
        "alias of a port that is not there",
        "An alias is one more Kubernetes Service in front of the same pods. It shows ports of those that the "
        "service's own Service shows, named as there.",
    ),
    error(
        "CG340",
        "alias whose name is taken",
        "An alias is a name that callers use, so no service, datastore or external may have it too, nor may another "
        "alias of the service.",
    ),
    error(
        "CG341",
        "volume that nobody mounts",
        "A volume is mounted into the service's own container by its `mountPath`, and into a sidecar or init container "
        "by `mounts`. This one is in no container.",
    ),
    error(
        "CG342",
        "metrics on an unknown port",
        "`metrics` names a TCP port of the service or of a sidecar, by its name or by the number that the container "
        "listens on. A number that no port has is added as a port that the Service hides.",
    ),
    error(
        "CG343",
        "weights that do not add up",
        "Weights are percent: the versions that are on share 100, and one that is off has none. Without any weight, "
        "calls go to the pods of all versions in turn.",
    ),
    error(
        "CG344",
        "two versions of one name",
        "A version's name is the label by which its pods are told from those of the others, and part of the names of "
        "its objects.",
    ),
    error(
        "CG345",
        "versions of another kind",
        "Versions share the calls of one Service: that is for Deployments and StatefulSets. A DaemonSet has one pod on "
        "each node, and nobody calls a Job.",
    ),
    error(
        "CG346",
        "versions with different ports",
        "One Service leads to the pods of all versions, so each must have the ports that it shows. A version's own "
        "sidecars take the place of the service's.",
    ),
)
