"""A ghost: what is known of one package, release or file, how that came about, and who pins it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.model import Ecosystem
from workers.console.interface import Page, PageRequest, QueryField
from workers.ledger.case_lists import keys_of
from workers.ledger.finding_places import most_pinned, places_of
from workers.naming import PackageRef, key_of, named
from workers.steps.explaining import Explanation, explain

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Assertion, Verdict
    from workers.ledger.changes import VerdictChange

__all__ = [
    "GHOST",
    "ChangeShown",
    "ClaimShown",
    "GhostShown",
    "GhostsShown",
    "PinnedBy",
    "ProjectPins",
    "VerdictShown",
]

_MOST_PROJECTS, _MOST_PLACES, _MOST_LINES = 50, 100, 200
_FIELDS = (
    QueryField(
        name="what",
        says="A project (NAME or NAME@VERSION), a package URL (pkg:pypi/NAME@VERSION), the URL or name of a "
        "file, or a digest.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPins:
    """A project, and how many findings are about it."""

    project: str
    findings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictShown:
    """A verdict that bears on what was asked."""

    subject: str
    file: str | None
    digests: tuple[str, ...]
    state: str
    since: datetime
    index_state: str
    """What the index does with it now."""
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimShown:
    """What a feed says."""

    feed: str
    record_id: str
    found_by: str
    claim: str
    subject: str
    since: datetime
    retracted_at: datetime | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShown:
    """A verdict that became another one."""

    at: datetime
    subject: str
    before: str | None
    after: str | None
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedBy:
    """A finding in a repository."""

    case: str | None
    """Key of the case; None where there is none."""
    host: str
    path: str
    lock_path: str
    version: str | None
    confidence: str
    status: str
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostShown:
    """All that is known of what was asked."""

    name: str
    known: bool
    index_state: str
    index_at: datetime | None
    verdicts: tuple[VerdictShown, ...]
    said: tuple[ClaimShown, ...]
    changes: tuple[ChangeShown, ...]
    locks_of_file: int | None
    """None where no digest of a file is known, as of a project."""
    locks_of_release: int
    holding: int
    """Findings about the project, of whichever release, that hold."""
    pinned_by: tuple[PinnedBy, ...]
    """The ones that were seen last, closed ones too; several files of a release in one lock are one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostsShown:
    """The page."""

    what: str | None
    """What was asked for."""
    ghost: GhostShown | None
    choices: tuple[str, ...]
    """Package URLs, where projects of several ecosystems have the name that was asked for."""
    most_pinned: tuple[ProjectPins, ...]
    """Where nothing was asked for."""


def _load(conn: Connection, asked: PageRequest) -> GhostsShown:
    what = asked.one("what")
    if what is None:
        rows = most_pinned(conn, _MOST_PROJECTS)
        top = tuple(ProjectPins(project=project, findings=n) for project, n in rows)
        return GhostsShown(what=None, ghost=None, choices=(), most_pinned=top)
    found = [explain(conn, one, asked.now) for one in _meant(what)]
    known = [one for one in found if not one.nothing]
    if len(known) == 1 or len(found) == 1:
        (one,) = known or found
        ghost = _ghost(conn, one)
        return GhostsShown(what=one.named.text, ghost=ghost, choices=(), most_pinned=())
    choices = tuple(f"pkg:{_name(one)}" for one in known)
    return GhostsShown(what=what, ghost=None, choices=choices, most_pinned=())


def _meant(what: str) -> list[PackageRef]:
    """Return what is asked for: for a bare name, the projects of that name in all ecosystems.

    Raises UsageError for what is no name either.
    """
    if what.partition("/")[0] in set(Ecosystem):
        return [named(f"pkg:{what}")]  # as our pages write it
    try:
        return [named(what)]
    except UsageError:
        projects = [one for ecosystem in Ecosystem for one in _projects(ecosystem, what)]
        if not projects or ":" in what:  # a digest or a URL, which the message is about
            raise
        return projects


def _projects(ecosystem: Ecosystem, what: str) -> Iterator[PackageRef]:
    with suppress(UsageError):
        project, version = key_of(ecosystem, what)
        yield PackageRef(text=what, project=project, version=version)


def _ghost(conn: Connection, known: Explanation) -> GhostShown:
    project = known.named.project
    holding, places = (0, ()) if project is None else places_of(conn, project, _MOST_PLACES)
    numbers = {one.repository for one in places if one.repository is not None}
    keys = keys_of(conn, numbers)
    return GhostShown(
        name=_name(known),
        known=not known.nothing,
        index_state=known.index.state.value,
        index_at=known.index.at,
        verdicts=tuple(map(_verdict, known.verdicts[:_MOST_LINES])),
        said=tuple(map(_claim, known.said[-_MOST_LINES:])),
        changes=tuple(map(_change, known.changes[-_MOST_LINES:])),
        locks_of_file=known.locks_of_file if known.named.digests else None,
        locks_of_release=known.locks_of_release,
        holding=holding,
        pinned_by=_once(
            PinnedBy(
                case=None if one.repository is None else keys.get(one.repository),
                host=one.host,
                path=one.path,
                lock_path=one.lock_path,
                version=one.version,
                confidence=one.confidence.value,
                status=one.status.value,
                last_seen=one.last_seen,
            )
            for one in places
        ),
    )


def _once(places: Iterable[PinnedBy]) -> tuple[PinnedBy, ...]:
    return tuple(dict.fromkeys(places))


def _name(known: Explanation) -> str:
    asked = known.named
    if asked.project is None:
        return asked.text
    version = "" if asked.version is None else f"@{asked.version}"
    file = "" if asked.filename is None else f" {asked.filename}"
    return f"{asked.project.ecosystem}/{asked.project.name}{version}{file}"


def _verdict(one: Verdict) -> VerdictShown:
    file = one.subject.file
    return VerdictShown(
        subject=str(one.subject),
        file=None if file is None else file.filename,
        digests=() if file is None else tuple(map(str, file.digests)),
        state=one.state.value,
        since=one.since,
        index_state=one.index_state.value,
        reasons=tuple(reason.text for reason in one.reasons),
    )


def _claim(one: Assertion) -> ClaimShown:
    return ClaimShown(
        feed=one.feed,
        record_id=one.record_id,
        found_by=one.root_source,
        claim=one.claim.value,
        subject=str(one.subject),
        since=one.valid_from,
        retracted_at=one.retracted_at,
        reference=one.reference,
    )


def _change(one: VerdictChange) -> ChangeShown:
    return ChangeShown(
        at=one.at,
        subject=str(one.subject),
        before=None if one.before is None else one.before.value,
        after=None if one.after is None else one.after.value,
        records=tuple(f"{feed} {record}" for feed, record in one.records),
    )


GHOST = Page(
    path="/ghost",
    title="Ghosts",
    shows=GhostsShown,
    load=_load,
    template="ghost.html",
    fields=_FIELDS,
)
