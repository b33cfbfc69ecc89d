"""Where the fields of GitHub's GraphQL schema come from in the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.demo.catalogue import Catalogue, GitObject, HostedRepository, Tip
from workers.demo.github_shapes import node_parts
from workers.demo.graphql_price import GithubError
from workers.demo.graphql_values import (
    PLAIN,
    Asked,
    Connection,
    Ref,
    TreeEntry,
    connection,
    entries,
)
from workers.demo.reposearch import REACHABLE_RESULTS, search_repositories

__all__ = ["Resolver", "Resolvers"]

Resolver = Callable[[Any, Mapping[str, Any], Asked], object]
"""Returns the value of a field, from what it is a field of, its arguments and the query as a whole."""
_Plain = Callable[[Any], object]


class Resolvers:
    """The resolvers of one catalogue."""

    def __init__(self, catalogue: Catalogue, *, web_url: str) -> None:
        """URLs in the answers start with `web_url`."""
        self._catalogue, self._web_url = catalogue, web_url
        self._asking: Mapping[str, Resolver] = {
            "Commit.file": lambda commit, args, _asked: _file(commit, args["path"]),
            "Query.node": lambda _root, args, _asked: self._node(args["id"]),
            "Query.nodes": lambda _root, args, _asked: self._nodes(args["ids"]),
            "Query.rateLimit": lambda _root, _args, asked: asked,
            "Query.repository": lambda _root, args, _asked: self._repository(**args),
            "Query.search": lambda _root, args, _asked: self.search(args),
            "Repository.object": lambda entry, args, _asked: _object(entry, args),
            "Repository.ref": lambda entry, args, _asked: _ref(entry, args["qualifiedName"]),
            "Repository.refs": lambda entry, args, _asked: _refs(entry, args),
        }
        self._plain = {**PLAIN, **self._linked()}

    def of(self, kind: str, field: str) -> Resolver | None:
        """Return what resolves `field` of the type `kind`; None where there is no such field."""
        coordinate = f"{kind}.{field}"
        if (plain := self._plain.get(coordinate)) is not None:
            return lambda source, _arguments, _asked: plain(source)
        return self._asking.get(coordinate)

    def _linked(self) -> Mapping[str, _Plain]:
        """Fields with URLs, and those that lead to another repository."""
        commit_url: _Plain = lambda found: f"{self._url(found.entry)}/commit/{found.oid}"  # noqa: E731
        return {
            "Blob.commitUrl": commit_url,
            "Commit.commitUrl": commit_url,
            "Tree.commitUrl": commit_url,
            "Repository.parent": self._catalogue.parent,
            "Repository.url": self._url,
            "User.url": lambda owner: f"{self._web_url}/{owner.login}",
        }

    def _url(self, entry: HostedRepository) -> str:
        return f"{self._web_url}/{entry.repository.path}"

    def _repository(self, owner: str, name: str, *, followRenames: bool = True) -> HostedRepository:  # noqa: N803 - the schema's name
        path = f"{owner}/{name}"
        entry = self._catalogue.by_path(path)
        if entry is None and followRenames:
            entry = self._catalogue.renamed(path)
        if entry is None:
            why = f"Could not resolve to a Repository with the name '{path}'."
            raise GithubError("NOT_FOUND", why)
        if self._catalogue.blocked(entry):
            raise GithubError("FORBIDDEN", "Repository access blocked")
        return entry

    def search(self, arguments: Mapping[str, Any]) -> Connection:
        """Return the page of a search for repositories; nothing where it cannot be read."""
        try:
            found = search_repositories(self._catalogue, arguments["query"])
        except ValueError:
            found = []
        return connection(found, arguments, reachable=REACHABLE_RESULTS)

    def _nodes(self, ids: list[str]) -> list[object]:
        found: list[object] = []
        for each in ids:
            try:
                found.append(self._node(each))
            except GithubError as error:
                found.append(error)
        return found

    def _node(self, text: str) -> object:
        try:
            kind, number, *rest = node_parts(text)
        except (ValueError, RecursionError):
            kind, number, rest = None, None, []
        entry = self._catalogue.by_id(number) if isinstance(number, int) else None
        found: object = None
        if entry is not None and not self._catalogue.blocked(entry):
            found = entry if kind == "R" else entry.object(str(rest[0])) if rest else None
        if found is None:
            why = f"Could not resolve to a node with the global id of '{text}'."
            raise GithubError("NOT_FOUND", why)
        return found


def _object(entry: HostedRepository, arguments: Mapping[str, Any]) -> GitObject | None:
    if (oid := arguments.get("oid")) is not None:
        return entry.object(oid)
    expression: str = arguments.get("expression") or "HEAD"
    revision, colon, path = expression.partition(":")
    tip = _tip(entry, revision)
    if tip is None:
        return None if colon else entry.object(revision)
    return entry.at(tip, path) if colon else entry.object(tip.commit)


def _tip(entry: HostedRepository, revision: str) -> Tip | None:
    branch = revision.removeprefix("refs/heads/")
    branch = entry.repository.default_branch if revision == "HEAD" else branch
    by_commit = {tip.commit: tip for tip in entry.tips.values()}
    return entry.tips.get(branch) or by_commit.get(revision)


def _ref(entry: HostedRepository, name: str) -> Ref | None:
    tip = entry.tips.get(name.removeprefix("refs/heads/"))
    return None if tip is None else Ref(entry=entry, tip=tip)


def _refs(entry: HostedRepository, arguments: Mapping[str, Any]) -> Connection:
    tips = sorted(entry.tips.values(), key=lambda tip: tip.branch)
    wanted = arguments["refPrefix"] == "refs/heads/"
    found = [Ref(entry=entry, tip=tip) for tip in tips] if wanted else []
    return connection(found, arguments, reachable=len(found))


def _file(commit: GitObject, path: str) -> TreeEntry | None:
    directory, _, name = path.rpartition("/")
    tree = _object(commit.entry, {"expression": f"{commit.oid}:{directory}"})
    return next((entry for entry in entries(tree, directory) if entry.name == name), None)
