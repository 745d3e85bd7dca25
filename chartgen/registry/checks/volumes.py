"""Volumes, mounts and config files: names and paths apart, bodies that can be read and fit."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from chartgen.registry import names
from chartgen.registry.builder import UNUSABLE
from chartgen.registry.checks.subject import Draft, Finding, Platform
from chartgen.registry.limits import DNS_NAME, MAX_DATA
from chartgen.registry.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from chartgen.registry.service import Path


def repeated_volume(draft: Draft) -> Iterator[Finding]:
    """A second volume of the same name."""
    seen: set[str] = set()
    for index, volume in enumerate(draft.data.get("volumes", ())):
        if volume["name"] in seen:
            yield Finding(
                code="CG321",
                path=("volumes", index, "name"),
                message=f'{draft.title} has two volumes named "{volume["name"]}"',
                hint="sidecars can mount one volume several times (mounts)",
            )
        seen.add(volume["name"])


def taken_volume_name(draft: Draft) -> Iterator[Finding]:
    """chartgen's own volumes: config files, and the writable /tmp."""
    for index, volume in enumerate(draft.data.get("volumes", ())):
        name = volume["name"]
        taken = {names.FILES_VOLUME: bool(draft.service.files), names.TMP_VOLUME: _needs_tmp(draft)}
        if taken.get(name):
            yield Finding(
                code="CG321",
                path=("volumes", index, "name"),
                message=f'chartgen itself adds a volume named "{name}" to {draft.title}',
                hint=f"choose another name, or mount it at {names.TMP_PATH} in every container"
                if name == names.TMP_VOLUME
                else "choose another name",
            )


def _needs_tmp(draft: Draft) -> bool:
    service = draft.service
    containers = (service.main, *service.sidecars, *service.init_containers)
    return any(all(_plain(m.mount_path) != names.TMP_PATH for m in container.mounts) for container in containers)


def unmounted_volume(draft: Draft) -> Iterator[Finding]:
    """Volumes that no container mounts."""
    mounted = {mount.volume for _, _, container in draft.containers for mount in container.mounts}
    for index, volume in enumerate(draft.data.get("volumes", ())):
        if volume["name"] not in mounted:
            yield Finding(
                code="CG341",
                path=("volumes", index, "name"),
                message=f'no container of {draft.title} mounts the volume "{volume["name"]}"',
                hint="give it a mountPath, or mount it in a sidecar or init container (mounts)",
            )


def unknown_mount(draft: Draft) -> Iterator[Finding]:
    """Mounts of volumes that the service does not list."""
    known = [volume.name for volume in draft.service.volumes]
    for place, _, container in draft.side_containers:
        for index, mount in enumerate(container.mounts):
            if mount.volume not in known:
                yield Finding(
                    code="CG322",
                    path=(*place, "mounts", index, "volume"),
                    message=f'container "{container.name}" mounts unknown volume "{mount.volume}"',
                    hint=did_you_mean(mount.volume, known) or "name it under the service's volumes",
                )


def repeated_mount_path(draft: Draft) -> Iterator[Finding]:
    """Two volumes at one path of a container, or one at its root."""
    volumes = draft.data.get("volumes", ())
    yield from _repeated_paths((), "volumes", volumes)
    for place, data, _ in draft.side_containers:
        yield from _repeated_paths(place, "mounts", data.get("mounts", ()))


def _repeated_paths(place: Path, field: str, mounts: Any) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, mount in enumerate(mounts):
        if "mountPath" not in mount:
            continue
        path = _plain(mount["mountPath"])
        if path in seen or path == "/":
            yield Finding(
                code="CG323",
                path=(*place, field, index, "mountPath"),
                message=f"{mount['mountPath']} is already a mount path of this container"
                if path in seen
                else "a volume at / would hide the whole image",
                hint="mount it at a folder of its own",
            )
        seen.add(path)


def _plain(path: str) -> str:
    return path.rstrip("/") or "/"


def misplaced_file(draft: Draft) -> Iterator[Finding]:
    """A file where a volume is mounted, in a volume that cannot be written to, or where a folder must be."""
    files = {file.path for file in draft.service.files}
    if not files:
        return
    mounted = [volume for volume in draft.data.get("volumes", ()) if "mountPath" in volume]
    mounts = {_plain(volume["mountPath"]): _is_read_only(volume) for volume in mounted}
    folders = Counter(folder for path in (*files, *mounts) for folder in _folders(path))
    for path in sorted(files):
        locked = next((folder for folder in _folders(path) if mounts.get(folder)), None)
        if path in mounts or locked:
            message = f"{path} lies in the volume mounted at {locked or path}, which hides it"
        elif path in folders:
            message = f"{path} is a file here, and a folder for another file or volume"
        else:
            continue
        yield Finding(code="CG324", path=("files", path), key=True, message=message, hint="choose another path")


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(2, len(parts))]


def _is_read_only(volume: Mapping[str, Any]) -> bool:
    return bool(volume.get("readOnly")) or "secret" in volume or "config" in volume


def unreadable_file(draft: Draft, platform: Platform) -> Iterator[Finding]:
    """Files of the repository that are missing or no text."""
    for path, source in draft.data.get("files", {}).items():
        if isinstance(source, str):
            continue
        body = platform.read_file(source["file"])
        if body is None:
            reason, hint = "cannot be read", "the path is relative to the registry's folder and must stay in it"
        elif not _is_utf8(body):
            reason, hint = "is not UTF-8 text", "mount binary files from an image or a volume"
        elif unusable := UNUSABLE.search(text := body.decode("utf-8")):
            line = text.count("\n", 0, unusable.start()) + 1
            reason = f"holds the character U+{ord(unusable[0]):04X} in line {line}"
            hint = "it does not survive the way through Helm: mount such files from an image or a volume"
        else:
            continue
        yield Finding(
            code="CG325", path=("files", path, "file"), message=f'the file "{source["file"]}" {reason}', hint=hint
        )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def files_too_large(draft: Draft) -> Iterator[Finding]:
    """More config files than a ConfigMap can hold."""
    size = sum(len(file.body.encode("utf-8", "replace")) for file in draft.service.files)
    if size > MAX_DATA:
        yield Finding(
            code="CG326",
            path=("files",),
            message=f"the files of {draft.title} hold {size:,} bytes; a ConfigMap holds at most {MAX_DATA:,}",
            hint="bring large files in the image or a volume",
        )


def colliding_file_keys(draft: Draft) -> Iterator[Finding]:
    """Config files whose keys are the same or unusable."""
    seen: dict[str, str] = {}
    for path, key in ((file.path, file.key) for file in draft.service.files):
        first = seen.setdefault(key, path)
        if first != path or key.startswith("..") or len(key) > DNS_NAME:
            reason = f"and so does {first}" if first != path else "which Kubernetes refuses"
            yield Finding(
                code="CG327",
                path=("files", path),
                key=True,
                message=f'{path} gets the ConfigMap key "{key}", {reason}',
                hint="choose another path",
            )
