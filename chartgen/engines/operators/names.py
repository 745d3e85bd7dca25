"""Names of the objects that stand for topics."""

from __future__ import annotations

import hashlib
import re


def of_topic(store: str, topic: str) -> str:
    """A DNS name for the topic's object, no other's; a topic that is none itself is told apart by a hash."""
    name = f"{store}-{topic}"
    if len(name) <= _LONGEST and _DNS.fullmatch(name):
        return name
    digest = hashlib.sha256(topic.encode()).hexdigest()[:8]
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower())[:_LONGEST].strip("-")
    return f"{plain}-{digest}"


_LONGEST = 200
_DNS = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
