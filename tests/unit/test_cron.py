from __future__ import annotations

import pytest

from chartgen.registry.cron import schedule_mistake


@pytest.mark.parametrize(
    "schedule", ["0 3 * * 1", "*/5 0-23 1,15 jan-mar mon-fri", "@daily", "@every 1h30m", "? ? ? ? ?", "5/10 * * * 0"]
)
def test_good_schedules(schedule: str) -> None:
    assert schedule_mistake(schedule) == ""


@pytest.mark.parametrize(
    ("schedule", "word"),
    [
        ("30-10 * * * *", "30-10"),
        ("0 0 * dec-jan *", "month"),
        ("0 0 * * FRI-MON", "day of the week"),
        ("0 0 1,20-10 * *", "20-10"),
        ("*/99999999999999999999 * * * *", "too large"),
        ("@every 9999999999h", "too long"),
    ],
)
def test_what_the_parser_of_kubernetes_refuses(schedule: str, word: str) -> None:
    assert word in schedule_mistake(schedule)
