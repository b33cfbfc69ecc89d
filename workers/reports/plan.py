"""From what a folder holds to what it should hold: which files are written, moved and removed.

Pure: what lies there is asked for by digest. A file that a person has changed or put there is never
written over, moved or removed; a new text then goes beside it, as `NAME.new.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from crawler.reporting.correction import WITHDRAWN_FOLDER
from crawler.reporting.interface import DocumentKind, ExportFile
from crawler.reporting.text import counted
from workers.reports.compose import digest
from workers.reports.manifest import FileRecord, is_about

if TYPE_CHECKING:
    from datetime import datetime

    from workers.reports.compose import Contents
    from workers.reports.manifest import Records

__all__ = ["NOT_A_FILE", "DigestOf", "ReportPlan", "plan_report"]

_LETTERS = frozenset(
    {
        DocumentKind.LETTER,
        DocumentKind.LETTER_PAGE,
        DocumentKind.CORRECTION,
        DocumentKind.WITHDRAWN,
    }
)
_MOST_NAMES = 5
NOT_A_FILE = ""
"""In place of a digest: a folder, a link, or whatever else is not ours."""
DigestOf = Callable[[str], str | None]
"""Returns the digest of the file with a name, NOT_A_FILE, or None where there is nothing."""


@dataclass(slots=True, kw_only=True)
class ReportPlan:
    """What is to be done to a folder."""

    writes: list[ExportFile] = field(default_factory=list)
    """With the names that the files get."""
    moves: dict[str, str] = field(default_factory=dict)
    removes: list[str] = field(default_factory=list)
    during: dict[str, FileRecord] = field(default_factory=dict)
    """The manifest while it is being done: whatever is interrupted, each file of ours is known."""
    after: dict[str, FileRecord] = field(default_factory=dict)
    """The manifest when it is done."""
    notes: list[str] = field(default_factory=list)
    """What a person should know of their own files."""


def plan_report(
    contents: Contents, known: Records, digest_of: DigestOf, now: datetime, tool_version: str
) -> ReportPlan:
    """Return how a folder that holds `known` comes to hold `contents`."""
    planner = _Planner(
        contents=contents, known=known, digest_of=digest_of, now=now, tool_version=tool_version
    )
    planner.plan.during.update(known)
    for document in contents.documents:
        planner.put(document)
    for record in known.values():
        if record.name not in planner.plan.after:
            planner.settle(record)
    planner.plan.notes += _removed(planner.plan.removes, known)
    return planner.plan


def _removed(names: Sequence[str], known: Records) -> Iterator[str]:
    """Say which documents were removed; of letters and corrections it is said elsewhere what became of them."""
    for kind in DocumentKind:
        own = [name for name in names if known[name].kind is kind]
        if not own or kind in _LETTERS:
            continue
        are, them = ("was", "it") if len(own) == 1 else ("were", "them")
        more = f" and {len(own) - _MOST_NAMES} more" if len(own) > _MOST_NAMES else ""
        yield (
            f"{counted(len(own), f'{kind} file')} {are} removed, since no verified finding calls for {them} now: "
            f"{', '.join(own[:_MOST_NAMES])}{more}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planner:
    contents: Contents
    known: Records
    digest_of: DigestOf
    now: datetime
    tool_version: str
    plan: ReportPlan = field(default_factory=ReportPlan)

    def put(self, document: ExportFile) -> None:
        """Find a place for a document, and plan to write it where it is not there yet."""
        text = digest(document.text)
        for name in _candidates(document.name):
            there, old = self.digest_of(name), self.known.get(name)
            free = there is None and old is None
            if not free and not is_about(old, document.kind, document.repository):
                continue
            if there is None or _is_ours(old, there):
                self._write(replace(document, name=name), old, there)
                break
            if (
                old is not None and old.sha256 == text
            ):  # a person has changed what we would only write again
                self.plan.after[name] = old
                self._note(name, "was changed by hand and is left as it is")
                return
        if name != document.name:
            self._note(document.name, f"is not as we wrote it and is left as it is; see {name}")

    def _write(self, document: ExportFile, old: FileRecord | None, there: str | None) -> None:
        text = digest(document.text)
        unchanged = old is not None and old.sha256 == text
        record = FileRecord(
            name=document.name,
            kind=document.kind,
            sha256=text,
            repository=document.repository,
            findings=document.findings,
            tool_version=old.tool_version if old and unchanged else self.tool_version,
            created_at=old.created_at if old and unchanged else self.now,
            earlier=self._earlier(document, old),
        )
        self.plan.after[document.name] = record
        if there != text:
            self.plan.writes.append(document)
            self.plan.during[document.name] = replace(record, was=there)

    def _earlier(self, document: ExportFile, old: FileRecord | None) -> tuple[str, ...]:
        earlier = self.contents.earlier
        if document.kind is not DocumentKind.LETTER:
            return ()
        if document.repository is not None:
            return earlier.get(document.repository, ())
        said = set() if old is None else {*old.findings, *old.earlier}
        return tuple(sorted(said.intersection(chain.from_iterable(earlier.values()))))

    def settle(self, record: FileRecord) -> None:
        """Decide about a file of an earlier report that this one puts nothing in the place of."""
        name, there = record.name, self.digest_of(record.name)
        if record.kind not in self.contents.kinds or name in self.contents.stays:
            arrived = there == record.sha256
            self.plan.after[name] = replace(record, was=None) if arrived else record
        elif there is None:
            return
        elif not _is_ours(record, there):
            self.plan.after[name] = record
            if name in self.contents.withdraws:
                self._note(name, "was changed by hand and is left here, but no longer holds")
        elif name in self.contents.withdraws:
            self._withdraw(record, there)
        else:
            self.plan.removes.append(name)

    def _withdraw(self, record: FileRecord, there: str) -> None:
        for name in _candidates(f"{WITHDRAWN_FOLDER}/{record.name}"):
            lies, old = self.digest_of(name), self.known.get(name)
            older = is_about(old, DocumentKind.WITHDRAWN, record.repository)
            if lies is None or (older and _is_ours(old, lies)):
                break
        moved = replace(
            record,
            name=name,
            kind=DocumentKind.WITHDRAWN,
            sha256=there,
            was=None if old is None else old.sha256,
        )
        self.plan.moves[record.name] = name
        self.plan.during[name] = moved
        self.plan.after[name] = replace(moved, was=None)

    def _note(self, name: str, what: str) -> None:
        self.plan.notes.append(f"{name} {what}")


def _is_ours(record: FileRecord | None, there: str) -> bool:
    """Say whether what lies there is what we wrote, or what we were about to write over."""
    return record is not None and there in {record.sha256, record.was}


def _candidates(name: str) -> Iterator[str]:
    """Yield `a.md`, `a.new.md`, `a.new-2.md`, ..."""
    yield name
    path = PurePosixPath(name)
    yield str(path.with_suffix(f".new{path.suffix}"))
    number = 2
    while True:
        yield str(path.with_suffix(f".new-{number}{path.suffix}"))
        number += 1
