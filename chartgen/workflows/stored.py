"""What a generated chart keeps for good once it is installed, read from its files: its claims, and what a StatefulSet
cannot change.

The files on disk may be an older chartgen's, or damaged. They are read line by line in the one form that chartgen
writes, and whatever has another form is not known: better no warning than a false one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from chartgen.registry.kinds import TRAITS
from chartgen.registry.service import Kind
from chartgen.workflows.laid_over import Unknown, laid_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Read: TypeAlias = "Callable[[str], str | None]"
"""The text of a file of the repository; None when there is none. Unknown: it cannot be read."""

IMMUTABLE = ("podManagementPolicy", "serviceName", "selector", "volumeClaimTemplates")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")
_KEY = re.compile(r"(?:[A-Za-z][A-Za-z0-9]*):")
_INNER = re.compile(r'\{\{ include "([^"]+)\.selectorLabels" \. \}\}')
_INCLUDE = re.compile(r'\{\{-? include "([^"]+)\.selectorLabels" [.$] \| nindent \d+ \}\}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim; `rest` is all else that it says, as JSON."""

    size: str
    storage_class: str
    access: str
    rest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A service's kind, its claims by the volume's name, and (a StatefulSet's) what else it cannot change."""

    kind: Kind
    claims: Mapping[str, Claim]
    policy: str = ""
    service_name: str = ""
    selector: Mapping[str, Any] = field(default_factory=dict)


def stored(folder: str, read: Read, likely: Kind, version: str = "") -> Stored | None:
    """What the chart of a folder keeps, or a version of it; None when there is no such chart, or when it cannot be told
    for sure. `likely`: its kind where overlays bear the names of others."""
    end = f"-{version}" if version else ""
    try:
        kind = _kind(folder, read, likely, end)
        text = _needed(read(f"{folder}/templates/{kind.lower()}{end}.yaml"))
        values = _all_persistence(_needed(read(f"{folder}/values.yaml")), version)
        if TRAITS[kind].claim_templates:
            helpers = [_needed(read(f"{folder}/templates/_helpers{each}.tpl")) for each in sorted({"", end})]
            return _stateful_set(text, "".join(helpers), values)
        claims = {}
        for volume, known in values.items():
            template = _needed(read(f"{folder}/templates/persistentvolumeclaim-{volume}{end}.yaml"))
            spec = _claim_spec(_fields(_spec(template), 2), known)
            claims[volume] = _claim(laid_over({"spec": spec}, template))
        return Stored(kind=kind, claims=claims)
    except (Unknown, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return None


def running(folder: str, read: Read) -> dict[str, bool] | None:
    """Of each version of a chart whether it runs, as its values say; without versions that is one without a name. None
    when there is no such chart, or when it cannot be told for sure."""
    try:
        values = _needed(read(f"{folder}/values.yaml"))
        if "versions:" not in values.split("\n"):
            return {"": True}
        block = _block(values, "versions")
        names = [_parts(line)[1] for line in filter(_says, block.split("\n")) if not line.startswith(" ")]
        return {name: "enabled: true" in _block(block, name).split("\n") for name in names}
    except (Unknown, LookupError, ValueError):
        return None


def _kind(folder: str, read: Read, likely: Kind, end: str) -> Kind:
    found = [kind for kind in Kind if read(f"{folder}/templates/{kind.lower()}{end}.yaml") is not None]
    if len(found) == 1 or likely in found:
        return likely if likely in found else found[0]
    raise Unknown


def _needed(text: str | None) -> str:
    if text is None:
        raise Unknown
    return text


def _stateful_set(text: str, helpers: str, values: Mapping[str, Mapping[str, str]]) -> Stored:
    fields = _fields(_spec(text), 2)
    labels = _labels(fields["selector"], helpers)
    templates = [_template(lines, values, labels) for lines in _items(fields.get("volumeClaimTemplates", []))]
    if [each["metadata"]["name"] for each in templates] != list(values) or "template" not in fields:
        raise Unknown
    spec: dict[str, Any] = {"serviceName": _scalar(fields["serviceName"][0]), "selector": {"matchLabels": labels}}
    if "podManagementPolicy" in fields:
        spec["podManagementPolicy"] = _scalar(fields["podManagementPolicy"][0])
    spec = laid_over({"spec": spec | {"volumeClaimTemplates": templates}}, text, IMMUTABLE)["spec"]
    return Stored(
        kind=Kind.STATEFUL_SET,
        claims={str(each["metadata"]["name"]): _claim(each) for each in spec.get("volumeClaimTemplates") or ()},
        policy=str(spec.get("podManagementPolicy") or "OrderedReady"),
        service_name=str(spec.get("serviceName") or ""),
        selector=spec["selector"],
    )


def _template(lines: list[str], values: Mapping[str, Mapping[str, str]], labels: dict[str, str]) -> dict[str, Any]:
    """A claim template, from its lines."""
    parts = _fields(lines, 6)
    metadata = _fields(parts["metadata"][1:], 8)
    name = _scalar(metadata["name"][0])
    return {
        "metadata": {"name": name} | ({"labels": dict(labels)} if "labels" in metadata else {}),
        "spec": _claim_spec(_fields(parts["spec"][1:], 8), values[name]),
    }


def _claim_spec(fields: Mapping[str, list[str]], values: Mapping[str, str]) -> dict[str, Any]:
    modes = [line for line in fields["accessModes"][1:] if line.strip().startswith("- ")]
    spec: dict[str, Any] = {
        "accessModes": [_scalar(line.strip().removeprefix("- ")) for line in modes],
        "resources": {"requests": {"storage": values["size"]}},
    }
    return spec | ({"storageClassName": values["storageClass"]} if values["storageClass"] else {})


def _claim(thing: Mapping[str, Any]) -> Claim:
    spec = dict(thing["spec"])
    known = {"accessModes", "storageClassName", "resources", "volumeMode"}
    resources = json.loads(json.dumps(spec.get("resources", {})))
    size = resources.get("requests", {}).pop("storage", "")
    rest = {"resources": resources, **{key: value for key, value in spec.items() if key not in known}}
    rest["volumeMode"] = spec.get("volumeMode") or "Filesystem"
    if "metadata" in thing:
        rest["metadata"] = thing["metadata"]
    return Claim(
        size=str(size),
        storage_class=str(spec.get("storageClassName") or ""),
        access=", ".join(map(str, spec["accessModes"])),
        rest=json.dumps(rest, sort_keys=True),
    )


def _labels(selector: list[str], helpers: str) -> dict[str, str]:
    """The labels that the selector includes, from the chart's own helper."""
    lines = [line.strip() for line in selector if _says(line)]
    include = _INCLUDE.fullmatch(lines[-1])
    if include is None or lines[:-1] != ["matchLabels:"]:
        raise Unknown
    return _defined(include[1], helpers)


def _defined(name: str, helpers: str) -> dict[str, str]:
    """The labels of that helper; a version's begins with those of its service."""
    _, start, body = helpers.partition(f'{{{{- define "{name}.selectorLabels" -}}}}\n')
    body, end, _ = body.partition("{{- end }}")
    if not (start and end):
        raise Unknown
    found: dict[str, str] = {}
    for line in filter(_says, body.splitlines()):
        if inner := _INNER.fullmatch(line):
            found |= _defined(inner[1], helpers) if inner[1] != name else {}
        else:
            key, _, value = line.partition(": ")
            found[key] = value if value.startswith("{{") else _scalar(value)
    return found


def _spec(text: str) -> list[str]:
    """The lines below `spec:`, up to where the object ends."""
    lines = iter(text.split("\n"))
    if "spec:" not in lines:  # takes the lines up to there
        raise Unknown
    found = []
    for line in lines:
        if line == "{{- end }}":
            break
        if _says(line) and not line.startswith("  "):
            raise Unknown
        found.append(line)
    return found


def _fields(lines: list[str], indent: int) -> dict[str, list[str]]:
    """Each key that stands at that indent → what follows it in its line, and the lines below."""
    found: dict[str, list[str]] = {}
    below: list[str] = []
    for line in lines:
        start, text = line[:indent], line[indent:]
        key = _KEY.match(text)
        if start.strip() in ("", "-") and key:
            if key[0][:-1] in found:
                raise Unknown
            below = found[key[0][:-1]] = [text[key.end() :]]
        else:
            below.append(line)
    return found


def _items(lines: list[str]) -> Iterator[list[str]]:
    """The lines of each item of the list of claim templates."""
    item: list[str] = []
    for line in lines[1:]:
        if line.startswith("    - ") and item:
            yield item
            item = []
        item.append(line)
    if item:
        yield item


def _all_persistence(values: str, version: str) -> dict[str, dict[str, str]]:
    """What a values file says of each volume, of a version's where that is meant."""
    shared = _persistence(values)
    own = _persistence(_block(_block(values, "versions"), version)) if version else {}
    found = {name: shared.get(name, {}) | own.get(name, {}) for name in (*shared, *(set(own) - set(shared)))}
    if any(each.keys() != {"size", "storageClass"} for each in found.values()):
        raise Unknown
    return found


def _block(text: str, key: str) -> str:
    """The lines below a key, as if they stood at the top."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line in (f"{key}:", f'"{key}":')]
    if len(starts) != 1:
        raise Unknown
    found = []
    for line in lines[starts[0] + 1 :]:
        if line and not line.startswith("  "):
            break
        found.append(line[2:])
    return "\n".join(found)


def _persistence(values: str) -> dict[str, dict[str, str]]:
    """What a values file says of each volume."""
    lines = values.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("persistence")]
    if not starts:
        return {}
    if len(starts) > 1 or lines[starts[0]] != "persistence:":
        raise Unknown
    found: dict[str, dict[str, str]] = {}
    volume = ""
    for line in filter(_says, lines[starts[0] + 1 :]):
        if _KEY.match(line):
            break
        indent, key, text = _parts(line)
        if indent == 2 and not text and key not in found:
            volume = key
            found[volume] = {}
        elif indent == 4 and text and key not in found[volume]:
            found[volume][key] = _scalar(text)
        else:
            raise Unknown
    return found


def _parts(line: str) -> tuple[int, str, str]:
    """A line's indent, key and value."""
    key, colon, text = line.strip().partition(":")
    if not colon:
        raise Unknown
    return len(line) - len(line.lstrip(" ")), _scalar(key), text


def _says(line: str) -> bool:
    """Whether a line is more than a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _scalar(text: str) -> str:
    """A scalar as chartgen writes it, without its quotes."""
    text = text.strip()
    value = json.loads(text) if text.startswith('"') else text
    if not isinstance(value, str) or (value is text and not _PLAIN.fullmatch(text)):
        raise Unknown
    return value
