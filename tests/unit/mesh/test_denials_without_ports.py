"""A DENY that reads no HTTP means on a TCP port what it says."""

from __future__ import annotations

import pytest

from tests.unit.mesh.test_unread import added

POLICY = (
    "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: odd}\n"
    "spec: {selector: {matchLabels: {app.kubernetes.io/name: web}}, action: DENY, rules: [{from: [{source: "
)


@pytest.mark.parametrize(("rest", "told"), [("", False), (", to: [{operation: {methods: [PUT]}}]", True)])
def test_only_what_reads_http_is_told_to_close_more(rest: str, told: bool) -> None:
    found = added(f"{POLICY}{{notNamespaces: [default]}}}}]{rest}}}]}}\n")
    assert ("denies without ports" in found) is told
