"""Generated tests: how many examples a tier takes, and that none fails for the time it takes."""

from __future__ import annotations

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
