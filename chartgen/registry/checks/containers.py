"""Containers: names apart, images that say their version, variables set once, security that can start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.images import under_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chartgen.registry.pod import Image
    from chartgen.registry.service import Path


def repeated_container(draft: Draft) -> Iterator[Finding]:
    """A second container of the same name in the pod."""
    seen = {draft.service.main.name}
    for path, _, container in draft.side_containers:
        if container.name in seen:
            own = container.name == draft.service.main.name
            yield Finding(
                code="CG317",
                path=(*path, "name"),
                message=f'{draft.title} has two containers named "{container.name}"',
                hint="the service's own container bears the service's name" if own else "",
            )
        seen.add(container.name)


def image_without_version(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Images of others without tag and digest."""
    named = "repository" in draft.data.get("image", {})
    for path, image in images_of(draft):
        if (path or named) and not (image.tag or image.digest or under_prefix(image.repository, platform.images)):
            where = f'images.prefix "{platform.images.prefix}"' if platform.images.prefix else "an images.prefix"
            yield Finding(
                code="CG318",
                path=(*path, "image"),
                message=f'image "{image.repository}" has neither tag nor digest and does not lie under {where}',
                hint="add a tag; only the platform's own images default to its appVersion",
            )


def images_of(draft: Draft) -> Iterator[tuple[Path, Image]]:
    """Every image that the registry names, with the place of its container."""
    if "image" in draft.data:
        yield (), draft.service.image
    yield from ((path, container.image) for path, _, container in draft.side_containers if container.image)


def repeated_variable(draft: Draft) -> Iterator[Finding]:
    """Variables that both settings and env (or discovery) set."""
    env = draft.data.get("env", {})
    found = {variable.name for variable in draft.service.main.env}
    for name in draft.data.get("settings", {}):
        if name in found:
            source = "env" if name in env else "discovery: true"
            yield Finding(
                code="CG319",
                path=("settings", name),
                key=True,
                message=f'{draft.title} sets the variable "{name}" twice, in settings and by {source}',
                hint="keep it in one: settings travel with a release, env stays with the environment",
            )


def contradictory_security(draft: Draft) -> Iterator[Finding]:
    """Security contexts that no container could start with."""
    pod_user = draft.data.get("securityContext", {}).get("runAsUser")
    for path, data, _ in draft.containers:
        security = data.get("securityContext", {})
        if security.get("runAsNonRoot") and security.get("runAsUser", pod_user) == 0:
            own = "runAsUser" in security
            whose = "runAsUser 0" if own else "the service's runAsUser 0"
            yield Finding(
                code="CG320",
                path=(*path, "securityContext", "runAsUser" if own else "runAsNonRoot"),
                message=f"{whose} is root, and runAsNonRoot forbids root: the container would never start",
                hint="choose another user, or leave runAsNonRoot out",
            )
        if security.get("privileged") and security.get("allowPrivilegeEscalation") is False:
            yield Finding(
                code="CG320",
                path=(*path, "securityContext", "allowPrivilegeEscalation"),
                message="Kubernetes refuses a privileged container with allowPrivilegeEscalation: false",
                hint="remove one of the two",
            )
