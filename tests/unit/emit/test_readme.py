"""What the READMEs of charts say only sometimes."""

from __future__ import annotations

import pytest

from bench.platform import registry
from chartgen import emit
from chartgen.registry import compile_registry


@pytest.mark.parametrize(("size", "advised"), [(90, False), (100, True)])
def test_a_large_platforms_readme_tells_how_to_wait_for_it(size: int, advised: bool) -> None:
    compiled = compile_registry("registry.yaml", registry(size).encode(), lambda _: None).registry
    assert compiled is not None
    readme = emit.platform(compiled)[f"charts/bench-{size}/README.md"]
    assert ("--qps 50 --burst-limit 300 --timeout 15m" in readme) is advised
