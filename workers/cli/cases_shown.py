"""How a case looks: as a row, as lines for people, and as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from crawler.matching import limiting_reason
from crawler.model import CaseClass
from crawler.reporting.text import utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from crawler.model import Classification, Report
    from workers.ledger.case_log import CaseLine
    from workers.ledger.case_views import CaseView

__all__ = [
    "HEADINGS",
    "case_json",
    "case_lines",
    "case_row",
    "explained_json",
    "explained_lines",
    "line_json",
]

HEADINGS = (
    "state",
    "class",
    "leans",
    "repository",
    "packages",
    "at head",
    "served",
    "assigned to",
    "opened",
    "id",
)


def case_row(view: CaseView, now: datetime) -> Sequence[object]:
    """Return a case as the cells under `HEADINGS`."""
    from workers.ledger.case_views import at_head, packages_of, served

    one = view.case
    return (
        one.state.value,
        view.class_word,
        _leaning(view),
        f"{one.host}/{one.path}",
        ", ".join(packages_of(view.reports)),
        _word(at_head(view.reports, whole=not view.left_out)),
        _word(served(view.reports, now, whole=not view.left_out)),
        one.assigned_to or "-",
        one.opened_at.date(),
        one.key,
    )


def _leaning(view: CaseView) -> str:
    """Return how far what is unclear leans towards a lure; no other class waits for a person to tell."""
    known = view.classification
    unclear = view.case_class is CaseClass.UNCLEAR
    return f"{known.lean:+}" if unclear and known is not None else "-"


def _word(fact: bool | None) -> str:  # noqa: FBT001 - a fact as it is
    return "?" if fact is None else "yes" if fact else "no"


def case_lines(view: CaseView, log: Sequence[CaseLine], now: datetime) -> Iterator[str]:
    """Yield what there is to say of a case: its class with reasons, its findings, its log."""
    from workers.ledger.case_views import at_head, served

    one = view.case
    yield f"{one.key}: {one.state}, class {view.class_word}, {one.host}/{one.path}"
    yield f"  version {one.version}, opened {utc(one.opened_at)}, changed {utc(one.changed_at)}"
    for name, value in (
        ("assigned to", one.assigned_to),
        ("duplicate of", one.duplicate_of),
        ("decision ends", one.expires_at and utc(one.expires_at)),
        ("reported", one.reported_at and utc(one.reported_at)),
        ("gone since", one.resolved_at and utc(one.resolved_at)),
    ):
        if value:
            yield f"  {name}: {value}"
    yield from _class_lines(view)
    yield f"  at head: {_word(at_head(view.reports, whole=not view.left_out))}; served: {_word(served(view.reports, now, whole=not view.left_out))}"
    for report in view.reports:
        yield f"  finding {_finding(report)}"
    if view.left_out:
        yield f"  {view.left_out:,} more findings are not shown; `cases show --all {one.key}` shows them"
    for line in log:
        yield f"  {_log_line(line)}"


def _class_lines(view: CaseView) -> Iterator[str]:
    one = view.case
    if one.class_set is not None:
        until = "" if one.class_until is None else f" until {utc(one.class_until)}"
        yield f"  class: {one.class_set}, set by a person{until}: {one.class_reason}"
    known = view.classification
    if known is None and view.left_out and one.class_known is not None:
        yield f"  class by rules: {one.class_known}; --all gives the reasons"
        return
    if known is None:
        if one.class_set is None:
            yield "  class: unknown"
        return
    yield f"  class by rules {known.rules}: {known.case_class}"
    if known.weights:
        sums = ", ".join(f"{total} towards {name}" for name, total in _sums(known).items())
        yield f"    {sums}; leans {known.lean:+} towards lure"
    for weight in known.weights:
        yield f"    {weight.weight} towards {weight.towards}: {weight.text} ({weight.code}, {weight.source})"
    for text in known.missing:
        yield f"    not looked at, and could change the class: {text}"


def _sums(known: Classification) -> Mapping[str, int]:
    """Return what all reasons for a class come to together, the heaviest class first."""
    sums = Counter[str]()
    for one in known.weights:
        sums[one.towards.value] += one.weight
    return dict(sums.most_common())


def explained_lines(view: CaseView) -> Iterator[str]:
    """Yield the class of a case, what speaks for each class, and what was not looked at."""
    yield f"{view.case.key}: class {view.class_word}, {view.case.host}/{view.case.path}"
    yield from _class_lines(view)


def explained_json(view: CaseView) -> dict[str, Any]:
    """Return the same as JSON's own types."""
    one = view.case
    return {"id": one.key, "host": one.host, "repository": one.path} | _classes_json(view)


def _finding(report: Report) -> str:
    match, sighting = report.finding.match, report.finding.sighting
    name, version = match.release
    why = limiting_reason(match).code
    return (
        f"{report.finding.key[:12]}: {report.status}, {match.confidence}, tier {match.tier}: "
        f"{name or '?'}@{version or '?'} in {sighting.path} ({why})"
    )


def _log_line(line: CaseLine) -> str:
    moved = "" if line.before in {None, line.after} else f", {line.before} -> {line.after}"
    return f"{utc(line.at)} {line.event} by {line.actor}{moved}: {line.reason.text} ({line.reason.code})"


def case_json(view: CaseView, now: datetime) -> dict[str, Any]:
    """Return a case as JSON's own types."""
    from workers.ledger.case_views import at_head, packages_of, served

    one = view.case
    return {
        "id": one.key,
        "host": one.host,
        "repository": one.path,
        "state": one.state.value,
        **_classes_json(view),
        "packages": list(packages_of(view.reports)),
        "findings": [report.finding.key for report in view.reports],
        "more_findings": view.left_out,
        "at_head": at_head(view.reports, whole=not view.left_out),
        "served": served(view.reports, now, whole=not view.left_out),
        "assigned_to": one.assigned_to,
        "expires_at": _iso(one.expires_at),
        "duplicate_of": one.duplicate_of,
        "version": one.version,
        "opened_at": _iso(one.opened_at),
        "changed_at": _iso(one.changed_at),
        "reported_at": _iso(one.reported_at),
        "resolved_at": _iso(one.resolved_at),
    }


def _classes_json(view: CaseView) -> dict[str, Any]:
    one, known = view.case, view.classification
    return {
        "class": None if view.case_class is None else view.case_class.value,
        "class_set": None
        if one.class_set is None
        else {
            "class": one.class_set.value,
            "reason": one.class_reason,
            "until": _iso(one.class_until),
        },
        "class_by_rules": None
        if known is None
        else {
            "class": known.case_class.value,
            "rules": known.rules,
            "sums": _sums(known),
            "leans": known.lean,
            "weights": [
                {
                    "code": weight.code,
                    "towards": weight.towards.value,
                    "weight": weight.weight,
                    "source": weight.source.value,
                    "text": weight.text,
                }
                for weight in known.weights
            ],
            "missing": list(known.missing),
        },
    }


def line_json(line: CaseLine) -> Mapping[str, Any]:
    """Return a line of the log as JSON's own types."""
    return {
        "at": _iso(line.at),
        "event": line.event.value,
        "by": line.actor.value,
        "from": None if line.before is None else line.before.value,
        "to": line.after.value,
        "code": line.reason.code,
        "text": line.reason.text,
        "undo_of": line.undo_of,
        "id": line.id,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
