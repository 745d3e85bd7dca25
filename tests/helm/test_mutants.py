"""Every mutant of what is rendered is found, of the cases and of the published systems, but for those that change no
answer. In `make test` a sample of each; in `make mutants` (--all-mutants), all of them."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING

import pytest

from tests import meshes
from tests.mutants import survivors_of

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

SAMPLE = 40
"""About how many mutants of each platform `make test` judges."""

MONITORED = "the monitoring of the door's own pods is no call of the registry"
PLAIN = "its port is open to everyone, in plaintext"
UNSET = "the namespace's mode holds then, which is STRICT"
DOOR = "only the door calls it"
OFF = "it is switched off, so it has no pods"
SHARED = "callers share an account, so another rule admits the same"
NO_TOKENS = "an audit reads no tokens, so what asks for one is judged in force alone"
NO_WAYPOINT = "who has no identity passes no waypoint: the pods' own policy decides"
NO_PORTS = "it has no ports, so the kubelet asks it nothing"

WHOLE = "the route leads every path there as it is"

EQUIVALENT = {
    "door": {"HTTPRoute/web: rule 0 for all": WHOLE},
    "mesh": {
        "NetworkPolicy/door.gateway: ingress 1 dropped": MONITORED,
        "PeerAuthentication/live.plaintext: mode UNSET": UNSET,
        "Sidecar/bus: without ./bus.default.svc.cluster.local": "its pods call each other by their headless Service",
        "Sidecar/retired: *": OFF,
    },
    "mesh-ambient": {
        "AuthorizationPolicy/auth.waypoint: rule 2 dropped": NO_WAYPOINT,
        "AuthorizationPolicy/auth.waypoint: rules.2.to.0.operation.[mp]*": NO_WAYPOINT,
        "AuthorizationPolicy/auth: rules.1.to.0.operation.ports[[]1[]] dropped": PLAIN,
        "AuthorizationPolicy/orders.waypoint: rule 2 dropped": NO_WAYPOINT,
        "AuthorizationPolicy/orders: rules.1.to.0.operation.ports[[]1[]] dropped": PLAIN,
        "AuthorizationPolicy/web.waypoint.claim-headers: rules.0.from.0.source.serviceAccounts dropped": DOOR,
        "NetworkPolicy/m[ai][ig]*: ingress 0 dropped": NO_PORTS,
        "NetworkPolicy/tickets-waypoint.waypoint: ingress 2 dropped": MONITORED,
        "NetworkPolicy/tickets.gateway: ingress 1 dropped": MONITORED,
        "PeerAuthentication/*.plaintext: mode UNSET": UNSET,
    },
    "mesh-istio-api": {
        "AuthorizationPolicy/admin: rule 0 dropped": NO_TOKENS,
        "AuthorizationPolicy/admin: rules.0.to.0.operation.hosts[[]?[]] dropped": NO_TOKENS,
        "AuthorizationPolicy/web: rule 1 dropped": NO_TOKENS,
        "AuthorizationPolicy/web: rules.1.to.0.operation.*[[]?[]] dropped": NO_TOKENS,
        "PeerAuthentication/default: *": "an audit is PERMISSIVE, which is the mesh's own mode too",
    },
    "bookinfo": {
        "*/mongodb: *": OFF,
        "*/mysqldb: *": OFF,
        "*/details.v2: *": OFF,
        "*/ratings.v2*: *": OFF,
        "DestinationRule/details: subset 1 *": OFF,
        "DestinationRule/ratings: subset [12] *": OFF,
        "NetworkPolicy/bookinfo.gateway: ingress 1 dropped": MONITORED,
    },
    "opentelemetry-demo": {
        "AuthorizationPolicy/flagd: * dropped": SHARED,
        "AuthorizationPolicy/otel-collector: * dropped": SHARED,
        "NetworkPolicy/opentelemetry-demo.gateway: ingress 1 dropped": MONITORED,
    },
    "ticketing": {
        "AuthorizationPolicy/api-gateway.claim-headers: rules.0.from.0.source.serviceAccounts dropped": DOOR,
        "PeerAuthentication/auth-service.plaintext: mode UNSET": UNSET,
    },
}
"""Platform → mutants that live (a pattern of them), and why that is right."""


@pytest.mark.parametrize("name", ["ticketing", *meshes.cases(), *meshes.DOORS])
def test_every_mutant_is_found(name: str, helm43: Helm, tmp_path: Path, all_mutants: bool) -> None:
    platform = meshes.named(name, tmp_path / "system")
    manifests = platform.manifests(helm43, tmp_path / "charts")
    survivors, made = survivors_of(platform.registry, manifests, 0 if all_mutants else SAMPLE)
    why = {each: _reason(name, each) for each in survivors}
    print(f"{name}: {made} mutants, {len(survivors)} survivors")
    print(*(f"  {each} ({reason})" for each, reason in why.items()), sep="\n")
    assert [each for each, reason in why.items() if not reason] == []
    unneeded = [each for each in EQUIVALENT.get(name, {}) if not any(fnmatch(one, each) for one in survivors)]
    assert made > SAMPLE / 2
    assert not all_mutants or unneeded == []


def _reason(platform: str, survivor: str) -> str:
    """Why it may live; empty for none."""
    return next((why for each, why in EQUIVALENT.get(platform, {}).items() if fnmatch(survivor, each)), "")
