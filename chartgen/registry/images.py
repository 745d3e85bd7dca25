"""Image references: split, completed by the registry's prefix, judged."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from chartgen.registry.model import Images
from chartgen.registry.pod import Image

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOATING = frozenset({"latest", "main", "master", "develop", "dev", "edge", "nightly", "canary", "stable"})
"""Tags that are made to move: what runs under them changes without a commit."""

_PART = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?"
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = "|".join(f"sha{bits}:[0-9a-f]{{{bits // 4}}}" for bits in (256, 384, 512))
_REFERENCE = re.compile(rf"(?:{_HOST}/)?(?P<path>{_PART}(?:/{_PART})*)(?::{_TAG.pattern})?(?:@(?:{_DIGEST}))?")
_LONGEST_PATH = 255


def split_image(text: str) -> dict[str, Any]:
    """`repository[:tag][@digest]` as a mapping; a colon before the last slash belongs to a host's port."""
    name, at, digest = text.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag or not tag:
        head, tag = name, ""
    image = {"repository": head, "tag": tag, "digest": digest}
    return {key: value for key, value in image.items() if value or (key == "digest" and at)}


def build_image(image: Mapping[str, Any], name: str, images: Images) -> Image:
    """The image of the model; without a repository, the one of that name under the prefix."""
    prefix = f"{images.prefix}/" if images.prefix else ""
    return Image(
        repository=image.get("repository") or prefix + name,
        tag=image.get("tag", ""),
        digest=image.get("digest", ""),
        pull_policy=image.get("pullPolicy", ""),
    )


def under_prefix(repository: str, images: Images) -> bool:
    """Whether the repository lies under `images.prefix`, whose images are released with the platform."""
    return bool(images.prefix) and repository.startswith(f"{images.prefix}/")


def is_tag(text: str) -> bool:
    """Whether it can be an image's tag."""
    return _TAG.fullmatch(text) is not None


@lru_cache(maxsize=1 << 12)
def is_reference(text: str) -> bool:
    """Whether a node could ask a registry for it: the API server takes any text, the kubelet does not."""
    found = _REFERENCE.fullmatch(text)
    return found is not None and len(found["path"]) <= _LONGEST_PATH
