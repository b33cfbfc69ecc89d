"""Locks of other ecosystems: one file per format."""
