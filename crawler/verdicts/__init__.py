"""Assertions to verdicts: pure."""
