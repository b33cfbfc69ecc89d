"""The campaign packages of kam193/package-campaigns: one OSV document per package, in a Git repository.

Source: its README; layout `pypi/packages/<category>/osv/<package>.json`. The repository has no field for
a withdrawal: a file that vanishes from the tree takes back what it said. Only the category `malicious`
accuses; all others (pentest, spam, hacking tools) are no more than suspicious. The data is free to use
with attribution: the root source of every record is `kam193`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields, read_json
from crawler.model import (
    Assertion,
    Claim,
    Ecosystem,
    Record,
    Skipped,
    Subject,
)
from feeds.campaigns.git_tree import GitTree, TreeReader, git_reader
from feeds.cursor import PACKED, TEXT, Cursor, Form, stored
from feeds.guards import refuse_change
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest
from feeds.osv.ranges import meant_by
from feeds.subjects import project_of, release_of

__all__ = ["Kam193", "feeds"]

_FILE = re.compile(r"pypi/packages/([a-z_]{1,60})/osv/([A-Za-z0-9._-]{1,214})\.json", re.ASCII)
_MALICIOUS = "malicious"
_PAGE = 1000
_MOST_FILES = 100_000


def _lines(files: Mapping[str, str]) -> object:
    return PACKED.write(frozenset(f"{oid} {path}" for path, oid in files.items()))


def _files(fields: Fields, key: str) -> Mapping[str, str]:
    rows = (line.partition(" ") for line in PACKED.read(fields, key))
    return {path: oid for oid, _, path in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor(Cursor):
    """The commit that was read to its end, and the content of each file that is done."""

    commit: str = field(metadata=stored(TEXT), default="")
    files: Mapping[str, str] = field(metadata=stored(Form(_lines, _files)))
    """Path -> oid."""


class Kam193:
    """Feed `kam193`; a record's id is `<category>/<package>`, the part of the path that says it all.

    A package that moves to another category is another statement: the old one is taken back.
    """

    name = "kam193"

    def __init__(self, url: str, reader: Callable[[], TreeReader]) -> None:
        """Read the repository `url`; `reader` is asked for one reader per poll."""
        self._url, self._reader = url, reader

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield what changed in the tree since the cursor, 1,000 files a page. See `Feed.poll`."""
        before = _Cursor.of(request.cursor, self.name, _Cursor(files={}))
        tree = GitTree(self.name, self._url, self._reader())
        commit = tree.head()
        if commit == before.commit:
            return
        now = tree.files(commit, lambda path: _FILE.fullmatch(path) is not None)
        if not now or len(now) > _MOST_FILES:
            msg = f"{self.name}: {len(now)} packages in {self._url}; was its layout changed?"
            raise FeedError(msg)
        vanished = sorted(before.files.keys() - now.keys())
        refuse_change(
            self.name,
            before=len(before.files),
            lost=len(vanished),
            new=len(now.keys() - before.files.keys()),
            accept=request.accept_change,
        )
        changed = sorted(path for path, oid in now.items() if before.files.get(path) != oid)
        yield from self._pages(tree, before, commit, now, vanished, changed)

    def _pages(  # noqa: PLR0913, PLR0917 - the difference of two trees
        self,
        tree: GitTree,
        before: _Cursor,
        commit: str,
        now: Mapping[str, str],
        vanished: Collection[str],
        changed: list[str],
    ) -> Iterator[FeedPage]:
        """Yield the retractions with the first page; the commit is done with the last."""
        files = {path: oid for path, oid in before.files.items() if path in now}
        taken_back = [Record(id=_record_id(path), assertions=()) for path in vanished]
        total = len(vanished) + len(changed)
        for start in range(0, max(len(changed), 1), _PAGE):
            paths = changed[start : start + _PAGE]
            contents = tree.contents({now[path] for path in paths}) if paths else {}
            skipped = list[Skipped]()
            readings = [_reading(path, contents[now[path]], skipped) for path in paths]
            last = start + _PAGE >= len(changed)
            files |= {path: now[path] for path in paths}
            after = _Cursor(commit=commit if last else before.commit, files=files)
            yield FeedPage(
                records=(*taken_back, *(record for record in readings if record is not None)),
                cursor=after.to_payload(),
                skipped=tuple(skipped),
                total=total,
            )
            taken_back = []


def _record_id(path: str) -> str:
    found = _FILE.fullmatch(path)
    return path if found is None else f"{found[1]}/{found[2]}"


def _reading(path: str, content: bytes, skipped: list[Skipped]) -> Record | None:
    """Return the record of one file; one that cannot be read leaves standing what it said before."""
    record_id = _record_id(path)
    try:
        fields = Fields(read_json(content, path), path)
        told = len(skipped)
        said = tuple(_assertions(fields, record_id, skipped))
        return Record(id=record_id, assertions=said) if said or len(skipped) == told else None
    except Malformed as error:
        skipped.append(Skipped(context=path, reason=str(error)))
        return None


def _assertions(fields: Fields, record_id: str, skipped: list[Skipped]) -> Iterator[Assertion]:
    modified = fields.when("modified")
    published = fields.when("published") or modified
    if modified is None or published is None:
        msg = f"{fields.path}.modified: missing"
        raise Malformed(msg)
    category = record_id.partition("/")[0]
    for subject in dict.fromkeys(_subjects(fields, skipped)):
        yield Assertion(
            feed="kam193",
            record_id=record_id,
            subject=subject,
            claim=Claim.MALICIOUS if category == _MALICIOUS else Claim.SUSPICIOUS,
            valid_from=published,
            observed_at=max(modified, published),
            root_source="kam193",
            reference=_reference(fields),
            retracted_at=fields.when("withdrawn"),
        )


def _subjects(fields: Fields, skipped: list[Skipped]) -> Iterator[Subject]:
    """Yield the releases that are listed, or else what the ranges mean: the project as a whole without any."""
    for affected in fields.children("affected"):
        package = affected.child("package")
        if package.text("ecosystem") != "PyPI":
            msg = f"{package.path}.ecosystem: expected PyPI, got {package.text('ecosystem')[:60]!a}"
            raise Malformed(msg)
        project = project_of(Ecosystem.PYPI, package.text("name"), package.at("name"))
        versions = affected.texts("versions")
        for place, version in enumerate(versions):
            yield release_of(project, version, f"{affected.path}.versions[{place}]")
        if not versions:
            yield from meant_by(affected, project, skipped)


def _reference(fields: Fields) -> str | None:
    """Return the page of this package in the feed's own catalogue, which is its last reference."""
    urls = [reference.optional_text("url") or "" for reference in fields.children("references")]
    plain = [url for url in urls if re.fullmatch(r"https://[!-~]{1,500}", url)]
    return plain[-1] if plain else None


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the feed."""
    return (Kam193(context.address("kam193_url"), git_reader(context)),)
