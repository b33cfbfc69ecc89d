"""Which git program is there, and whether it can be held to an address.

Before 2.37, git knows no `http.curloptResolve`: it would look a host up itself, after our check, and
might be led into a private network. Source: git's release notes of 2.37.0.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache

from crawler.errors import Unsupported
from crawler.git.environment import PROGRAMS

__all__ = ["installed_git", "require_pinning"]

_OLDEST = (2, 37)
_VERSION = re.compile(r"git version (\d+)\.(\d+)")


@cache
def installed_git() -> str:
    """Return what git says of its version; empty where there is none. Asked once per process."""
    try:
        answer = subprocess.run(
            ["git", "--version"],  # noqa: S607 - on our own PATH
            env={"PATH": PROGRAMS},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return answer.stdout.strip()


def require_pinning(version: str) -> None:
    """Raise Unsupported where git of this `version` cannot be told which address to connect to."""
    found = _VERSION.match(version)
    if found is None or (int(found[1]), int(found[2])) < _OLDEST:
        raise Unsupported(
            f"{version or 'no git program'}: install git 2.37 or newer, which keeps to the address "
            "that was checked"
        )
