"""CG6xx: generating into a repository."""

from __future__ import annotations

from chartgen.codes.code import Code, error, warning

CODES: tuple[Code, ...] = (
    error(
        "CG601",
        "edited generated file",
        "A file that chartgen wrote has been changed by hand. generate stops rather than lose the change. Move it to "
        "an overlay or a patch, take it back with git, or let `--force` overwrite it.",
    ),
    error(
        "CG602",
        "foreign file in the way",
        "Where chartgen wants to write, there is a file or a symbolic link that it did not write. Move it away; "
        "`--force` replaces it (a link itself, never what it points to).",
    ),
    error(
        "CG603",
        "foreign directory",
        "charts/<platform> exists, and charts/.chartgen.lock does not list it: it may be a chart that somebody wrote. "
        "A directory that holds exactly what chartgen would write is adopted without a word.",
    ),
    error(
        "CG604",
        "unreadable lock",
        "charts/.chartgen.lock holds a merge conflict or a broken line, so chartgen cannot tell which files were "
        "edited. Resolve the conflict in the registry and run `chartgen generate --force`. If the charts are what the "
        "registry implies anyway, the lock is written anew without `--force`.",
    ),
    error(
        "CG605",
        "lock of a newer chartgen",
        "A newer chartgen with another form of the lock wrote charts/. Use that version, so that the team's charts do "
        "not go back and forth; `--force` writes them with this one.",
    ),
    error(
        "CG606",
        "directory in the way",
        "charts/ is a link or a file, or a directory with files of others stands where a generated file belongs. "
        "chartgen deletes no directory that it did not make: move it away.",
    ),
    error(
        "CG607",
        "overlay of no service",
        "overlays/<name> holds templates for a service that the registry does not have. Rename or delete the folder.",
    ),
    error(
        "CG608",
        "overlay takes a generated name",
        "An overlay has the name of a template that chartgen generates for that service. Give it another name; to "
        "change a generated object, use `patches`.",
    ),
    error(
        "CG609",
        "unreadable overlay",
        "An overlay is not UTF-8 text, is over 16 MiB, cannot be read, is no regular file, or is a link that leads out "
        "of the repository.",
    ),
    warning(
        "CG610",
        "file in overlays/ that is not used",
        "Only overlays/<service>/templates/<name>.yaml (or .yml, .tpl) is copied into a chart. READMEs and files whose "
        "name begins with a dot are passed over without a word.",
    ),
    warning(
        "CG611",
        "values of no environment",
        "values/<name>/ belongs to no environment that the registry declares, so nothing reads it.",
    ),
    warning(
        "CG612",
        "foreign file in a generated chart",
        "A file in charts/<platform> was not written by chartgen. It stays, and Helm will read it; an overlay is the "
        "place for it.",
    ),
    error(
        "CG613",
        "stale charts",
        "`generate --check` found that charts/ is not what the registry implies. Run `chartgen generate` and commit.",
    ),
    error(
        "CG614",
        "foreign file where charts are",
        "A file that chartgen did not write lies where no generated chart is (any more), such as in the folder of a "
        "service that the registry no longer has. Helm takes every folder of charts/<platform>/charts/ for a chart and "
        "would load nothing at all. Move the file away; `--force` does not delete it.",
    ),
    error(
        "CG615",
        "overlay redefines a generated name",
        "An overlay defines a named template that the generated charts define too. All charts of a platform share "
        "these names, and Helm takes the last definition without a word: labels or whole objects would change where "
        "nobody looks. Give it a name of its own.",
    ),
    warning(
        "CG616",
        "change that an installed release refuses",
        "Kubernetes lets no StatefulSet change its claim templates, serviceName, selector or podManagementPolicy, and "
        "no claim get smaller or change its class or its access: `helm upgrade` of a release that has them would "
        "fail. The charts are written all the same, for nothing may be installed yet; with `--strict` nothing is "
        "written. Delete the StatefulSet with `--cascade=orphan` before the upgrade: its pods and claims stay, and "
        "the upgrade makes it anew. Claims that exist keep their class, and their size until each is patched "
        "(`kubectl patch pvc`). Charts that cannot be read as chartgen wrote them give no such warning.",
    ),
    warning(
        "CG617",
        "data that stays behind",
        "The upgrade works, and the service begins with an empty disk: a StatefulSet's pods have claims of their own, "
        "other kinds share one, and the names of the version and of the volume are parts of the claim's. So it is with "
        "a version that goes, with a datastore that is provided in another way, and with an operator's resource that "
        "makes way for one of another kind. The old claims and resources, and the data in them, stay until somebody "
        "deletes them.",
    ),
    warning(
        "CG618",
        "service that moves to another release",
        "A service with another `group` is part of another release, which can install it only after the old one has "
        "let go of it: Helm takes over no object of another release. Upgrade the old release first, then the new one; "
        "the service is away between. Claims and operators' resources outlive the old release; where they were objects "
        "of it, the new one needs `--take-ownership` to have them. A StatefulSet finds its claims by itself.",
    ),
    warning(
        "CG619",
        "datastore that its data does not follow",
        "A built-in datastore keeps its name, and so its claims, when its engine, its topology or the number of its "
        "pods changes; what is in them is the old one's. Another engine does not read it. A cluster forms once, in the "
        "size that it is first installed with: Kafka's voters are fixed, Redis and Valkey hand no slots on, and the "
        "pods of one that shrinks take their part of the data with them. (NATS takes further pods.) Give the new one "
        "another name and bring the data over; or, where the data may go, delete the StatefulSet and "
        "its claims before the upgrade.",
    ),
    warning(
        "CG620",
        "pods that go before others are ready",
        "A service that gets versions, or loses them, or whose versions have other names, has other workloads from "
        "then on. Helm makes the new ones and deletes the old ones at once, without waiting, and the new ones begin "
        "with the fewest pods that their values say, whatever an autoscaler had made of the old: for a while nobody "
        "answers. Between versions, do it in two upgrades, the first with both. From or to a service without versions, "
        "have Helm keep the old workload and its policy until the new pods are ready; the service calls both.",
    ),
)
