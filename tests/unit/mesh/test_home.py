"""In which namespace objects are taken to be that name none."""

from __future__ import annotations

import pytest

from chartgen.mesh.home import main_namespace
from chartgen.mesh.manifests import read_text
from tests.unit.mesh.test_verify_cases import BASE


def pod(name: str, namespace: str = "") -> str:
    where = f", namespace: {namespace}" if namespace else ""
    spec = f"{{template: {{metadata: {{labels: {{app: {name}}}}}}}}}"
    return f"---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}{where}}}\nspec: {spec}\n"


def policy(namespace: str, spec: str) -> str:
    where = f"{{name: any, namespace: {namespace}}}"
    return f"---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {where}\nspec: {spec}\n"


WHOLE, OF_A, OF_C = "{}", "{selector: {matchLabels: {app: a}}}", "{selector: {matchLabels: {app: c}}}"


@pytest.mark.parametrize(
    ("text", "namespace"),
    [
        ("", "default"),
        (policy("istio-system", WHOLE), "istio-system"),
        (pod("a"), "default"),
        (pod("a", "shop"), "shop"),
        (pod("a", "shop") + pod("b", "shop") + pod("c"), "shop"),
        (pod("a") + pod("b") + pod("c", "monitoring"), "default"),
        (pod("a") + policy("istio-system", WHOLE), "default"),
        (pod("a") + policy("monitoring", OF_C), "default"),
        (pod("a") + policy("shop", OF_A) + policy("istio-system", WHOLE) * 3, "shop"),
        (BASE + policy("istio-system", WHOLE), "default"),
    ],
)
def test_it_is_where_the_pods_are(text: str, namespace: str) -> None:
    assert main_namespace(read_text(text)) == namespace
