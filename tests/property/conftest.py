"""How Hypothesis runs here: the same examples every time, no deadline (a helm start takes what it takes).

`--hypothesis-profile=explore` draws new ones, ten times as many.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)

settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=60, suppress_health_check=QUIET)
settings.register_profile("explore", deadline=None, max_examples=600, suppress_health_check=QUIET)
settings.load_profile("fixed")
