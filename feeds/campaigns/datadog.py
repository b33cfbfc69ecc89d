"""The manifests of DataDog's dataset of malicious packages: names and versions, nothing else.

Source: DataDog/malicious-software-packages-dataset, `samples/{pypi,npm}/manifest.json`:
`{"name": null | [versions]}`, null for a package that was malicious in all it did (Apache-2.0). The same
repository holds live samples: only the two manifests are ever asked for, by their paths.

It also names packages of dependency-confusion attacks whose names are real projects elsewhere; a record
without versions never confirms anything by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields, read_json
from crawler.model import Claim, Ecosystem, Skipped
from feeds.campaigns.git_tree import GitTree, TreeReader, git_reader
from feeds.campaigns.undated import ListCursor, Listed, pages_of_list, subject_of
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest

__all__ = ["DataDog", "feeds"]

_MANIFESTS = {
    "samples/npm/manifest.json": Ecosystem.NPM,
    "samples/pypi/manifest.json": Ecosystem.PYPI,
}
_MOST_VERSIONS = 10_000


class DataDog:
    """Feed `datadog`; a record's id is `pypi/<name>` or `pypi/<name>@<version>`."""

    name = "datadog"

    def __init__(self, url: str, reader: Callable[[], TreeReader]) -> None:
        """Read the repository `url`; `reader` is asked for one reader per poll."""
        self._url, self._reader = url, reader

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield what the manifests say, if the head moved since the cursor. See `Feed.poll`."""
        cursor = ListCursor.of(request.cursor, self.name, ListCursor(dates={}))
        tree = GitTree(self.name, self._url, self._reader())
        commit = tree.head()
        if commit == cursor.mark:
            return
        places = tree.files_at(commit, _MANIFESTS)
        contents = tree.contents(places.values())
        listed, skipped = list[Listed](), list[Skipped]()
        for path, oid in sorted(places.items()):
            self._read(contents[oid], path, listed, skipped)
        yield from pages_of_list(
            self.name, listed, skipped, mark=commit, cursor=cursor, request=request
        )

    def _read(
        self, content: bytes, path: str, listed: list[Listed], skipped: list[Skipped]
    ) -> None:
        try:
            fields = Fields(read_json(content, path), path)
        except Malformed as error:
            msg = f"{self.name}: {error}"
            raise FeedError(msg) from error
        for name in sorted(fields.keys()):
            try:
                listed += _entries(fields, name, _MANIFESTS[path])
            except Malformed as error:
                skipped.append(Skipped(context=f"{path}: {name[:60]!a}", reason=str(error)))


def _entries(fields: Fields, name: str, ecosystem: Ecosystem) -> list[Listed]:
    """Return one entry per version, or one for the whole package where none is named."""
    versions = fields.texts(name)
    if len(versions) > _MOST_VERSIONS or (name in fields and not versions):
        msg = f"{fields.path}: {len(versions)} versions"
        raise Malformed(msg)
    stated: tuple[str | None, ...] = versions or (None,)
    subjects = (subject_of(ecosystem, name, version, fields.path) for version in stated)
    return [Listed(subject=subject, claim=Claim.MALICIOUS) for subject in subjects]


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the feed."""
    return (DataDog(context.address("datadog_url"), git_reader(context)),)
