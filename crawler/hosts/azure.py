"""Azure DevOps: list the repositories of one organisation, permalinks; they are read over git.

Source: Azure DevOps' REST documentation, "Git - Repositories - List" (7.1): without a project it
answers with the repositories of all projects at once. There is no list of organisations.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import Malformed, Private, Refused
from crawler.hosts.answers import document
from crawler.hosts.entries import read_entries
from crawler.hosts.interface import ListPage
from crawler.hosts.naming import checked_commit, checked_project_and_name, quoted_file_path
from crawler.model import Repository, Skipped
from crawler.net import Bucket

if TYPE_CHECKING:
    from crawler.hosts.answers import Node
    from crawler.hosts.interface import HostSettings
    from crawler.model import LineSpan
    from crawler.net import Answer, Http

__all__ = ["Azure"]


class Azure:
    """Host and Lister."""

    def __init__(self, settings: HostSettings, http: Http) -> None:
        """Ask the organisation whose address is `web_url`: `https://azure.example/organisation`.

        `api_url` is the same address where it is not set. The token is a personal access token.
        """
        self._settings = settings
        self._http = http
        self._api_url = settings.api_url or settings.web_url

    @property
    def settings(self) -> HostSettings:
        """The host as configured."""
        return self._settings

    def repository(self, path: str) -> Repository:
        """Return the repository `project/name` without asking; raises Refused.

        Both names may hold blanks; in the clone URL they are percent-encoded.
        """
        project, name = checked_project_and_name(path)
        return Repository(
            host=self._settings.name, path=f"{project}/{name}", clone_url=self._address(path)
        )

    def permalink(
        self, repository: Repository, commit: str, path: str, lines: LineSpan | None
    ) -> str:
        """Return `project/_git/name?path=/path&version=GCcommit&line=3&lineEnd=6...`; raises Refused.

        The web page marks from the first column of `line` to the first column of `lineEnd`, so the
        end is the line behind the last one.
        """
        where = f"path=/{quoted_file_path(path)}&version=GC{checked_commit(commit)}"
        return f"{self._address(repository.path)}?{where}{_selection(lines)}"

    def list(self, cursor: str | None) -> ListPage:
        """Ask for all repositories of the organisation, which come in one answer without pages.

        There is nothing to lose between pages; what is created behind it is in the next list.
        Raises Private, Defer, Retry, TooLarge, Refused (a redirect, any cursor) and the like.
        """
        if cursor is not None:
            raise Refused(f"{cursor[:50]!r} is no place in this list: it has one page")
        answer = self._get("/_apis/git/repositories?api-version=7.1")
        root = document(answer.body, answer.url)
        nodes, total = root.nodes("value"), root.number("count")
        entries = read_entries(nodes, self._repository_of, "list")
        skipped = entries.skipped
        if total != len(nodes):
            reason = f"the host counts {total} and lists {len(nodes)}"
            skipped = (*skipped, Skipped(context="list", reason=reason))
        return ListPage(
            repositories=entries.repositories, next_cursor=None, total=total, skipped=skipped
        )

    def _get(self, path: str) -> Answer:
        headers = {"accept": "application/json"}
        if (token := self._settings.current_token()) is not None:
            basic = b64encode(f":{token}".encode()).decode("ascii")
            headers["authorization"] = f"Basic {basic}"
        bucket = Bucket(host=self._settings.name, resource="api", identity=self._settings.identity)
        answer = self._http.request("GET", f"{self._api_url}{path}", headers=headers, bucket=bucket)
        if answer.status == HTTPStatus.NON_AUTHORITATIVE_INFORMATION:
            raise Private(f"{answer.url} answered with its sign-in page")
        return answer.raise_for_status()

    def _repository_of(self, node: Node) -> Repository:
        """Read one repository; its clone URL is built, never taken: a host could name any other."""
        project = node.node("project")
        if project is None:
            raise Malformed(f"{node.where}.project: expected object, got null")
        self._check_public(project)
        if node.flag("isDisabled"):
            raise Refused("disabled: it cannot be read")
        branch = node.optional_text("defaultBranch")
        parent = node.node("parentRepository")
        return replace(
            self.repository(f"{project.text('name')}/{node.text('name')}"),
            native_id=node.text("id"),
            default_branch=None if branch is None else branch.removeprefix("refs/heads/"),
            fork_of=None if parent is None else _path_of(parent),
        )

    def _check_public(self, project: Node) -> None:
        """Raise Refused unless anyone may see it; without a token only public projects are listed."""
        visibility = project.optional_text("visibility")
        untold = visibility is None and self._settings.current_token() is None
        if visibility != "public" and not untold:
            raise Refused("not public: only public repositories are listed")

    def _address(self, path: str) -> str:
        project, name = checked_project_and_name(path)
        return f"{self._settings.web_url}/{quote(project, safe='')}/_git/{quote(name, safe='')}"


def _path_of(parent: Node) -> str | None:
    project, name = parent.node("project"), parent.optional_text("name")
    owner = None if project is None else project.optional_text("name")
    return None if owner is None or name is None else f"{owner}/{name}"


def _selection(lines: LineSpan | None) -> str:
    if lines is None:
        return ""
    last = lines.last + 1
    return f"&line={lines.first}&lineEnd={last}&lineStartColumn=1&lineEndColumn=1"
