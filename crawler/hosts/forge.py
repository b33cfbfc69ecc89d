"""What all forges do alike: name a repository, link to its lines, ask their API as one identity.

A forge is a subclass with a `Dialect`, the data in which it differs, and what it can list.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from crawler.hosts.checked_names import (
    checked_commit,
    checked_repository_path,
    quoted_file_path,
)
from crawler.model import Repository
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http, HttpLimits

__all__ = ["Dialect", "Forge", "bucket_of", "fragment"]


def fragment(first: str, last: str | None = None) -> Callable[[LineSpan], str]:
    """Return what writes lines 3 to 5 as `#L3-L5` for `fragment("#L", "-L")`, a single one as `#L3`.

    Without `last`, the web page marks a single line only: the first.
    """

    def written(lines: LineSpan) -> str:
        end = "" if last is None or lines.last == lines.first else f"{last}{lines.last}"
        return f"{first}{lines.first}{end}"

    return written


def bucket_of(settings: HostSettings, resource: str) -> Bucket:
    """Return the budget that a request for `resource` is paid from: the host's, of this identity."""
    return Bucket(host=settings.name, resource=resource, identity=settings.identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of forge writes addresses and wants to be asked; by default as GitHub does."""

    checked: Callable[[str], str] = checked_repository_path
    """Returns a path as findings write it; raises Refused for another shape."""
    page: str = "{path}/blob/{commit}/{file}"
    """The page of a file, behind the web address; made of `{path}`, `{commit}` and `{file}`."""
    lines: Callable[[LineSpan], str] = fragment("#L", "-L")  # noqa: RUF009 - a pure function
    """Returns what follows that address to mark lines."""
    quoted: Callable[[str], str] = str
    """Returns a checked path as it stands in the address of a page."""
    cloned: Callable[[str], str] = "{}.git".format
    """Returns a checked path as it stands in a clone URL."""
    clones_at_api: bool = False
    """Whether clone URLs begin with `api_url`, where it is set: what serves the pages serves no git."""
    api_path: str = ""
    """What the base of the API ends with; `api_url` may leave it out."""
    authorization: Callable[[str], str] | None = None
    """Returns the header's value for a token; None: anonymous, a token is never sent."""
    header: str = "authorization"
    """Its name, lower-case."""
    git_login: Callable[[str], str] | None = None
    """Returns `user:password` by which git is let in with a token; None: it never is."""


class Forge:
    """Host; the rest of what a host may be is for its subclasses."""

    dialect: ClassVar[Dialect]

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the host of `settings` through `http`; without an `api_url` its API is at `web_url`."""
        self._settings = settings
        self._http = http
        base, own = settings.api_url or settings.web_url, self.dialect.api_path
        self._api_url = base if base.endswith(own) else f"{base}{own}"
        self._clone_url = self._api_url if self.dialect.clones_at_api else settings.web_url
        self._pages_url = settings.web_url

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository `path` without asking; raises Refused for another shape.

        Its clone URL is built, never taken from an answer: a host could name any other.
        """
        checked = self.dialect.checked(path)
        clone_url = f"{self._clone_url}/{self.dialect.cloned(checked)}"
        return Repository(host=self._settings.name, path=checked, clone_url=clone_url)

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return the address of the lines at this commit; raises Refused for hostile names."""
        page = self.dialect.page.format(
            path=self.dialect.quoted(self.dialect.checked(repository.path)),
            commit=checked_commit(commit),
            file=quoted_file_path(path),
        )
        return f"{self._pages_url}/{page}{'' if lines is None else self.dialect.lines(lines)}"

    @property
    def reads_private(self) -> bool:
        """Whether private repositories can be read: git is let in with a token here, and there is one."""
        has_token = self._settings.current_token() is not None
        return has_token and self.dialect.git_login is not None

    def git_authorization(self, clone_url: str) -> str | None:
        """Return the Authorization header (RFC 7617) that reads a private repository; None without a token.

        Only below the clone address of this host: whatever another address may do with a token, it gets
        none.
        """
        login, token = self.dialect.git_login, self._settings.current_token()
        if login is None or token is None or not clone_url.startswith(f"{self._clone_url}/"):
            return None
        return f"Basic {b64encode(login(token).encode()).decode('ascii')}"

    def _described(
        self,
        node: JsonObject,
        path: str,
        *,
        fork_of: str | None = None,
        created: str = "created_at",
        pushed: str = "pushed_at",
    ) -> Repository:
        """Return the repository `path` with what `node` says of it; `created`, `pushed` are keys.

        Raises Malformed for other types, Refused for a hostile path.
        """
        return replace(
            self.repository(path),
            native_id=str(node.number("id")),
            default_branch=node.optional_text("default_branch"),
            fork_of=fork_of,
            created_at=node.optional_text(created),
            pushed_at=node.optional_text(pushed),
            archived=node.flag("archived"),
            description=node.optional_text("description"),
        )

    def _ask(self, path: str, content: bytes | None = None) -> Answer:
        """GET `path` below the API's base, or POST the JSON `content`; any status is returned."""
        headers = {"accept": "application/json"}
        if content is not None:
            headers["content-type"] = "application/json"
        if (write := self.dialect.authorization) is not None:
            token = self._settings.current_token()
            headers |= {} if token is None else {self.dialect.header: write(token)}
        return self._http.request(
            "GET" if content is None else "POST",
            f"{self._api_url}{path}",
            headers=headers,
            content=content,
            bucket=bucket_of(self._settings, "api"),
        )

    def _get(self, path: str) -> Answer:
        """GET like `_ask`; raises for a status other than success."""
        return self._ask(path).raise_for_status()

    def _get_page(self, url: str, limits: HttpLimits) -> Answer:
        """GET a page of the web site; raises for a status other than success."""
        bucket = bucket_of(self._settings, "web")
        return self._http.request("GET", url, limits=limits, bucket=bucket).raise_for_status()
