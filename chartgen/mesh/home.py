"""Where objects are that name no namespace: manifests do not say it, but others among them may."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from chartgen.mesh.readers.kube import POD_KINDS
from chartgen.mesh.trees import below, labels_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chartgen.mesh.manifests import Manifests
    from chartgen.mesh.model import Ref, Tree

_SELECTORS = (("selector", "matchLabels"), ("podSelector", "matchLabels"), ("workloadSelector", "labels"))
_DEFAULT = "default"


def main_namespace(manifests: Manifests) -> str:
    """The namespace that most workloads name; where most of them name none, that of the policies which select those,
    else `default`. Without a workload, the one that most objects name."""
    pods = [(_labels(tree, ref), ref.namespace) for tree, ref in manifests.objects if ref.kind in POD_KINDS]
    if not pods:
        return _most(ref.namespace for _, ref in manifests.objects if ref.namespace) or _DEFAULT
    named = _most(namespace for _, namespace in pods)
    unnamed = {each for labels, namespace in pods if not namespace for each in labels.items()}
    return named or _most(_selecting(manifests, unnamed)) or _DEFAULT


def _most(names: Iterable[str]) -> str:
    counted = Counter(names).most_common(1)
    return counted[0][0] if counted else ""


def _labels(tree: Tree, ref: Ref) -> Mapping[str, str]:
    return labels_of(below(tree, *POD_KINDS[ref.kind], "metadata", "labels"))


def _selecting(manifests: Manifests, labels: set[tuple[str, str]]) -> Iterable[str]:
    """The namespaces of what selects pods with these labels; what selects all pods of one says nothing of them."""
    for tree, ref in manifests.objects:
        for path in _SELECTORS if ref.namespace else ():
            wanted = labels_of(below(tree, "spec", *path)).items()
            if wanted and wanted <= labels:
                yield ref.namespace
