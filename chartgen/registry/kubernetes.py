"""What Kubernetes and the Gateway API fix: names that charts write and proofs look for. Each stands here alone."""

from __future__ import annotations

GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
"""The label on the pods that are made of a Gateway."""

CLUSTER_DOMAIN = "cluster.local"
"""How the whole names of a cluster's hosts end, unless somebody set it up otherwise: that is taken for granted."""

SERVICE_DOMAIN = f"svc.{CLUSTER_DOMAIN}"
"""What follows NAME.NAMESPACE in the whole name of a Service."""


def is_service(host: str) -> bool:
    """Whether a host is a Service of some namespace, by its whole name or one that leaves the cluster's domain out."""
    return host.endswith((".svc", f".{SERVICE_DOMAIN}"))


def whole(host: str) -> str:
    """The whole name of a Service's host; any other host as it is."""
    return f"{host}.{CLUSTER_DOMAIN}" if host.endswith(".svc") else host
