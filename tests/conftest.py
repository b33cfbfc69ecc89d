"""Generated tests fail for what they find, never for how long they take: the machine may be busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("ghostcrawl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ghostcrawl")
