"""What holds for all tests: generated ones are not failed for their time, and nobody called us by a name."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.generated import Tier

for tier in Tier:
    settings.register_profile(
        tier.name.lower(),
        max_examples=tier.value,
        deadline=None,  # the machine may be busy
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile("fast")

# `./ghostcrawl test` tells its children how it was called; what tests expect is advice without that.
os.environ.pop("GHOSTCRAWL_CALLED_AS", None)
