"""The healthcheck of the image: a program of its own, since it runs twice a minute in every container.

`python -IS probe.py` asks the process at GHOSTCRAWL_METRICS how it is: 0 where it is well, else 1 with the reason.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

__all__ = ["main"]

_SECONDS = 5


def main() -> int:
    """Ask once; return the exit code."""
    host, _, port = os.environ.get("GHOSTCRAWL_METRICS", "").rpartition(":")
    reachable = "127.0.0.1" if host in {"", "0.0.0.0"} else host  # noqa: S104 - compared, not bound
    try:
        connection = HTTPConnection(reachable, int(port), timeout=_SECONDS)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        said = answer.read(1000).decode(errors="replace").strip()
    except (OSError, ValueError, HTTPException) as error:
        sys.stderr.write(f"no answer at GHOSTCRAWL_METRICS: {error}\n")
        return 1
    sys.stderr.write(f"{said}\n")
    return 0 if answer.status == 200 else 1  # noqa: PLR2004 - OK; `http.HTTPStatus` costs an import of enum


if __name__ == "__main__":
    sys.exit(main())
