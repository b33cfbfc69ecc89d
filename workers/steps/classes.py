"""Gives findings the class of their repository: by the rules, or as a person has set it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.classifying import RULES_VERSION, classify
from crawler.model import CaseClass, Classification
from crawler.reporting.file_names import addressed_of
from crawler.verdicts.most_used import MOST_USED
from workers.ledger.case_signs import signs_of
from workers.ledger.findings import reports_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crawler.model import ProjectKey, Report
    from crawler.reporting.interface import Addressed

__all__ = ["ClassSetBy", "classes_of", "with_classes"]

ClassSetBy = Callable[["Addressed"], CaseClass | None]
"""Returns the class that a person has set for a repository; None where nobody has."""


def with_classes(
    conn: Connection,
    reports: Iterable[Report],
    now: datetime,
    *,
    protected: Collection[ProjectKey] = MOST_USED,
    set_by: ClassSetBy | None = None,
) -> list[Report]:
    """Return `reports` with the class of their repositories at `now` (UTC).

    Pass all findings of a repository: those that no longer hold have its class, too. One of which no
    finding holds, or none is on malice, has a class only where a person has set one.
    """
    given = list(reports)
    signs = signs_of(conn, given, now, protected)
    by_rules = {place: classify(one) for place, one in signs.items()}
    classes: dict[Addressed, Classification | None] = {}
    found = []
    for report in given:
        about = addressed_of(report)
        if about not in classes:
            own = None if set_by is None else set_by(about)
            classes[about] = _decided(by_rules.get((about.host, about.path)), own)
        found.append(replace(report, classification=classes[about]))
    return found


def classes_of(
    conn: Connection, numbers: Collection[int], now: datetime, protected: Collection[ProjectKey]
) -> Mapping[int, Classification]:
    """Return what the rules say of these repositories at `now` (UTC), by number.

    One of which no finding holds, or none is on malice, is left out.
    """
    known = list(reports_of(conn, numbers))
    signs = signs_of(conn, known, now, protected)
    by_rules = {place: classify(one) for place, one in signs.items()}
    found: dict[int, Classification] = {}
    for report in known:
        about = addressed_of(report)
        if about.number is not None and (about.host, about.path) in by_rules:
            found.setdefault(about.number, by_rules[about.host, about.path])
    return found


def _decided(by_rules: Classification | None, own: CaseClass | None) -> Classification | None:
    """Return what the rules say, under the class that a person has set."""
    if own is None:
        return by_rules
    if by_rules is None:
        return Classification(case_class=own, weights=(), rules=RULES_VERSION, by_person=True)
    return replace(by_rules, case_class=own, missing=(), by_person=True)
