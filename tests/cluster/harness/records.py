"""The record that helm keeps of a release, against what `chartgen lint` says that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chartgen.audit.objects import read, split
from chartgen.audit.record import Record, estimate
from chartgen.tools.charts import read_umbrella
from chartgen.workflows.lint import root_chart

if TYPE_CHECKING:
    from tests.cluster.harness.releases import Release

CLOSE = 0.10
"""How far, as a share, an estimate may be from the truth."""
SMALL = 1024
"""How far it may be for a small platform, in bytes: the notes differ that much between an install and an upgrade."""


def is_as_estimated(release: Release, *settings: str) -> None:
    """The newest revision's Secret is as large as chartgen's estimate for the values of that revision."""
    size, record = release.record()
    close(size, estimated(release, record.get("config") or {}, *settings), f"revision {record['version']}")


def close(size: int, guess: Record, what: str) -> None:
    """A Secret has the size that was estimated."""
    near = abs(guess.size - size) <= max(CLOSE * size, SMALL)
    assert near, f"{what}: {size:,} bytes, and chartgen said {guess.size:,}"


def estimated(release: Release, given: dict[str, object], *settings: str) -> Record:
    """What `chartgen lint` would say of the chart with these values."""
    umbrella = read_umbrella(release.chart)
    assert umbrella is not None
    chart, problems = root_chart(umbrella, "charts")
    assert not problems
    documents = split(release.render(*settings))
    pairs = [(document, read(document.text, document.source)[0]) for document in documents]
    return estimate(chart, given, pairs, release=release.name)
