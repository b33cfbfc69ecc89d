"""What to look for on Git hosts, and the queries that find it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.model.assertion import Subject

__all__ = ["Query", "QueryKind", "Target"]


class QueryKind(StrEnum):
    """How precise a query is, the most precise first."""

    DIGEST = "digest"
    """The sha256 of a file: one rare token."""
    URL_PATH = "url_path"
    """The 60 hex digits in the URL path of a file: one rare token."""
    FILE_NAME = "file_name"
    NAME = "name"
    """The project's name together with a lock's file name: the last resort."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Query:
    """One search of a host's code index."""

    kind: QueryKind
    text: str
    """The bare token or name; a host adds its own quoting and qualifiers."""
    narrow: str = ""
    """A qualifier that shards a query whose answer is cut off, in the host's own words (`size:0..4096`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A ghost to look for."""

    subject: Subject
    queries: tuple[Query, ...]
