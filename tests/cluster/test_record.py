"""The release record: large platforms are installed, their records are as large as lint says, and 1 MiB is the end."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bench.platform import registry
from chartgen.audit.record import LIMIT
from chartgen.workflows import lint
from tests.cluster.harness import platforms, records, states
from tests.cluster.harness.kube import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cluster.harness.kube import Space
    from tests.cluster.harness.platforms import Platform
    from tests.cluster.harness.releases import Release

FAST, LONG = ("--wait", "--qps", "50", "--burst-limit", "300"), 900
"""As the READMEs of large platforms advise: with helm's own five requests a second, 300 services outlast `--wait`."""
SIZES = (10,) if platforms.STAND_IN else (300, 100, 10)
"""Services; what takes longest begins first. Real nodes hold no thousand pods."""
FITS, EXCEEDS = 368_000, 384_000
"""Bytes of noise in a config file with which the record comes out just below 1 MiB, and just above."""


@pytest.mark.parametrize("size", SIZES)
def test_platforms_of_any_size_install_with_records_as_large_as_lint_says(
    size: int, tmp_path: Path, release_of: Callable[[Platform], Release]
) -> None:
    platform = platforms.written(registry(size), tmp_path / "platform")
    promote(platform)
    release = replace(release_of(platform), values=platform.values("prod"), timeout=LONG)
    guess = lint.run(platform.root, environments=["prod"]).records["prod"]
    release.install(flags=FAST)
    eventually(partial(unready, release.space), lambda names: not names, patience=LONG)
    records.close(release.record()[0], guess, f"{size} services")


def test_one_mebibyte_is_the_end_of_a_record(tmp_path: Path, release_of: Callable[[Platform], Release]) -> None:
    platform = platforms.written(noisy(FITS), tmp_path / "platform")
    assert 0.96 < share(platform) < 1
    release = release_of(platform)
    release.install()
    records.is_as_estimated(release)
    release.upgrade()
    records.is_as_estimated(release)

    platforms.written(noisy(EXCEEDS), platform.root)
    assert 1 < share(platform) < 1.04
    refused = release.try_upgrade()
    assert refused.code, "the upgrade went through"
    assert f"data: Too long: may not be more than {LIMIT} bytes" in refused.stderr
    assert len(release.history()) == 2
    states.nothing_differs(release)

    afresh = release_of(platform)
    assert f"may not be more than {LIMIT} bytes" in afresh.run("install", afresh.name, str(afresh.chart)).stderr
    assert not afresh.space.names("deployments,services,secrets,networkpolicies"), "a refused install left something"


def promote(platform: Platform) -> None:
    """Gives production what every real one has: each service's image by digest, and sizes of its own."""
    names = [service.name for service in platform.registry.services]
    values, release = platform.values("prod")
    values.write_text(json.dumps({name: sizes(at) for at, name in enumerate(names)}), encoding="utf-8")
    digests = {} if platforms.STAND_IN else {name: hashlib.sha256(name.encode()).hexdigest() for name in names}
    images = {name: {"image": {"digest": f"sha256:{digest}"}} for name, digest in digests.items()}
    release.write_text(json.dumps(images), encoding="utf-8")


def sizes(at: int) -> dict[str, Any]:
    """The resources of one service in production."""
    amount = {"cpu": f"{100 + at}m", "memory": f"{128 + at}Mi"}
    return {"resources": {"requests": amount, "limits": {"cpu": "2", "memory": f"{512 + at}Mi"}}}


def unready(space: Space) -> list[str]:
    """The workloads whose pods are not all ready, and the autoscalers that are not yet at their floors."""
    return [
        f"{thing['kind']}/{thing['metadata']['name']}"
        for thing in space.get(f"{states.LASTING},horizontalpodautoscalers")
        if not stands(thing)
    ]


def stands(thing: Any) -> bool:
    """Whether a workload has the ready pods that it wants, or an autoscaler's target its least number."""
    spec, status = thing["spec"], thing["status"]
    if "minReplicas" in spec:
        return bool(status.get("currentReplicas", 0) >= spec["minReplicas"])
    wanted = status.get("desiredNumberScheduled", spec.get("replicas"))
    return bool(wanted and wanted == status.get("readyReplicas", status.get("numberReady")))


def share(platform: Platform) -> float:
    """The share of 1 MiB that lint names."""
    return lint.run(platform.root).records["the defaults"].share


def noisy(size: int) -> str:
    """A registry of one service with a config file of that much noise, which no compressor makes smaller."""
    return "\n".join(
        [
            "apiVersion: chartgen.dev/v1",
            "kind: ServiceRegistry",
            "metadata: {name: noisy, version: 1.0.0}",
            "images: {prefix: ghcr.io/example}",
            "services:",
            "  - name: radio",
            "    port: 3000",
            "    healthEndpoint: /healthz",
            "    files:",
            "      /etc/radio/noise: |",
            *lines(size),
            "",
        ]
    )


def lines(size: int) -> Iterator[str]:
    """Noise as text, from a seed."""
    text = base64.b64encode(random.Random(size).randbytes(size)).decode()
    return (f"          {text[at : at + 100]}" for at in range(0, len(text), 100))
