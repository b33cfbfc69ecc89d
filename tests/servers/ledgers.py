"""A new ledger on SQLite, quick: the schema is made once in a process and copied."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from workers.ledger.ledger import Ledger

__all__ = ["new_ledger"]


def new_ledger(path: Path) -> Ledger:
    """Return an empty ledger of the newest schema in a file that is not there yet; the caller closes it."""
    path.write_bytes(_empty())
    return Ledger.open(f"sqlite:///{path}")


@cache
def _empty() -> bytes:
    with TemporaryDirectory(prefix="ghostcrawl-ledger-") as folder:
        path = Path(folder) / "ledger.sqlite"
        ledger = Ledger.open(f"sqlite:///{path}")
        ledger.upgrade()
        ledger.close()
        return path.read_bytes()
