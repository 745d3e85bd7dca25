"""A picture as data, for programs: the `result` of `chartgen graph --output json`."""

from __future__ import annotations

from chartgen.drawing.picture import Line, Node, Picture
from chartgen.registry.pod import JsonValue


def document(picture: Picture) -> dict[str, JsonValue]:
    """The platform, its waves (names), nodes and edges; keys and order are stable."""
    return {
        "platform": {"name": picture.name, "version": picture.version},
        "releases": list(picture.releases) or [picture.name],
        "waves": [[node.name for node in wave] for wave in picture.by_wave()],
        "nodes": [_node(node) for node in picture.nodes],
        "edges": [_edge(line) for line in picture.lines],
    }


def _node(node: Node) -> JsonValue:
    return {
        "name": node.name,
        "wave": node.wave,
        "sort": str(node.sort),
        "kind": node.kind,
        "note": node.note,
        "type": node.type,
        "owner": node.owner,
        "release": node.release,
        "description": node.description,
        "exposed": node.exposed,
        "enabled": node.enabled,
        "ports": [{"name": p.name, "port": p.port, "protocol": p.protocol, "expose": p.expose} for p in node.ports],
        "aliases": list(node.aliases),
        "versions": [{"name": v.name, "weight": v.weight, "enabled": v.enabled} for v in node.versions],
    }


def _edge(line: Line) -> JsonValue:
    return {
        "from": line.source,
        "to": line.target,
        "ports": list(line.ports),
        "startup": line.startup,
        "optional": line.optional,
        "finishes": line.finishes,
        "versions": list(line.versions),
    }
