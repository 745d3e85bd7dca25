"""Manifests as tests write and change them."""

from __future__ import annotations

import copy
from typing import Any

FRONT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: shop}
spec: {template: {metadata: {labels: {app: front}}, spec: {serviceAccountName: front, containers: [{name: a}]}}}
---
"""
BACK = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: back, namespace: shop}
spec:
  template:
    metadata: {labels: {app: back}}
    spec: {serviceAccountName: back, containers: [{name: a, ports: [{containerPort: 80, name: http}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: back, namespace: shop}
spec: {selector: {app: back}, ports: [{name: http, port: 8080, targetPort: 80}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: back, namespace: shop}
spec:
  selector: {matchLabels: {app: back}}
  rules:
    - from: [{source: {serviceAccounts: [shop/front]}}]
      to: [{operation: {methods: [GET]}}]
"""
"""Pods that are called, their Service, and the policy that lets `FRONT` read."""


def merged(target: Any, part: Any) -> Any:
    """`target` with `part` laid over it, as RFC 7386 says; both stay as they are."""
    if not isinstance(part, dict):
        return copy.deepcopy(part)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in part.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return copy.deepcopy(result)
