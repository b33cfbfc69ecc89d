"""Verdicts to targets to queries: pure."""

from crawler.targeting.plan import plan

__all__ = ["plan"]
