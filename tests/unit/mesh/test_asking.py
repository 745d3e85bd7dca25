"""Claims as people type them."""

from __future__ import annotations

from typing import Any

import pytest

from chartgen.mesh.asking import claims_of


@pytest.mark.parametrize(
    ("words", "claims"),
    [
        ([], {}),
        (["roles=admin"], {"roles": "admin"}),
        (["roles=admin", "roles=owner", "roles=x"], {"roles": ["admin", "owner", "x"]}),
        (["realm.access=a=b"], {"realm.access": "a=b"}),
        (["realm_access[roles]=admin", "realm_access[id]=5"], {"realm_access": {"roles": "admin", "id": "5"}}),
        (["a[b][c]=1"], {"a": {"b": {"c": "1"}}}),
        (["scope="], {"scope": ""}),
        (["roles"], None),
        (["=x"], None),
        (["a[=x"], None),
        (["a[]=x"], None),
        (["a=1", "a[b]=2"], None),
    ],
)
def test_claims(words: list[str], claims: dict[str, Any] | None) -> None:
    assert claims_of(words) == claims
