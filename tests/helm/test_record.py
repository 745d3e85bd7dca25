"""The release record's estimate against the record that helm itself writes down in a dry run."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any

from chartgen.audit.objects import read, split
from chartgen.audit.record import estimate
from chartgen.audit.values import read_values
from chartgen.tools.charts import read_umbrella
from chartgen.tools.process import run
from chartgen.workflows.lint import root_chart
from tests.helm.conftest import RELEASE, Platform, rendered

if TYPE_CHECKING:
    from pathlib import Path

    from chartgen.tools.helm import Helm

CLOSE, SMALL = 0.05, 1024
"""How far the estimate may be off, as a share; and for a small platform in bytes: it takes the longest notes."""
VALUES = """\
global: {helmTest: {enabled: true}}
"""


def test_estimate_is_close_to_helms_own(platform: Platform, helm43: Helm, tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(VALUES, encoding="utf-8")
    real = len(base64.b64encode(gzip.compress(stored(helm43, platform, values), 9)))
    assert abs(estimated(helm43, platform, values) - real) < max(CLOSE * real, SMALL)


def stored(helm: Helm, platform: Platform, values: Path) -> bytes:
    """The record as helm would store it: no API server is asked, and what it adds in an install is small."""
    argv = [
        helm.path,
        "install",
        RELEASE,
        str(platform.umbrella),
        "--values",
        str(values),
        "--dry-run=client",
        "-o",
        "json",
    ]
    done = run(argv, environment={"KUBECONFIG": "/nonexistent"})
    assert not done.code, done.stderr
    text = json.dumps(json.loads(done.stdout), separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").encode()


def estimated(helm: Helm, platform: Platform, values: Path) -> int:
    """The estimate, in bytes of the Secret."""
    umbrella = read_umbrella(platform.umbrella)
    assert umbrella is not None
    chart, problems = root_chart(umbrella, "charts/x")
    assert not problems
    given: dict[str, Any] = read_values(values.read_text(encoding="utf-8"), "values.yaml")[0]
    documents = split(rendered(helm, platform.umbrella, values=(values,)))
    pairs = [(document, read(document.text, document.source)[0]) for document in documents]
    return estimate(chart, given, pairs, release=RELEASE).size
