"""What a Git host is: where repositories are found, and how a line of one is linked to.

Reading is `crawler.model.Reader`: most hosts are read over the git protocol, some through an API.
A host implements only what it has; nothing here ever raises NotImplementedError.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from crawler.errors import Retry

if TYPE_CHECKING:
    from datetime import datetime

    from crawler.hosts.access_tokens import TokenFile
    from crawler.model import LineSpan, Query, Repository, Skipped

__all__ = [
    "Hit",
    "Host",
    "HostKind",
    "HostSettings",
    "ListPage",
    "Lister",
    "OwnerLister",
    "PagePartMissing",
    "RelatedLister",
    "SearchPage",
    "Searcher",
    "SinceLister",
]


class HostKind(StrEnum):
    """Software that a host runs."""

    GITHUB = "github"
    FORGEJO = "forgejo"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    AZURE = "azure"
    """Azure DevOps; `web_url` is that of one organisation."""
    SOURCEHUT = "sourcehut"
    GITEE = "gitee"
    PAGURE = "pagure"
    LAUNCHPAD = "launchpad"
    GERRIT = "gerrit"
    CGIT = "cgit"
    GITWEB = "gitweb"
    GHARCHIVE = "gharchive"
    """Hourly files of what was pushed to a GitHub; its repositories belong to the host at `web_url`."""
    GIT = "git"
    """Any server that speaks the git protocol; repositories come from a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """One host as the operator configured it. Every base URL can be set."""

    name: str
    """What findings call it: `github.com`."""
    kind: HostKind
    web_url: str
    """Base of permalinks and clone URLs, no trailing slash."""
    api_url: str = ""
    """Base of the REST API; of the clone URLs for cgit and gitweb; of the files of GH Archive."""
    graphql_url: str = ""
    trusted: bool = False
    """Plain http and private addresses are allowed for this host."""
    token: str | None = field(default=None, repr=False)
    """One that stays, read from the environment; never logged, never in a URL. See `current_token`."""
    token_file: TokenFile | None = field(default=None, repr=False)
    """Where the token lies that somebody renews; stronger than `token`."""
    identity: str = "anonymous"
    """Fingerprint for budgets: of `token`, or of the path of `token_file`, which outlives its tokens."""
    owners: tuple[str, ...] = ()
    """Whose repositories are listed, on hosts without a list of all."""

    def current_token(self, *, force_reload: bool = False) -> str | None:
        """Return the token to send now, None for none; asked for each request.

        `force_reload` reads the file even where it looks unchanged: after a token was refused.
        """
        if self.token_file is None:
            return self.token
        return self.token_file.current(force_reload=force_reload)

    def known_tokens(self) -> tuple[str, ...]:
        """Return the tokens to redact: all that were read so far; reads nothing."""
        if self.token_file is not None:
            return self.token_file.known()
        return () if self.token is None else (self.token,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A file that a code search found."""

    repository: Repository
    path: str
    oid: str | None = None
    """Blob oid where the host tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of a code search."""

    hits: tuple[Hit, ...]
    next_cursor: str | None
    """Opaque; None where this was the last page."""
    narrower: tuple[Query, ...] = ()
    """Queries to ask instead, where the host cut the answer off at its cap."""
    skipped: tuple[Skipped, ...] = ()
    """What the host did not look at: timed out, cut off and not divisible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """One page of a list of repositories."""

    repositories: tuple[Repository, ...]
    next_cursor: str | None
    skipped: tuple[Skipped, ...] = ()


class PagePartMissing(Retry):
    """A part of a list did not come; where it never does, the list goes on behind it."""

    def __init__(self, why: str, following: str) -> None:
        """`following` is the cursor to go on with, once the part is given up because of `why`."""
        super().__init__(why)
        self.following = following


class Host(Protocol):
    """Every host can name its repositories and link to a line."""

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        ...

    def repository(self, path: str) -> Repository:
        """Return the repository `owner/name` of this host without asking it."""
        ...

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str | None:
        """Return the URL of these lines at this commit, never at a branch; None without web pages."""
        ...


@runtime_checkable
class Searcher(Protocol):
    """A host with a code search."""

    def search(self, query: Query, cursor: str | None) -> SearchPage:
        """Ask for one page; raises Defer, Retry, or GiveUp for a query the host refuses."""
        ...


@runtime_checkable
class Lister(Protocol):
    """A host that lists its repositories."""

    def list(self, cursor: str | None) -> ListPage:
        """Ask for one page, oldest first; None is the first page.

        Raises Defer, Retry, PagePartMissing for one part of many, and GiveUp: Refused for a redirect or
        a cursor that this list did not write, Malformed, TooLarge, Gone, Private.
        """
        ...


@runtime_checkable
class SinceLister(Lister, Protocol):
    """A Lister that can list what is new or has changed since a time."""

    def since(self, when: datetime) -> str:
        """Return the cursor at which `list` begins with what changed after `when`, which is aware.

        How much earlier it has to begin, because a host notes changes late, is its own business.
        """
        ...


@runtime_checkable
class RelatedLister(Protocol):
    """A host that lists what is related to a repository: its forks, its owner's other repositories."""

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of at most 100 forks, newest first where the host can sort.

        Raises Defer, Retry, or GiveUp for a repository that is gone or was renamed.
        """
        ...

    def list_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        """Ask for one page of at most 100 public repositories of the owner of `repository`.

        Those pushed last come first where the host can sort. Raises like `forks`.
        """
        ...


@runtime_checkable
class OwnerLister(Protocol):
    """A host that lists what an organisation or a user has."""

    def list_owned(self, owner: str, cursor: str | None) -> ListPage:
        """Ask for one page of the repositories of `owner`; None is the first page.

        Those that only the token of the host sees are among them, with `private` set. Raises Defer, Retry,
        and GiveUp: Gone where the owner does not exist, Refused for an invalid owner or cursor.
        """
        ...
