"""What the ledger knows of the findings of a repository, as far as its case goes by it. Only reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from crawler.model import Confidence, FindingStatus, digest_in_path
from crawler.reporting.serving import Serving, serving_of
from workers.ledger import proofs, statuses
from workers.ledger.findings import reports_of
from workers.ledger.pivots import account_absences
from workers.ledger.sql.keys import batched
from workers.ledger.tables import finding

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import Report

__all__ = ["REPOSITORY_GONE", "Absence", "CaseFacts", "facts_of", "files_of"]

REPOSITORY_GONE = "repository-gone"
"""Code of the reason of findings whose repository the host no longer has."""
_HARMLESS = frozenset({statuses.ALLOWED})
_MOST_PROOFS = 100
"""Of one finding, the newest: what is older tells nothing more of a file that is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Something that is not there any more, as far as was looked."""

    code: str
    text: str
    since: datetime
    """UTC; the first look that did not see it."""
    looked_at: datetime
    """UTC; the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """The findings of one repository, sorted by what they mean for its case."""

    holding: tuple[Report, ...] = ()
    """Confirmed or likely, open, and the file not known to be absent."""
    weakened: tuple[Report, ...] = ()
    """Open, and no longer likely."""
    absences: tuple[Absence, ...] = ()
    """One for each finding that was confirmed or likely, and whose pin or file is gone."""
    retracted: tuple[Report, ...] = ()
    excused: tuple[Report, ...] = ()
    """Dismissed, or taken back because somebody vouches for what is pinned."""
    open: bool = False
    """Whether any finding is, be it likely or not, and its file served or not."""
    gone_files: frozenset[str] = frozenset()
    """What the pins that are gone have pinned, see `files_of`."""
    account: Absence | None = None
    """That of the owner, where its host was asked and knows none of that name."""

    @property
    def questions(self) -> tuple[Report, ...]:
        """Those that a person has to answer a question about."""
        return tuple(one for one in self.holding if one.needs_decision)

    @property
    def absent(self) -> Absence | None:
        """The absence of all of it, None while anything is there or nothing was."""
        if self.holding or self.weakened or not self.absences:
            return None
        last = max(self.absences, key=lambda one: one.since)
        looked_at = min(one.looked_at for one in self.absences)
        return Absence(code=last.code, text=last.text, since=last.since, looked_at=looked_at)


def facts_of(conn: Connection, repositories: Collection[int]) -> Mapping[int, CaseFacts]:
    """Return the facts of these repositories, by number; of one without findings they are empty."""
    looked = _last_looks(conn, repositories)
    by_number: dict[int, list[Report]] = defaultdict(list)
    for report in reports_of(conn, repositories):
        by_number[report.repository_number or 0].append(report)
    accounts = account_absences(conn, repositories)
    return {
        number: replace(
            _facts(conn, by_number[number], looked), account=_account_absence(accounts.get(number))
        )
        for number in repositories
    }


def _account_absence(looks: tuple[datetime, datetime] | None) -> Absence | None:
    if looks is None:
        return None
    text = "the host no longer has the repository, nor an account of its owner's name"
    return Absence(code="account-gone", text=text, since=looks[0], looked_at=looks[1])


def _facts(
    conn: Connection, reports: Sequence[Report], looked: Mapping[str, datetime]
) -> CaseFacts:
    holding: list[Report] = []
    weakened: list[Report] = []
    retracted: list[Report] = []
    excused: list[Report] = []
    absences: list[Absence] = []
    gone: set[str] = set()
    for report in reports:
        likely = report.finding.match.confidence.rank >= Confidence.LIKELY.rank
        match report.status:
            case FindingStatus.NEW | FindingStatus.PROMOTED if not likely:
                weakened.append(report)
            case FindingStatus.NEW | FindingStatus.PROMOTED:
                unserved = _file_absence(conn, report)
                if unserved is None:
                    holding.append(report)
                else:
                    absences.append(unserved)
                    gone |= files_of(report)
            case FindingStatus.DISMISSED if likely:
                excused.append(report)
            case FindingStatus.RETRACTED if likely:
                (excused if _code(report) in _HARMLESS else retracted).append(report)
            case FindingStatus.GONE | FindingStatus.GONE_AT_REFS if likely:
                absences.append(_pin_absence(report, looked.get(report.finding.key)))
                gone |= files_of(report)
            case _:
                pass  # nobody was told of it, and nobody would be
    return CaseFacts(
        holding=tuple(holding),
        weakened=tuple(weakened),
        absences=tuple(absences),
        retracted=tuple(retracted),
        excused=tuple(excused),
        open=any(report.status.is_open for report in reports),
        gone_files=frozenset(gone),
    )


def _code(report: Report) -> str:
    return "" if report.status_reason is None else report.status_reason.code


def files_of(report: Report) -> frozenset[str]:
    """Return which file a finding is about: every digest that is known of it, else its release."""
    match = report.finding.match
    digests = {one.hex for one in match.pin.digests}
    if match.verdict is not None and match.verdict.subject.file is not None:
        digests |= {one.hex for one in match.verdict.subject.file.digests}
    in_path = digest_in_path(match.pin.url or "")
    if in_path is not None:
        digests.add(in_path.hex)
    return frozenset(digests or {"@".join(part or "?" for part in match.release)})


def _pin_absence(report: Report, looked: datetime | None) -> Absence:
    since = report.status_at or report.last_seen
    why = report.status_reason
    return Absence(
        code="pin-gone" if why is None else why.code,
        text="the pin is gone" if why is None else why.text,
        since=since,
        looked_at=max(since, looked or since),
    )


def _file_absence(conn: Connection, report: Report) -> Absence | None:
    """Return since when the host of the file has not served it, None where it may."""
    proof = report.evidence
    if proof is None or serving_of(proof.liveness, report.last_seen) is not Serving.ABSENT:
        return None
    times: list[datetime] = []
    for one in proofs.newest(conn, report.finding.key, _MOST_PROOFS):
        check = one.liveness
        if check is None or serving_of(check, check.checked_at) is not Serving.ABSENT:
            break
        times.append(check.checked_at)
    text = "the host of the pinned file no longer serves it"
    return Absence(code="file-gone", text=text, since=min(times), looked_at=max(times))


def _last_looks(conn: Connection, repositories: Collection[int]) -> Mapping[str, datetime]:
    """Return when a look last saw that the pin of a finding is gone, by its key."""
    found: dict[str, datetime] = {}
    for some in batched(sorted(repositories)):
        looked = (finding.c.repository_id.in_(some), finding.c.absent_at.is_not(None))
        rows = conn.execute(select(finding.c.key, finding.c.absent_at).where(*looked))
        found |= {key: at for key, at in rows}  # noqa: C416 - rows are no pairs to mypy
    return found
