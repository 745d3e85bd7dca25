"""A proof that misses a change of a policy proves nothing: every mutant of every policy is found, but for those that
change no answer."""

from __future__ import annotations

from pathlib import Path

from chartgen.registry import compile_registry
from tests.mutants import survivors_of

CASES = Path(__file__).parents[2] / "cases" / "verify"

EQUIVALENT = {
    "NetworkPolicy/shop.gateway: ingress 1 dropped": "the monitoring of the door's own pods is no call of the registry",
    "AuthorizationPolicy/orders: rules.1.to.0.operation.ports[1] dropped": "port 90 is open to everyone: plaintext",
    "PeerAuthentication/orders.plaintext: mode UNSET": "the namespace's mode holds then, which is STRICT",
    "AuthorizationPolicy/web.claim-headers: rules.0.from.0.source.serviceAccounts dropped": "only the door calls web",
}


def test_every_mutant_is_found() -> None:
    registry = compile_registry("registry.yaml", (CASES / "registry.yaml").read_bytes(), lambda _: None).registry
    assert registry is not None
    manifests = (CASES / "base.yaml").read_text(encoding="utf-8")
    survivors, made = survivors_of(registry, manifests)
    print(f"{made} mutants, {len(survivors)} survivors")
    assert made > 400
    assert survivors == sorted(EQUIVALENT)
