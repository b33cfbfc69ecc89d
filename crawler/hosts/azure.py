"""Azure DevOps: list the repositories of one organisation, permalinks; they are read over git.

Source: Azure DevOps' REST documentation, "Git - Repositories - List" (7.1): without a project it
answers with the repositories of all projects at once. There is no list of organisations.
`web_url` is the address of the organisation, `https://azure.example/organisation`.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from crawler.errors import Malformed, Private, Refused
from crawler.hosts.answers import document
from crawler.hosts.checked_names import checked_project_and_name
from crawler.hosts.cursors import invalid_cursor
from crawler.hosts.forge import Dialect, Forge
from crawler.hosts.pages import list_page, numbered
from crawler.model import Skipped

if TYPE_CHECKING:
    from crawler.hosts.answers import JsonObject
    from crawler.hosts.interface import ListPage
    from crawler.model import LineSpan, Repository

__all__ = ["Azure"]


def _quoted(path: str) -> str:
    project, name = checked_project_and_name(path)
    return f"{quote(project, safe='')}/_git/{quote(name, safe='')}"


def _selection(lines: LineSpan) -> str:
    """Mark up to the first column of `lineEnd`, which is the line behind the last one."""
    return f"&line={lines.first}&lineEnd={lines.last + 1}&lineStartColumn=1&lineEndColumn=1"


class Azure(Forge):
    """Host and Lister; the token is a personal access token."""

    dialect = Dialect(
        checked=lambda path: "/".join(checked_project_and_name(path)),
        quoted=_quoted,
        cloned=_quoted,
        page="{path}?path=/{file}&version=GC{commit}",
        lines=_selection,
        authorization=lambda token: f"Basic {b64encode(f':{token}'.encode()).decode('ascii')}",
    )

    def list(self, cursor: str | None) -> ListPage:
        """Ask for all repositories of the organisation, which come in one answer without pages.

        There is nothing to lose between pages; what is created behind it is in the next list.
        Raises Private, Defer, Retry, TooLarge, Refused (a redirect, any cursor) and the like.
        """
        if cursor is not None:
            raise invalid_cursor(cursor, "none, this list has one page")
        answer = self._ask("/_apis/git/repositories?api-version=7.1")
        if answer.status == HTTPStatus.NON_AUTHORITATIVE_INFORMATION:
            raise Private(f"{answer.url} answered with its sign-in page")
        root = document(answer.raise_for_status().body, answer.url)
        nodes, total = root.nodes("value"), root.number("count")
        reason = f"the host counts {total} and lists {len(nodes)}"
        miscounted = () if total == len(nodes) else (Skipped(context="list", reason=reason),)
        entries = numbered("list", nodes)
        return list_page(entries, self._repository_of, skipped=miscounted)

    def _repository_of(self, node: JsonObject) -> Repository:
        project = node.node("project")
        if project is None:
            raise Malformed(f"{node.path}.project: expected object, got null")
        self._check_public(project)
        if node.flag("isDisabled"):
            raise Refused("disabled: it cannot be read")
        branch = node.optional_text("defaultBranch")
        return replace(
            self.repository(f"{project.text('name')}/{node.text('name')}"),
            native_id=node.text("id"),
            default_branch=None if branch is None else branch.removeprefix("refs/heads/"),
            fork_of=_path_of(node.node("parentRepository")),
        )

    def _check_public(self, project: JsonObject) -> None:
        """Raise Refused unless anyone may see it; without a token only public projects are listed."""
        visibility = project.optional_text("visibility")
        unstated = visibility is None and self._settings.current_token() is None
        if visibility != "public" and not unstated:
            raise Refused("not public: only public repositories are listed")


def _path_of(parent: JsonObject | None) -> str | None:
    if parent is None:
        return None
    owner, name = parent.inner_text("project", "name"), parent.optional_text("name")
    return None if owner is None or name is None else f"{owner}/{name}"
