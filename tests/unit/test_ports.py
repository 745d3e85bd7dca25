from __future__ import annotations

from typing import Any

import pytest

from chartgen.registry.pod import Port
from chartgen.registry.ports import (
    build_port,
    container_port_name,
    emitted_name,
    is_port_name,
    long_port,
    main_port,
    shorter_name,
)


def port(**data: Any) -> Port:
    return build_port(long_port({"port": 80, **data}))


@pytest.mark.parametrize(
    ("written", "name", "protocol"),
    [
        ({}, "http", "http"),
        ({"protocol": "grpc"}, "grpc", "grpc"),
        ({"name": "grpc-web"}, "grpc-web", "grpc-web"),
        ({"name": "grpc-web-admin"}, "grpc-web-admin", "grpc-web"),
        ({"name": "grpc-admin"}, "grpc-admin", "grpc"),
        ({"name": "admin"}, "admin", "tcp"),
        ({"name": "httpx"}, "httpx", "tcp"),
        ({"name": "admin", "protocol": "http"}, "admin", "http"),
    ],
)
def test_name_and_protocol_imply_each_other(written: dict[str, Any], name: str, protocol: str) -> None:
    long = long_port({"port": 80, **written})
    assert (long["name"], long["protocol"], long["targetPort"], long["expose"]) == (name, protocol, 80, True)


@pytest.mark.parametrize(
    ("name", "protocol", "emitted"),
    [
        ("http", "http", "http"),
        ("http-admin", "http", "http-admin"),
        ("admin", "http", "http-admin"),
        ("redis", "redis", "tcp-redis"),
        ("tcp-redis", "redis", "tcp-redis"),
        ("dns", "udp", "udp-dns"),
    ],
)
def test_emitted_names_begin_with_the_protocol(name: str, protocol: str, emitted: str) -> None:
    assert emitted_name(name, protocol) == emitted


def test_transport_and_app_protocol() -> None:
    assert (port(protocol="udp").transport, port(protocol="udp").app_protocol) == ("UDP", "")
    assert (port(protocol="mysql").transport, port(protocol="mysql").app_protocol) == ("TCP", "tcp")


def test_a_proposal_is_always_a_good_name() -> None:
    for name in ("administration", "a" * 60, "a-b-c-d-e-f-g-h-i"):
        for protocol in ("http", "grpc-web", "memcached"):
            proposed = shorter_name(port(name=name, protocol=protocol))
            assert is_port_name(proposed)
            assert emitted_name(proposed, protocol) == proposed


def test_main_port_is_http_or_the_only_one() -> None:
    http, grpc, admin = port(), port(name="grpc"), port(name="admin")
    assert main_port([grpc, http]) is http
    assert main_port([grpc]) is grpc
    assert main_port([grpc, admin]) is None
    assert main_port([]) is None


def test_ports_that_share_a_target_share_its_name() -> None:
    http, more = port(targetPort=3000), port(name="http-more", port=81, targetPort=3000)
    assert container_port_name([http, more], more) == "http"
