"""Verdicts to targets to queries: pure."""
