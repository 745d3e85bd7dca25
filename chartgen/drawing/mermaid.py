"""A picture as a Mermaid flowchart, which GitHub and GitLab draw inside Markdown."""

from __future__ import annotations

from chartgen.drawing.picture import Grouping, Line, Node, Picture

SHAPES = {
    "StatefulSet": ('[("', '")]'),
    "DaemonSet": ('[["', '"]]'),
    "CronJob": ('(["', '"])'),
    "Job": ('(["', '"])'),
    "datastore": ('[("', '")]'),
    "external": ('>"', '"]'),
}
BOX = ('["', '"]')
PLAIN = set(" -_.,:/()")
CLASSES = {
    "exposed": "stroke-width:3px",
    "disabled": "stroke-dasharray:4 3,opacity:0.6",
}


def mermaid(picture: Picture, grouping: Grouping = Grouping.NONE) -> str:
    """The flowchart, callers above what they call. A dotted line does not wait (`startup: false`)."""
    lines = ["flowchart TB"]
    for number, (group, nodes) in enumerate(picture.by_group(grouping)):
        lines += [f"  {_node(node)}" for node in nodes] if not group else _subgraph(number, group, nodes)
    lines += [f"  {_line(line)}" for line in picture.lines]
    for name, style in CLASSES.items():
        members = [_id(node.name) for node in picture.nodes if name in _classes(node)]
        if members:
            lines += [f"  classDef {name} {style}", f"  class {','.join(members)} {name}"]
    return "\n".join(lines) + "\n"


def _subgraph(number: int, group: str, nodes: list[Node]) -> list[str]:
    return [f'  subgraph g{number}["{escaped(group)}"]', *(f"    {_node(node)}" for node in nodes), "  end"]


def _node(node: Node) -> str:
    before, after = SHAPES.get(node.shape, BOX)
    facts = [*node.facts, *(f"{port.name}:{port.port}" for port in node.ports if port.expose)]
    label = "<br/>".join(escaped(part) for part in (node.name, " ".join(facts)) if part)
    return f"{_id(node.name)}{before}{label}{after}"


def _line(line: Line) -> str:
    words = (["optional"] if line.optional else []) + ([" ".join(line.ports)] if line.narrowed else [])
    label = f'|"{escaped(", ".join(words))}"|' if words else ""
    return f"{_id(line.source)} {'-->' if line.startup else '-.->'}{label} {_id(line.target)}"


def _classes(node: Node) -> list[str]:
    return (["exposed"] if node.exposed else []) + ([] if node.enabled else ["disabled"])


def _id(name: str) -> str:
    """An identifier that is no keyword of Mermaid's (`end`); names have no underscores, so none clash."""
    return "s_" + name.replace("-", "_")


def escaped(text: str) -> str:
    """The text inside quotes, with everything that Mermaid, Markdown or HTML could read written as an entity."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return "".join(char if char.isalnum() or char in PLAIN else f"#{ord(char)};" for char in shown)
