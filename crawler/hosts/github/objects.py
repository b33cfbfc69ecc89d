"""What GitHub's REST API answers as PyGithub's objects; the one module that imports PyGithub.

Our own client asks, PyGithub only reads: see docs/decisions/0016.
Import this module where it is needed only: PyGithub takes 650 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NoReturn

from github import Github
from github.Auth import Auth
from github.GlobalAdvisory import GlobalAdvisory

from crawler.errors import Malformed

__all__ = ["GlobalAdvisory", "global_advisory"]


def global_advisory(fields: Mapping[str, object]) -> GlobalAdvisory:
    """Return the advisory with these fields of an answer.

    One that is missing is None; reading what PyGithub would have to ask for raises Malformed.
    """
    return _reader().create_from_raw_data(GlobalAdvisory, dict(fields))


@cache
def _reader() -> Github:
    return Github(auth=_AsksNobody(), retry=None)


class _AsksNobody(Auth):
    """PyGithub calls this before each request; there is to be none."""

    token_type = token = ""

    def authentication(self, headers: dict[str, str]) -> NoReturn:  # noqa: ARG002
        raise Malformed("the answer lacks a field that its API promises")
