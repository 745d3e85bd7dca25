"""How much of its 1 MiB the release record takes: what Helm writes into the Secret of a release.

The record is JSON, compressed by gzip at level 9, in base64. It holds the root chart's own files, its values after
every subchart's were merged into them, the values given, the rendered manifest and the hooks; not the subcharts.
"""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chartgen.audit.objects import SEPARATOR, Document, Rendered, Tree, mapping, mappings
from chartgen.audit.values import coalesced, merged
from chartgen.codes import diagnose
from chartgen.diagnostics import Diagnostic, Span
from chartgen.registry.limits import MAX_DATA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIMIT = MAX_DATA
WARN_AT = 0.50
STOP_AT = 0.75

_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_WAY_OUT = "cut the platform into several releases by `group`"
_TIME = "2026-01-01T00:00:00.000000000Z"
_GZIP_HEADER = 18
_GO_SPARES_LESS = 1.002
"""Go's compressor at level 9 comes out this much larger than zlib's, measured on 400 rendered services."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootChart:
    """The umbrella as it lies on disk: its own files by path, and each subchart's values by name."""

    metadata: Tree
    values: Tree
    schema: bytes
    templates: Mapping[str, bytes]
    files: Mapping[str, bytes]
    subcharts: Mapping[str, Tree]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The estimated size of one release's record, in bytes."""

    size: int

    @property
    def share(self) -> float:
        """Its share of the limit."""
        return self.size / LIMIT


def estimate(
    chart: RootChart,
    given: Tree,
    rendered: Sequence[tuple[Document, Rendered | None]],
    *,
    release: str,
    namespace: str = "default",
) -> Record:
    """The record of installing the chart with the values given, from what it rendered."""
    written = release_json(chart, given, rendered, release=release, namespace=namespace)
    packed = len(zlib.compress(written, 9)) * _GO_SPARES_LESS + _GZIP_HEADER
    return Record(size=int(packed + 2) // 3 * 4)


def release_json(
    chart: RootChart,
    given: Tree,
    rendered: Sequence[tuple[Document, Rendered | None]],
    *,
    release: str,
    namespace: str = "default",
) -> bytes:
    """The record before compression, as Go's encoder writes it (times and notes are made up)."""
    hooks = [(document, thing) for document, thing in rendered if thing and thing.hook]
    manifest = "".join(
        f"{SEPARATOR}{document.source}\n{document.text}\n" for document, thing in rendered if not (thing and thing.hook)
    )
    record = {
        "name": release,
        "info": {
            "first_deployed": _TIME,
            "last_deployed": _TIME,
            "description": "Install complete",
            "status": "deployed",
            "notes": _at_their_longest(chart.templates.get("templates/NOTES.txt", b"")),
        },
        "chart": _chart(chart, given),
        "config": given,
        "manifest": manifest,
        "hooks": [_hook(document, thing) for document, thing in hooks],
        "version": 1,
        "namespace": namespace,
        "apply_method": "ssa",
    }
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").encode("utf-8", "replace")


def judge(record: Record, file: str, value_set: str, hint: str = _WAY_OUT) -> list[Diagnostic]:
    """CG570 from half of the limit on, CG571 from three quarters on; the hint is the way out."""
    if record.share < WARN_AT:
        return []
    code = "CG571" if record.share >= STOP_AT else "CG570"
    words = f"the release record with {value_set} takes about {percent(record)} of the 1 MiB that a Secret may hold"
    return [diagnose(code, Span(file=file), f"{words}; `helm install` fails at 100 %", hint)]


def percent(record: Record) -> str:
    """The share for people: `8.9 %`."""
    return f"{record.share * 100:.1f} %"


def _chart(chart: RootChart, given: Tree) -> dict[str, Any]:
    return {
        "metadata": _metadata(chart.metadata, _switched_off(chart, given)),
        "lock": None,
        "templates": _files(chart.templates),
        "values": _stored_values(chart, given),
        "schema": _encoded(chart.schema),
        "schemamodtime": _TIME,
        "files": _files(chart.files) or None,
        "modtime": _TIME,
    }


def _metadata(metadata: Tree, off: frozenset[str]) -> dict[str, Any]:
    dependencies = [
        {"repository": "", **item, "enabled": True}
        for item in mappings(metadata.get("dependencies"))
        if item.get("name") not in off
    ]
    return {**metadata, "dependencies": dependencies}


def _switched_off(chart: RootChart, given: Tree) -> frozenset[str]:
    return frozenset(
        name
        for name in chart.subcharts
        if coalesced(mapping(chart.values.get(name)), mapping(given.get(name))).get("enabled") is False
    )


def _stored_values(chart: RootChart, given: Tree) -> dict[str, Any]:
    """The root's values as Helm keeps them: every subchart that is on, merged in, each with its copy of `global`."""
    off, shared = _switched_off(chart, given), mapping(chart.values.get("global"))
    stored = dict(chart.values)
    for name, values in chart.subcharts.items():
        if name not in off:
            stored[name] = merged(merged(values, mapping(chart.values.get(name))), {"global": shared})
    return _sorted(stored)


def _sorted(values: Tree) -> dict[str, Any]:
    return {
        str(key): _sorted(value) if isinstance(value, dict) else value
        for key, value in sorted(values.items(), key=lambda pair: str(pair[0]))
    }


def _files(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [{"name": name, "data": _encoded(data), "modtime": _TIME} for name, data in sorted(files.items())]


def _hook(document: Document, thing: Rendered | None) -> dict[str, Any]:
    return {
        "name": thing.name if thing else "",
        "kind": thing.kind if thing else "",
        "path": document.source,
        "manifest": f"# Source: {document.source}\n{document.text}",
        "events": thing.hook.split(",") if thing else [],
        "last_run": {"phase": ""},
        "delete_policies": ["before-hook-creation", "hook-succeeded"],
    }


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _at_their_longest(notes: bytes) -> str:
    """What the notes say when every branch of the template is taken, as an upgrade may."""
    return _ACTION.sub("", notes.decode("utf-8", "replace"))
