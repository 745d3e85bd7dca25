"""The sizes that Kubernetes sets, and Go under it."""

from __future__ import annotations

LABEL = 63
"""The longest DNS label, host name, and name or value of a label."""

RELEASE = 53
"""The longest name of a Helm release."""

DNS_NAME = 253
"""The longest DNS name."""

MAX_DATA = 1024 * 1024
"""The bytes of all values that a ConfigMap or a Secret holds."""

MAX_ANNOTATIONS = 256 * 1024
"""The bytes of an object's annotations, keys and values."""

MAX_INT = 2**63 - 1
"""The largest whole number of a 64-bit machine."""
