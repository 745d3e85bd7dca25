from __future__ import annotations

import pytest

from chartgen.emit.service import connection_test
from chartgen.registry import compile_registry


def command(service: str) -> tuple[str, ...]:
    """What the test pod of the service (the rest of a flow mapping in YAML) runs."""
    head = "apiVersion: chartgen.dev/v1\nkind: ServiceRegistry\nmetadata: {name: shop, version: 1.0.0}\n"
    result = compile_registry("registry.yaml", f"{head}services: [{{name: web, {service}}}]".encode(), lambda _: None)
    assert result.registry is not None, result.diagnostics
    found = connection_test(result.registry.services[0], "shop")
    assert found
    return found.command


def asking(path: str, port: str = "port: 80") -> tuple[str, ...]:
    return command(f"{port}, probes: {{readiness: {{http: {{path: '{path}'}}}}}}")


def test_it_asks_for_the_readiness_path():
    assert asking("/ready?full=1") == ("wget", "-O", "/dev/null", "http://web:80/ready?full=1")


def test_a_port_without_http_readiness_is_connected_to():
    assert command("ports: [{port: 5432, protocol: postgres}]") == ("nc", "-w", "5", "web", "5432", "-e", "true")


def test_a_certificate_is_not_checked_as_a_probe_does_not():
    words = asking("/", "ports: [{name: https, port: 443}]")
    assert words == ("wget", "--no-check-certificate", "-O", "/dev/null", "https://web:443/")


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/a%20b", "/a%20b"),
        ("/a#b", "/a"),
        ('/{x}|"<>^`', "/%7Bx%7D%7C%22%3C%3E%5E%60"),
        ("/é", "/%C3%A9"),
        ("/~a;v=1/@b?c=(d),[e]&f=g+h", "/~a;v=1/@b?c=(d),%5Be%5D&f=g+h"),
    ],
)
def test_a_path_is_sent_as_the_kubelet_sends_it(path: str, sent: str):
    assert asking(path)[-1] == f"http://web:80{sent}"


def test_kubernetes_finds_no_variable_in_it():
    words = command("port: 80, probes: {readiness: {http: {path: /$(HOME), headers: {X-Price: $$5}}}}")
    assert words[-1] == "http://web:80/$$(HOME)"
    assert "X-Price: $$$$5" in words
