"""A picture as a Graphviz graph."""

from __future__ import annotations

from chartgen.drawing.picture import Grouping, Line, Node, Picture

SHAPES = {
    "StatefulSet": "cylinder",
    "DaemonSet": "component",
    "CronJob": "box",
    "Job": "box",
    "datastore": "cylinder",
    "external": "ellipse",
}
FILLS = {
    "Deployment": "#eaf2fb",
    "StatefulSet": "#fdf1dc",
    "DaemonSet": "#eee8f8",
    "CronJob": "#e6f4ea",
    "Job": "#e6f4ea",
    "datastore": "#fde8dc",
    "external": "#f2f2f2",
}
HEAD = """\
  graph [rankdir=TB, bgcolor=white, nodesep=0.35, ranksep=0.6, fontname="Helvetica,Arial,sans-serif", fontsize=11]
  node [shape=box, style="rounded,filled", color="#5b7083", fontname="Helvetica,Arial,sans-serif", fontsize=11]
  edge [color="#5b7083", arrowsize=0.7, fontname="Helvetica,Arial,sans-serif", fontsize=9]"""


def dot(picture: Picture, grouping: Grouping = Grouping.NONE) -> str:
    """The digraph, a wave on each rank (grouped: a cluster for each group), the last to start on top."""
    lines = [f"digraph {quoted(picture.name)} {{", HEAD]
    lines += _ranks(picture) if grouping is Grouping.NONE else _clusters(picture, grouping)
    lines += [f"  {_line(line)}" for line in picture.lines]
    return "\n".join([*lines, "}"]) + "\n"


def _ranks(picture: Picture) -> list[str]:
    lines: list[str] = []
    for number, wave in enumerate(picture.by_wave()):
        if wave:
            lines += [f"  subgraph wave_{number} {{", "    rank=same", *(f"    {_node(node)}" for node in wave), "  }"]
    return lines


def _clusters(picture: Picture, grouping: Grouping) -> list[str]:
    lines: list[str] = []
    for number, (group, nodes) in enumerate(picture.by_group(grouping)):
        if not group:
            lines += [f"  {_node(node)}" for node in nodes]
            continue
        lines += [f"  subgraph cluster_{number} {{", f'    label={quoted(group)}; style=rounded; color="#b0bec9"']
        lines += [*(f"    {_node(node)}" for node in nodes), "  }"]
    return lines


def _node(node: Node) -> str:
    ports = " ".join(f"{port.name}:{port.port}" for port in node.ports if port.expose)
    label = "\\n".join(_escaped(part) for part in (node.name, " ".join(node.facts), ports) if part)
    facts = [f'label="{label}"', f'fillcolor="{FILLS.get(node.shape, "white")}"']
    facts += [f"shape={SHAPES[node.shape]}"] if node.shape in SHAPES else []
    facts += ['style="filled"'] if SHAPES.get(node.shape, "box") != "box" and node.enabled else []
    facts += ["penwidth=2.2"] if node.exposed else []
    facts += ['style="rounded,filled,dashed"', 'fontcolor="#8a97a3"'] if not node.enabled else []
    facts += [f"tooltip={quoted(node.description)}"] if node.description else []
    return f"{quoted(node.name)} [{', '.join(facts)}]"


def _line(line: Line) -> str:
    words = (["optional"] if line.optional else []) + (list(line.ports) if line.narrowed else [])
    facts = [] if line.startup else ["style=dashed", "constraint=false"]
    facts += [f"label={quoted(' '.join(words))}"] if words else []
    return f"{quoted(line.source)} -> {quoted(line.target)}" + (f" [{', '.join(facts)}]" if facts else "")


def quoted(text: str) -> str:
    """The text as a string of the DOT language."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """The text for inside quotes, where Graphviz reads backslash escapes and HTML entities; no control characters."""
    shown = "".join(char if char.isprintable() else " " for char in text).strip()
    return shown.replace("\\", "\\\\").replace("&", "&amp;").replace('"', '\\"')
