"""A case with what is shown beside it: its findings, and what the rules say of its class."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from crawler.model import CaseClass, Classification, Report
from crawler.reporting.serving import Serving, serving_of
from workers.ledger.cases import Case
from workers.ledger.findings import counts_of, projects_of, reports_of, surest_of
from workers.ledger.sql.keys import written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from workers.ledger.case_following import CasePolicy

__all__ = ["CaseView", "at_head", "packages_of", "served", "views_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case with what is shown beside it."""

    case: Case
    reports: tuple[Report, ...]
    """The findings of its repository, whatever became of them; those that hold first where some are left out."""
    left_out: int
    """How many findings are not in `reports`."""
    classification: Classification | None
    """The class that is reckoned; None where none can be, and where findings are left out."""

    @property
    def case_class(self) -> CaseClass | None:
        """The class that a person has set, else the one that is reckoned; None: not known.

        Where findings are left out, the one that was reckoned when the case was last followed.
        """
        if self.left_out:
            return self.case.class_set or self.case.class_known
        known = self.classification
        return self.case.class_set or (None if known is None else known.case_class)

    @property
    def class_word(self) -> str:
        """The class as people read it; no state is to be read without, since it says who may be told."""
        return "unknown" if self.case_class is None else self.case_class.value


def views_of(
    conn: Connection, taken: Sequence[Case], policy: CasePolicy, *, most: int | None = None
) -> list[CaseView]:
    """Return these cases with their findings and classes, in the same order.

    A case with more than `most` findings is read no further: it has that many, and no reckoned class.
    """
    numbers = [one.number for one in taken]
    counts = {} if most is None else counts_of(conn, numbers)
    long = {number for number, count in counts.items() if most is not None and count > most}
    whole = [number for number in numbers if number not in long]
    classes = policy.classes_of(conn, whole)
    reports: dict[int, list[Report]] = defaultdict(list)
    for report in chain(reports_of(conn, whole), surest_of(conn, long, most or 0)):
        reports[report.repository_number or 0].append(report)
    return [
        CaseView(
            case=one,
            reports=tuple(reports[one.number]),
            left_out=counts[one.number] - len(reports[one.number]) if one.number in long else 0,
            classification=classes.get(one.number),
        )
        for one in taken
    ]


def packages_of(reports: Iterable[Report]) -> tuple[str, ...]:
    """Return the projects that findings are about, as `pypi/name`."""
    projects = {project for report in reports for project in projects_of(report.finding)}
    return tuple(sorted(map(written, projects)))


def at_head(reports: Iterable[Report], *, whole: bool = True) -> bool | None:
    """Say whether a head has one of the pins, as far as the last verification saw.

    `whole`: these are all findings of the case, so that none of the others has one.
    """
    held = [report for report in reports if report.status.is_open]
    seen = {None if one.evidence is None else one.evidence.still_at_head for one in held}
    return True if True in seen else None if None in seen or not whole else False


def served(reports: Iterable[Report], now: datetime, *, whole: bool = True) -> bool | None:
    """Say whether one of the pinned files is served; None where nobody asked within a day.

    `whole`: as for `at_head`.
    """
    known = {
        serving_of(report.evidence.liveness, now)
        for report in reports
        if report.evidence is not None
    }
    if Serving.SERVED in known:
        return True
    return False if known == {Serving.ABSENT} and whole else None
