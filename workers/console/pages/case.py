"""One case: what is pinned where, what is known of it and since when, why it has its class, and what became of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.model import CaseEvent, Classification, Reason
from crawler.reporting.serving import serving_of
from workers.console.deciding import decide, open_decisions
from workers.console.interface import ActionResult, Page, PageRequest, QueryField
from workers.console.moments import Moment, moments_of
from workers.ledger import campaigns, case_log, cases, proofs
from workers.ledger.case_views import views_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crawler.model import Evidence, Pin, Report
    from workers.ledger.case_log import CaseLine

__all__ = ["CASE", "CasePage", "FileCheck", "LockLine", "LogLine", "NoLines", "PinnedGhost"]

_MOST_CHECKS = 50
"""Of one finding, the newest."""
_MOST_GHOSTS = 25
"""Pins on the page, unless all are asked for; the ones that hold come first."""
_MOST_READ = 100
"""Findings; of a case with more the class is shown without its reasons, which take all of them."""
_ALL = "all"
_FIELDS = (
    QueryField(name="pins", says=f"All pins, not the first {_MOST_GHOSTS} only.", values=(_ALL,)),
)
_ABOUT_REPORTS = frozenset(
    {
        CaseEvent.REPORTED,
        CaseEvent.ACKNOWLEDGED,
        CaseEvent.REFUSED,
        CaseEvent.REMOVED,
        CaseEvent.GONE,
    }
)


class NoLines(StrEnum):
    """Why a page has no lines of a lock; the ledger keeps what a lock pins, and lines only as evidence."""

    NOT_VERIFIED = "not-verified"
    """`ghostcrawl verify` has not come to it yet; it reads the lock again and keeps the lines."""
    CLOSED = "closed"
    """The finding was closed before that, and closed ones are not read again."""
    NOT_LOCATED = "not-located"
    """The lock was read, and its format does not tell where in it the pin stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLine:
    """One line of a lock."""

    number: int | None
    text: str
    pinned: bool
    """Whether it names the file that is accused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What the host of the file answered to one HEAD request."""

    at: datetime
    status: int | None
    means: str
    """served, absent or unknown."""
    why: str
    still_at_head: bool | None
    """Whether a ref had the pin when that was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedGhost:
    """One finding."""

    key: str
    release: str
    level: str
    tier: str
    status: str
    status_reason: Reason | None
    reasons: tuple[Reason, ...]
    questions: tuple[Reason, ...]
    lock: str
    """Path in the repository."""
    ref: str
    commit: str
    permalink: str | None
    viewer: str | None
    url: str | None
    digests: tuple[str, ...]
    lines: tuple[LockLine, ...]
    no_lines: NoLines | None
    """None where there are some."""
    first_seen: datetime
    last_seen: datetime
    checks: tuple[FileCheck, ...]
    """The newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the log of the case."""

    at: datetime
    event: str
    by: str
    before: str | None
    after: str
    code: str
    text: str
    about_report: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """A case with all that is known of it."""

    key: str
    version: int
    host: str
    path: str
    description: str | None
    """What the repository says of itself."""
    state: str
    case_class: str
    class_reason: str | None
    """Why a person has set the class; None where the rules say it."""
    class_until: datetime | None
    campaign: str | None
    """The one that it was in when campaigns were looked at last."""
    assigned_to: str | None
    expires_at: datetime | None
    duplicate_of: str | None
    opened_at: datetime
    changed_at: datetime
    reported_at: datetime | None
    resolved_at: datetime | None
    by_rules: Classification | None
    class_reasons_left_out: bool
    """Whether `by_rules` is missing because there are too many findings to read at once."""
    ghosts: tuple[PinnedGhost, ...]
    """The ones that hold first."""
    more_ghosts: int
    """How many are left out."""
    moments: tuple[Moment, ...]
    log: tuple[LogLine, ...]
    """The newest first."""
    decisions: Mapping[str, str]
    """What a form may decide now."""
    now: datetime


def _load(conn: Connection, asked: PageRequest) -> CasePage:
    one = cases.named(conn, asked.names["key"])
    every = _all_pins(asked)
    most = None if every else _MOST_READ
    (view,) = views_of(conn, [one], asked.wiring.case_policy, most=most)
    log = case_log.history(conn, one.number)
    texts = (report.finding.repository.description for report in view.reports)
    shown = _in_order(view.reports)[: None if every else _MOST_GHOSTS]
    return CasePage(
        key=one.key,
        version=one.version,
        host=one.host,
        path=one.path,
        description=next(filter(None, texts), None),
        state=one.state.value,
        case_class=view.class_word,
        class_reason=one.class_reason,
        class_until=one.class_until,
        campaign=campaigns.kept_name(conn, one),
        assigned_to=one.assigned_to,
        expires_at=one.expires_at,
        duplicate_of=one.duplicate_of,
        opened_at=one.opened_at,
        changed_at=one.changed_at,
        reported_at=one.reported_at,
        resolved_at=one.resolved_at,
        by_rules=view.classification,
        class_reasons_left_out=view.left_out > 0,
        ghosts=tuple(_ghost(conn, report) for report in shown),
        more_ghosts=len(view.reports) + view.left_out - len(shown),
        moments=moments_of(conn, shown, log, asked.now),
        log=tuple(map(_line, reversed(log))),
        decisions=open_decisions(one),
        now=asked.now,
    )


def _all_pins(asked: PageRequest) -> bool:
    said = asked.one("pins")
    if said not in {None, _ALL}:
        msg = f"invalid pins {said!r}: expected {_ALL}"
        raise UsageError(msg)
    return said == _ALL


def _in_order(reports: tuple[Report, ...]) -> list[Report]:
    """Return what holds first, of that the surest."""
    return sorted(
        reports, key=lambda one: (not one.status.is_open, -one.finding.match.confidence.rank)
    )


def _ghost(conn: Connection, report: Report) -> PinnedGhost:
    finding, proof = report.finding, report.evidence
    match = finding.match
    name, version = match.release
    return PinnedGhost(
        key=finding.key,
        release=f"{name or '?'}@{version or '?'}",
        level=match.confidence.value,
        tier=match.tier.value,
        status=report.status.value,
        status_reason=report.status_reason,
        reasons=match.reasons,
        questions=finding.questions,
        lock=finding.sighting.path,
        ref=finding.sighting.ref,
        commit=finding.sighting.commit,
        permalink=None if proof is None else proof.permalink,
        viewer=None if proof is None else proof.viewer_url,
        url=match.pin.url,
        digests=tuple(map(str, match.pin.digests)),
        lines=() if proof is None else tuple(_lines(proof, match.pin)),
        no_lines=_no_lines(report),
        first_seen=report.first_seen,
        last_seen=report.last_seen,
        checks=tuple(_checks(conn, finding.key)),
    )


def _no_lines(report: Report) -> NoLines | None:
    if report.evidence is None:
        return NoLines.NOT_VERIFIED if report.status.is_open else NoLines.CLOSED
    return None if report.evidence.excerpt else NoLines.NOT_LOCATED


def _lines(proof: Evidence, pin: Pin) -> Iterator[LockLine]:
    """Yield the excerpt; the lines are pinned ones that name the file by digest, URL or name, else all of them."""
    texts = proof.excerpt.split("\n") if proof.excerpt else []
    first = None if proof.lines is None else proof.lines.first
    words = [word for word in _words(pin) if any(word in text for text in texts)][:1]
    for place, text in enumerate(texts):
        named = any(word in text for word in words) or not words
        yield LockLine(number=None if first is None else first + place, text=text, pinned=named)


def _words(pin: Pin) -> Iterator[str]:
    """Yield how a lock may name the file of a pin, the surest first."""
    for digest in pin.digests:
        yield digest.hex
        yield base64.b64encode(bytes.fromhex(digest.hex)).decode()
    yield from filter(None, (pin.url, pin.filename))


def _checks(conn: Connection, key: str) -> Iterator[FileCheck]:
    seen = set[datetime]()
    for proof in proofs.newest(conn, key, _MOST_CHECKS):
        check = proof.liveness
        if check is not None and check.checked_at not in seen:
            seen.add(check.checked_at)
            yield FileCheck(
                at=check.checked_at,
                status=check.status,
                means=serving_of(check, check.checked_at).value,
                why=check.why,
                still_at_head=proof.still_at_head,
            )


def _line(line: CaseLine) -> LogLine:
    return LogLine(
        at=line.at,
        event=line.event.value,
        by=line.actor.value,
        before=None if line.before is None else line.before.value,
        after=line.after.value,
        code=line.reason.code,
        text=line.reason.text,
        about_report=line.event in _ABOUT_REPORTS,
    )


def _act(asked: PageRequest) -> ActionResult:
    return decide(asked, f"/cases/{asked.names['key']}")


CASE = Page(
    path="/cases/{key}",
    title="Case",
    shows=CasePage,
    load=_load,
    template="case.html",
    fields=_FIELDS,
    in_navigation=False,
    act=_act,
)
