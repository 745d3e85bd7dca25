from __future__ import annotations

import pytest

from chartgen.registry.pod import Reference
from chartgen.registry.ports import build_port, long_port
from chartgen.registry.references import Callee, mistakes, parse_text

HTTP = build_port(long_port({"port": 80}))
GRPC = build_port(long_port({"port": 9000, "name": "grpc"}))
ADMIN = build_port(long_port({"port": 9001, "name": "admin"}))
KNOWN = {
    "web": Callee("web", [HTTP, GRPC]),
    "rpc": Callee("rpc", [GRPC]),
    "two": Callee("two", [GRPC, ADMIN]),
    "worker": Callee("worker", []),
}


def url(node: str, port: str) -> Reference:
    return Reference(node=node, attribute="url", port_name=port)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain $HOME $(X)", ("plain $HOME $(X)",)),
        ("${web.url}", (url("web", "http"),)),
        ("${rpc.url}/x", (url("rpc", "grpc"), "/x")),
        ("a ${two.url.admin} b", ("a ", url("two", "admin"), " b")),
        ("${web.host}", (Reference(node="web", attribute="host"),)),
        ("${worker.host}", (Reference(node="worker", attribute="host"),)),
        ("${web.port.grpc}", (Reference(node="web", attribute="port", port_name="grpc"),)),
        ("$${web.url}", ("${web.url}",)),
        ("$$${web.url}", ("$${web.url}",)),
        ("{{ x }} [[ y ]]", ("{{ x }} [[ y ]]",)),
    ],
)
def test_texts(text: str, parts: tuple[str | Reference, ...]) -> None:
    assert parse_text(text, KNOWN) == parts
    assert list(mistakes(text, KNOWN)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("${HOME}", "form"),
        ("${}", "form"),
        ("${web}", "form"),
        ("${web.address}", "form"),
        ("${web.host.http}", "form"),
        ("x${", "form"),
        ("${web.url", "form"),
        ("${ledger.url}", "undeclared"),
        ("${two.url}", "port"),
        ("${two.port.http}", "port"),
        ("${worker.url}", "port"),
    ],
)
def test_mistakes_keep_the_text_as_written(text: str, kind: str) -> None:
    assert [mistake.kind for mistake in mistakes(text, KNOWN)] == [kind]
    assert "".join(str(part) for part in parse_text(text, KNOWN)) == text
