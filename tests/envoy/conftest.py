"""The seed of the questions: the same every time, or another with `--seed`."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=1, help="draw other questions, and other registries")


def pytest_report_header(config: pytest.Config) -> str:
    return f"questions are drawn with --seed={config.getoption('--seed')}"


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    found: int = request.config.getoption("--seed")
    return found
