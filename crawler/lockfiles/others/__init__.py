"""Locks of other ecosystems, and what several share: one file per format."""
