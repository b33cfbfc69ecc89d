"""Which migration this code is written for."""

from __future__ import annotations

__all__ = ["REVISION"]

REVISION = "0017"
"""The newest of the migrations, so that opening a ledger need not load them; a test compares."""
