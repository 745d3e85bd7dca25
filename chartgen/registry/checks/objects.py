"""What is written on or into emitted objects: labels, annotations, accounts, patches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chartgen.registry import names
from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.known_keys import JOB_LABELS
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OWN_LABELS = frozenset(
    {
        "app.kubernetes.io/name",
        "app.kubernetes.io/instance",
        "app.kubernetes.io/version",
        "app.kubernetes.io/component",
        "app.kubernetes.io/part-of",
        "app.kubernetes.io/managed-by",
        "helm.sh/chart",
    }
)
"""Labels that chartgen writes: selectors, policies and Helm rely on them."""

VERSION_LABEL = "version"
"""What tells the pods of a version from another's, by Istio's convention."""

OWN_ANNOTATIONS = ("helm.sh/", "meta.helm.sh/", "checksum/")
"""Prefixes of annotations by which Helm and chartgen steer a release."""

_DEFAULT_ACCOUNT = "default"


def reserved_label(draft: Draft) -> Iterator[Finding]:
    """Labels and annotations that are chartgen's or Helm's own."""
    for name in draft.data.get("labels", {}):
        if name in OWN_LABELS or (name == VERSION_LABEL and draft.service.version):
            yield _reserved(draft, ("labels", name), f'the label "{name}"')
        elif name in JOB_LABELS and draft.traits.is_batch:
            message = (
                f'the label "{name}" of {draft.title} is Kubernetes\' own on the pods of a Job: none would be made'
            )
            yield Finding(code="CG328", path=("labels", name), key=True, message=message, hint="use another name")
    for name in draft.data.get("annotations", {}):
        if name.startswith(OWN_ANNOTATIONS):
            yield _reserved(draft, ("annotations", name), f'the annotation "{name}"')


def _reserved(draft: Draft, path: tuple[str, ...], what: str) -> Finding:
    hint = "set type for the component label" if path[-1] == "app.kubernetes.io/component" else "use another name"
    if path[-1] == VERSION_LABEL:
        hint = "it holds the version's name"
    message = f"{what} of {draft.title} is chartgen's or Helm's own"
    return Finding(code="CG328", path=path, key=True, message=message, hint=hint)


def default_account(draft: Draft) -> Iterator[Finding]:
    """The account that every namespace has already."""
    if draft.service.account.name == _DEFAULT_ACCOUNT:
        yield Finding(
            code="CG330",
            path=("serviceAccount",),
            message='the ServiceAccount "default" belongs to the namespace: a release cannot make it',
            hint="leave serviceAccount out for an account of its own, or choose another name",
        )


def differing_annotations(platform: Platform) -> Iterator[Finding]:
    """Services that share an account share its annotations: there is one object."""
    first: dict[str, Draft] = {}
    for draft in platform.pods:
        account = draft.service.account
        other = first.setdefault(account.name, draft)
        if other.service.account.annotations != account.annotations:
            yield Finding(
                code="CG331",
                path=(*draft.home, "serviceAccount"),
                message=f'{draft.title} and {other.title} share the ServiceAccount "{account.name}" but give it '
                "different annotations",
                hint="write the same annotations on both",
            )


def patch_targets(draft: Draft) -> Iterator[Finding]:
    """Patches of objects that the service does not have."""
    if not draft.service.patches:
        return
    emitted = set(names.emitted_by(draft.store or draft.service))
    for index, patch in enumerate(draft.service.patches):
        if (patch.kind, patch.name) not in emitted:
            known = [f"{kind}/{name}" for kind, name in sorted(emitted)]
            wanted = f"{patch.kind}/{patch.name}"
            yield Finding(
                code="CG332",
                path=("patches", index, "kind"),
                message=f"{draft.title} has no object {wanted} to patch",
                hint=did_you_mean(wanted, known) or f"it has {', '.join(known)}",
            )


def patched_identity(draft: Draft) -> Iterator[Finding]:
    """Patches that would rename an object or change its type."""
    for index, patch in enumerate(draft.data.get("patches", ())):
        field = _identity_in_merge(patch["merge"]) if "merge" in patch else _identity_in_json(patch["json"])
        if field:
            yield Finding(
                code="CG333",
                path=("patches", index, "merge" if "merge" in patch else "json"),
                message=f"a patch cannot change {field}: the chart finds the object by it",
                hint="rename the service, or add an object of your own under overlays/",
            )


def _identity_in_merge(merge: Mapping[str, Any]) -> str:
    metadata = merge.get("metadata", {})
    if not isinstance(metadata, dict):
        return "metadata as a whole"
    return next((key for key in ("apiVersion", "kind") if key in merge), "metadata.name" if "name" in metadata else "")


def _identity_in_json(operations: list[Mapping[str, Any]]) -> str:
    changing = [operation for operation in operations if operation["op"] != "test"]
    written = [operation["path"] for operation in changing]
    written += [operation["from"] for operation in changing if operation["op"] == "move"]
    kept = {"": "the whole object", "/metadata": "metadata as a whole", "/metadata/name": "metadata.name"}
    kept |= {"/apiVersion": "apiVersion", "/kind": "kind"}
    return next((kept[path] for path in written if path in kept), "")
