"""Events as a drawing: who publishes each topic, and who awaits it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from chartgen.drawing.dot import HEAD, quoted
from chartgen.drawing.mermaid import escaped
from chartgen.drawing.text import BOLD, CYAN, DIM, YELLOW
from chartgen.registry.model import Registry
from chartgen.registry.pod import JsonValue

Painter: TypeAlias = Callable[[str, str], str]
"""Text and style → the text as the terminal gets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A topic on its broker, with the services at both ends, sorted by name."""

    topic: str
    broker: str
    engine: str
    publishers: tuple[str, ...]
    subscribers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """A platform's topics, by broker, then name."""

    platform: str
    version: str
    streams: tuple[Stream, ...]


def streams(registry: Registry, around: Iterable[str] = ()) -> Streams:
    """Every topic of the platform, or those that the named services publish or await, or that are on a named broker."""
    ends: dict[tuple[str, str], tuple[list[str], list[str]]] = {
        (store.name, topic.name): ([], []) for store in registry.datastores for topic in store.topics
    }
    for caller, edge in registry.edges():
        for side, topics in enumerate((edge.publishes, edge.subscribes)):
            for topic in topics:
                ends[edge.target, topic][side].append(caller)
    engines = {store.name: store.engine.name for store in registry.datastores}
    wanted = set(around)
    return Streams(
        platform=registry.metadata.name,
        version=registry.metadata.version,
        streams=tuple(
            Stream(topic=topic, broker=broker, engine=engines[broker], publishers=tuple(out), subscribers=tuple(into))
            for (broker, topic), (out, into) in sorted(ends.items())
            if not wanted or wanted & {broker, *out, *into}
        ),
    )


def document(drawn: Streams) -> dict[str, JsonValue]:
    """The platform and its topics as data; keys and order are stable."""
    return {
        "platform": {"name": drawn.platform, "version": drawn.version},
        "topics": [
            {
                "name": stream.topic,
                "broker": stream.broker,
                "publishers": list(stream.publishers),
                "subscribers": list(stream.subscribers),
            }
            for stream in drawn.streams
        ],
    }


def text(drawn: Streams, *, color: bool = False, arrow: str = "→") -> str:
    """A section for each broker, a line for each topic: publishers, topic, subscribers."""
    painted = _painter(color)
    count = len(drawn.streams)
    lines = [f"{painted(f'{drawn.platform} {drawn.version}', BOLD)} · {count} topic{'' if count == 1 else 's'}"]
    for broker in dict.fromkeys(stream.broker for stream in drawn.streams):
        found = [stream for stream in drawn.streams if stream.broker == broker]
        lines += ["", f"{painted(broker, f'{BOLD};{CYAN}')} {painted(found[0].engine, DIM)}"]
        rows = [(_ends(s.publishers), s.topic, _ends(s.subscribers)) for s in found]
        left, middle = (max(len(row[at]) for row in rows) for at in (0, 1))
        for publishers, topic, subscribers in rows:
            ends = [publishers.ljust(left), topic.ljust(middle), subscribers]
            ends = [painted(end, YELLOW) if end.strip() == NOBODY else end for end in ends]
            lines.append(f"  {ends[0]} {arrow} {painted(ends[1], BOLD)} {arrow} {ends[2]}")
    return "\n".join(lines) + "\n"


NOBODY = "nobody"


def _ends(names: Sequence[str]) -> str:
    return ", ".join(names) or NOBODY


def _painter(color: bool) -> Painter:
    return (lambda text, style: f"\x1b[{style}m{text}\x1b[0m") if color else (lambda text, _: text)


def mermaid(drawn: Streams) -> str:
    """A flowchart from left to right: publishers, topics, subscribers."""
    ids = _ids(drawn)
    lines = ["flowchart LR"]
    lines += [f'  {ids[name]}["{escaped(name)}"]' for name in _services(drawn)]
    for stream in drawn.streams:
        topic = ids[stream.broker, stream.topic]
        lines.append(f'  {topic}{{{{"{escaped(stream.topic)}<br/>{escaped(stream.broker)}"}}}}')
        lines += [f"  {ids[name]} --> {topic}" for name in stream.publishers]
        lines += [f"  {topic} --> {ids[name]}" for name in stream.subscribers]
    return "\n".join(lines) + "\n"


def dot(drawn: Streams) -> str:
    """A digraph from left to right: publishers, topics, subscribers."""
    ids = _ids(drawn)
    lines = [f"digraph {quoted(drawn.platform)} {{", HEAD.replace("rankdir=TB", "rankdir=LR")]
    lines += [f'  {ids[name]} [label={quoted(name)}, fillcolor="#eaf2fb"]' for name in _services(drawn)]
    for stream in drawn.streams:
        topic = ids[stream.broker, stream.topic]
        label = quoted(stream.topic)[:-1] + "\\n" + quoted(stream.broker)[1:]
        lines.append(f'  {topic} [label={label}, shape=hexagon, style="filled", fillcolor="#fdf1dc"]')
        lines += [f"  {ids[name]} -> {topic}" for name in stream.publishers]
        lines += [f"  {topic} -> {ids[name]}" for name in stream.subscribers]
    return "\n".join([*lines, "}"]) + "\n"


def _services(drawn: Streams) -> list[str]:
    return sorted({name for stream in drawn.streams for name in (*stream.publishers, *stream.subscribers)})


def _ids(drawn: Streams) -> dict[str | tuple[str, str], str]:
    """Service, or broker and topic → an identifier that both languages take whatever the names are."""
    ids: dict[str | tuple[str, str], str] = {name: f"s{number}" for number, name in enumerate(_services(drawn))}
    return ids | {(stream.broker, stream.topic): f"t{number}" for number, stream in enumerate(drawn.streams)}
