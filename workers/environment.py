"""What a process inherits from the shell: nothing in it leads into the folder one stands in.

That folder may be a stranger's checkout, so it is data: no program, module or library is taken from it,
neither by this process nor by its children. An empty entry of a search path means the current folder,
as in execvp(3), ld.so(8) and Python's own documentation of PYTHONPATH.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

__all__ = ["clean"]

_SEARCH_PATHS = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")
_PLACES = (
    *("PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX"),
    *("GIT_PYTHON_GIT_EXECUTABLE", "GIT_EXEC_PATH"),
    *("OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES"),
)
"""Modules, programs and libraries that a relative value would place in the current folder."""
_FILES = ("PGPASSFILE", "PGSERVICEFILE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL")
"""What the PostgreSQL library reads, perhaps after this process has left the current folder."""
_SYSTEM_CERTIFICATES = "system"
"""The one value of PGSSLROOTCERT that is no path; see libpq, "Environment Variables"."""


def clean(environ: MutableMapping[str, str]) -> None:
    """Make `environ` safe to run and to start children with, whatever the current folder holds.

    Relative entries of search paths and relative places of modules go; named files become absolute.
    Celery's own variables go too: they name modules that it would take from the current folder, and
    other brokers.
    """
    for name in _SEARCH_PATHS:
        if name in environ:
            entries = environ[name].split(os.pathsep)
            if absolute := os.pathsep.join(e for e in entries if Path(e).is_absolute()):
                environ[name] = absolute
            else:
                del environ[name]
    for name in list(environ):
        relative_place = name in _PLACES and not Path(environ[name]).is_absolute()
        if relative_place or name.startswith("CELERY_"):
            del environ[name]
    for name in _FILES:
        if (value := environ.get(name)) and value != _SYSTEM_CERTIFICATES:
            environ[name] = str(Path(value).absolute())
    environ["PYTHONSAFEPATH"] = "1"
