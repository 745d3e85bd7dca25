"""Every diagnostic code: what it means and how to mend it. docs/codes.md is made from this table."""

from __future__ import annotations

from dataclasses import dataclass

from chartgen.diagnostics import Diagnostic, Severity, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One code: its severity, a title of a few words, and a paragraph that explains cause and cure."""

    id: str
    severity: Severity
    title: str
    explanation: str


def _error(id: str, title: str, explanation: str) -> Code:
    return Code(id=id, severity=Severity.ERROR, title=title, explanation=explanation)


def _warning(id: str, title: str, explanation: str) -> Code:
    return Code(id=id, severity=Severity.WARNING, title=title, explanation=explanation)


# CG0xx: the file and its YAML
_FILE: tuple[Code, ...] = (
    _error(
        "CG001",
        "empty registry",
        "The file holds nothing but comments or blank lines. `chartgen init` writes a small registry to begin with.",
    ),
    _error(
        "CG002",
        "not YAML",
        "The file cannot be read as YAML. The usual causes: a tab in the indentation, a quote or bracket that is never "
        'closed, text with ": " or a special first character that needs quotes, a line indented like none above it.',
    ),
    _error(
        "CG003",
        "not UTF-8",
        "A registry is UTF-8 text; a byte order mark is accepted. Save the file as UTF-8 (editors call other encodings "
        "Latin-1, Windows-1252 or UTF-16).",
    ),
    _error(
        "CG004",
        "control character",
        "YAML allows no control characters but tab and line break. Others can be written as an escape between double "
        "quotes, except NUL and lone surrogates, which no file or environment variable can hold.",
    ),
    _error(
        "CG005",
        "file too large",
        "A registry has at most 16 MiB. Large config files belong in files of the repository, named by "
        "`files: {/path: {file: …}}`.",
    ),
    _error(
        "CG006",
        "several documents",
        "A registry is one YAML document. A second one, after a line of three dashes, is refused, because it would be "
        "ignored silently otherwise.",
    ),
    _error(
        "CG007",
        "not a mapping",
        "The file holds a list or a single value. A registry is a mapping with apiVersion, kind, metadata and "
        "services.",
    ),
    _error(
        "CG008",
        "duplicate key",
        "A mapping has the same key twice; one of the two values would be lost. The message names the line "
        "of the first.",
    ),
    _error(
        "CG009",
        "key is not text",
        "Keys are text. Plain numbers, true, false and null are none, nor is a mapping or list (unquoted "
        "template braces read as one). Quotes make a key text.",
    ),
    _error(
        "CG010",
        "alias without a value",
        "An alias (`*name`) repeats the value marked `&name` before it. The mark is missing, comes later, or is on a "
        "value that holds the alias itself. Text that begins with an asterisk needs quotes.",
    ),
    _error(
        "CG011",
        "aliases explode",
        "Written out, what the aliases of the file repeat would be over 16 MiB. What services share belongs under "
        "`defaults`.",
    ),
    _error(
        "CG012",
        "tag without meaning",
        "Only YAML's own tags are read (!!str, !!int, !!float, !!bool, !!null, !!map, !!seq), and only on values that "
        "they fit. Others, such as !!python/… or !secret, are refused.",
    ),
    _error(
        "CG013",
        "merge key",
        "The merge key `<<` belongs to YAML 1.1. What services share is written under `defaults`, which merges by "
        "documented rules; a whole value can be repeated with an anchor and an alias.",
    ),
    _error(
        "CG014",
        "unusable number",
        "NaN, infinity and numbers beyond 64 bits mean nothing in a chart. In quotes they are text.",
    ),
    _error(
        "CG015",
        "nested too deeply",
        "Values are nested in one another more than 100 levels deep, written out or by aliases.",
    ),
)

# CG1xx: the shape, as the schema has it
_SHAPE: tuple[Code, ...] = (
    _error(
        "CG101",
        "unknown key",
        "The language has no such key at this place. A key of the same meaning in another spelling is suggested. "
        "Unknown keys are refused, so that a typing mistake cannot be lost silently.",
    ),
    _error("CG102", "missing key", "A key that is required at this place is missing."),
    _error(
        "CG103",
        "wrong type",
        "The value is of another type than the key wants. Text that reads as a number, true, false or null needs "
        "quotes, and a number in quotes is text. A key without a value is null.",
    ),
    _error("CG104", "not one of the words", "The key takes one word of a fixed list; case counts."),
    _error("CG105", "malformed text", "The text is not of the form that this key wants. The message says which."),
    _error("CG106", "number out of range", "The number is smaller or larger than this key allows."),
    _error(
        "CG107",
        "too long or too short",
        "The text, list or mapping has more or fewer characters or entries than this key allows.",
    ),
    _error(
        "CG108",
        "keys that exclude each other",
        "Some keys go only one at a time, such as port and ports, or the sources of a volume. Keep one of them; where "
        "exactly one is wanted, none is a mistake as well.",
    ),
    _error("CG109", "repeated entry", "The list has the same entry twice, where every entry counts once."),
    _error(
        "CG110",
        "malformed name in a mapping",
        "The keys of this mapping are names, such as those of environment variables, labels or files, and this one is "
        "not of the form that such a name has.",
    ),
)

# CG2xx: names, references, the graph
_GRAPH: tuple[Code, ...] = ()

# CG3xx: what a workload means
_WORKLOAD: tuple[Code, ...] = ()

# CG4xx: warnings on a registry that compiles
_ADVICE: tuple[Code, ...] = ()

# CG5xx: charts and rendered objects (lint)
_LINT: tuple[Code, ...] = (
    _error("CG501", "helm lint",
        "What `helm lint --strict` says of a chart, in its words."),
    _error("CG502", "render failed",
        "`helm template` stops with these words: a template calls `fail`, reads a value that is not there, or is "
        "not well-formed. `helm lint` does not see all of it."),
    _error("CG503", "not an object",
        "A template renders text that is not YAML, or that lacks apiVersion, kind or name."),
    _error("CG504", "values break a schema",
        "A values file holds what the chart's values.schema.json refuses: mostly a misspelt service or key. The "
        "chart's README lists what it takes."),
    _error("CG510", "object rendered twice",
        "Two templates render the same kind and name. Helm applies both, and the later one wins silently. Rename or"
        " remove one; an overlay cannot replace a generated object (use `patches`)."),
    _error("CG511", "container name twice",
        "Containers of a pod need different names; the API server refuses it."),
    _error("CG512", "env name twice",
        "The later entry wins silently. Keep one."),
    _error("CG513", "port twice",
        "Port names, and numbers with their protocol, must differ in a pod and in a Service."),
    _error("CG514", "volume or mount twice",
        "Volume names of a pod, and mount paths of a container, must differ."),
    _error("CG515", "unknown volume",
        "A container mounts a volume that the pod does not have: no pod would be made."),
    _error("CG516", "probe asks an unknown port",
        "The probe can never succeed. Ask a port that the container has."),
    _warning("CG517", "readiness is liveness",
        "If both ask the same question, a pod that should only be spared new requests is killed instead. Let "
        "liveness be a patient TCP connect."),
    _warning("CG518", "traffic without probes",
        "A Service sends requests to a pod that cannot say that it is ready or alive. Give the service a "
        "`healthEndpoint` or `probes`."),
    _warning("CG519", "variable used before it is set",
        "Kubernetes expands `$(VAR)` only where VAR stands earlier in the list; otherwise the text stays as it is."),
    _error("CG520", "Service port leads nowhere",
        "A Service's targetPort is no port of the pods that it selects."),
    _error("CG521", "selector finds the wrong pods",
        "A Service, PodDisruptionBudget or NetworkPolicy that selects no pod does nothing; a Service that selects "
        "several workloads mixes them."),
    _error("CG522", "NetworkPolicy port leads nowhere",
        "A NetworkPolicy works on the pods' own ports, not on the Service's: the port it names is not among them, "
        "so the call stays closed."),
    _warning("CG523", "pod without NetworkPolicy",
        "Anyone may call it, and it may call anyone. The generated policies are off, or an overlay makes a pod of "
        "its own: give it a NetworkPolicy."),
    _error("CG524", "workloads share pods",
        "A workload's selector must match its own pods and no others."),
    _error("CG525", "autoscaler and workload disagree",
        "Its target is missing, or also sets `replicas`, which every upgrade would then reset."),
    _warning("CG526", "one pod in production",
        "An autoscaler may go down to one pod in production: each of its restarts is an outage. Production is the "
        "environment named prod or production, else the last one declared."),
    _warning("CG527", "budget stops a drain",
        "A PodDisruptionBudget that allows no disruption keeps its nodes from being drained, and so from being "
        "upgraded."),
    _warning("CG528", "service account is not its own",
        "A pod runs as the namespace's default account, or as one that the release does not make: policies cannot "
        "tell it from others."),
    _warning("CG529", "probe asks an undeclared port",
        "The number is not among the container's ports: the probe may succeed, but nobody reads there what listens."),
    _warning("CG530", "image floats",
        "Without tag and digest, or with a tag such as `latest`, two pods of one workload may run different "
        "programs. Name a version; best, a digest."),
    _warning("CG531", "resources missing",
        "Without requests the scheduler places blindly, without limits one pod may starve its node."),
    _warning("CG532", "less than restricted",
        "The pod gives up a control of the restricted Pod Security Standard; a namespace that enforces it refuses "
        "the pod."),
    _warning("CG533", "reaches into its node",
        "Host namespaces, paths, ports or privileges: who takes over this pod has the node."),
    _warning("CG534", "secret in the open",
        "A name like a password or token with a literal value: values, manifests and the release record are "
        "readable to many. Refer to a Secret."),
    _warning("CG535", "remote shell",
        "Port 22 in a pod is a second way in that nothing else here watches."),
    _warning("CG536", "pods not spread",
        "Several equal pods may land on one node or in one zone and fail together."),
    _warning("CG537", "no disruption budget",
        "A drain may take all pods of this workload at once."),
    _error("CG538", "namespace in a template",
        "One platform is one release in one namespace, which `helm install --namespace` chooses; what names another"
        " is left behind or refused."),
    _warning("CG539", "job without bounds",
        "Jobs need a deadline; CronJobs also limits on what they keep. A plain Job must have no TTL, or the next "
        "upgrade runs it again."),
    _warning("CG540", "API token mounted",
        "The pod could talk to the Kubernetes API. Most need not."),
    _warning("CG541", "old image may stay",
        "Without a digest only imagePullPolicy Always makes nodes agree on what a tag means."),
    _error("CG542", "API version not served",
        "Charts are for Kubernetes 1.30 and later: the version must exist in all of them."),
    _warning("CG544", "labels missing",
        "The recommended app.kubernetes.io labels are how people and tools find what belongs together."),
    _warning("CG545", "power over the cluster",
        "cluster-admin, or exec and attach into pods, is more than a service needs."),
    _warning("CG546", "Ingress without TLS",
        "What it serves can be read, and changed, on the way."),
    _error("CG550", "unsteady template",
        "`tpl`, `lookup` and functions of chance or time make a render slow, or different each time: no review of "
        "it would hold."),
    _warning("CG560", "environment without values",
        "A declared environment has no values folder. `chartgen generate` makes it."),
    _error("CG561", "value in the wrong file",
        "values/<env>/values.yaml is people's, release.yaml is what chartgen promotes (image repository, tag and "
        "digest, settings, chartgenRelease). A value in both would be undone by the next promotion."),
    _error("CG562", "values file unreadable",
        "A values file must be YAML with a mapping at the top."),
    _warning("CG570", "release record half full",
        "Helm keeps each release in a Secret, which holds at most 1 MiB: the root chart, all values and the "
        "rendered manifests, compressed."),
    _error("CG571", "release record nearly full",
        "From three quarters on, an ordinary change may make the release impossible to install or upgrade. Split "
        "the platform."),
)  # fmt: skip

# CG6xx: generating into a repository
_GENERATE: tuple[Code, ...] = (
    _error(
        "CG601",
        "edited generated file",
        "A file that chartgen wrote has been changed by hand. generate stops rather than lose the change. Move it to an "
        "overlay or a patch, take it back with git, or let `--force` overwrite it.",
    ),
    _error(
        "CG602",
        "foreign file in the way",
        "Where chartgen wants to write, there is a file or a symbolic link that it did not write. Move it away; "
        "`--force` replaces it (a link itself, never what it points to).",
    ),
    _error(
        "CG603",
        "foreign directory",
        "charts/<platform> exists, and charts/.chartgen.lock does not list it: it may be a chart that somebody wrote. A "
        "directory that holds exactly what chartgen would write is adopted without a word.",
    ),
    _error(
        "CG604",
        "unreadable lock",
        "charts/.chartgen.lock holds a merge conflict or a broken line, so chartgen cannot tell which files were edited. "
        "Resolve the conflict in the registry and run `chartgen generate --force`. If the charts are what the registry "
        "implies anyway, the lock is written anew without `--force`.",
    ),
    _error(
        "CG605",
        "lock of a newer chartgen",
        "A newer chartgen with another form of the lock wrote charts/. Use that version, so that the team's charts do "
        "not go back and forth; `--force` writes them with this one.",
    ),
    _error(
        "CG606",
        "directory in the way",
        "charts/ is a link or a file, or a directory with files of others stands where a generated file belongs. "
        "chartgen deletes no directory that it did not make: move it away.",
    ),
    _error(
        "CG607",
        "overlay of no service",
        "overlays/<name> holds templates for a service that the registry does not have. Rename or delete the folder.",
    ),
    _error(
        "CG608",
        "overlay takes a generated name",
        "An overlay has the name of a template that chartgen generates for that service. Give it another name; to "
        "change a generated object, use `patches`.",
    ),
    _error(
        "CG609",
        "unreadable overlay",
        "An overlay is not UTF-8 text, is over 16 MiB, cannot be read, or is a link that leads out of the repository.",
    ),
    _warning(
        "CG610",
        "file in overlays/ that is not used",
        "Only overlays/<service>/templates/<name>.yaml (or .yml, .tpl) is copied into a chart. READMEs and files whose "
        "name begins with a dot are passed over without a word.",
    ),
    _warning(
        "CG611",
        "values of no environment",
        "values/<name>/ belongs to no environment that the registry declares, so nothing reads it.",
    ),
    _warning(
        "CG612",
        "foreign file in a generated chart",
        "A file in charts/<platform> was not written by chartgen. It stays, and Helm will read it; an overlay is the "
        "place for it.",
    ),
    _error(
        "CG613",
        "stale charts",
        "`generate --check` found that charts/ is not what the registry implies. Run `chartgen generate` and commit.",
    ),
)

CODES: dict[str, Code] = {
    code.id: code for section in (_FILE, _SHAPE, _GRAPH, _WORKLOAD, _ADVICE, _LINT, _GENERATE) for code in section
}


def diagnose(code: str, span: Span, message: str, hint: str = "") -> Diagnostic:
    """A diagnostic of that code, with the severity that the table gives it."""
    return Diagnostic(code=code, severity=CODES[code].severity, span=span, message=message, hint=hint)
