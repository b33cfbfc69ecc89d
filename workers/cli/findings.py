"""`ghostcrawl findings`: what was found, as a table for people or JSON Lines for machines."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from crawler.matching import limiting_reason
from crawler.model import Confidence, FindingStatus
from crawler.reporting.jsonl import finding_json
from crawler.reporting.text import defang, plain
from workers.cli.feed_ages import ALLOW_STALE, MAX_FEED_AGE, age_of_feeds
from workers.cli.findings_decide import dismiss, promote, reopen
from workers.cli.findings_shown import finding_lines
from workers.cli.options import fail_on
from workers.cli.output import LIST_FORMAT, SHOWN_FORMAT, is_text, print_objects
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta

    from sqlalchemy import Connection

    from crawler.model import Report
    from workers.ledger.left_out import LeftOut

__all__ = ["findings", "print_findings", "reached"]

_ALL = "all"
_HEADINGS = ("status", "level", "tier", "repository", "lock", "what", "reason", "id")
_MOST_EXPLAINED, _MOST_PLACES = 20, 20
_SAID = {"fork": "a fork or parent of", "owner": "of the same owner as"}


@click.group()
def findings() -> None:
    """Show what was found."""


@findings.command(name="list")
@click.option(
    "--level",
    type=click.Choice([c.value for c in Confidence]),
    default="possible",
    show_default=True,
    help="Show findings of at least this confidence.",
)
@click.option("--host", help="Only on this host.")
@click.option(
    "--status",
    "chosen",
    multiple=True,
    type=click.Choice([*(s.value for s in FindingStatus), _ALL]),
    help="Only these; default: those that hold (new, promoted).",
)
@fail_on("never")
@MAX_FEED_AGE
@ALLOW_STALE
@LIST_FORMAT
@click.pass_obj
def list_(
    session: Session,
    level: str,
    host: str | None,
    chosen: tuple[str, ...],
    fail_on: str,
    max_feed_age: timedelta,
    style: str,
    *,
    allow_stale: bool,
) -> int:
    """List findings: first those that need a decision, the newest of them first, then the surest."""
    from workers.ledger import findings as found
    from workers.ledger import gaps

    statuses = _statuses(chosen)
    session.wiring.end_dismissals()
    with session.wiring.ledger.read() as conn:
        if host is not None and not _is_known(session, conn, host):
            msg = f"nothing is known of a host {host!r}; `ghostcrawl hosts list` names all"
            raise UsageError(msg)
        reports = [
            r
            for r in found.reports(conn, minimum=Confidence(level), include_closed=True)
            if r.status in statuses and host in {None, r.finding.repository.host}
        ]
        left = gaps.not_looked_at(conn) if style == "json" else ()
    print_findings(reports, style, left)
    if undecided := sum(report.needs_decision for report in reports):
        session.say(
            f"{undecided} of them need a decision and get no letter before: look at `findings show ID`,"
            " then `findings promote ID --reason TEXT`"
            " or `findings dismiss ID --reason TEXT --expires DATE`"
        )
    code = 1 if reached(reports, fail_on) else 0
    return age_of_feeds(session, max_feed_age, code, allow_stale=allow_stale)


def _is_known(session: Session, conn: Connection, host: str) -> bool:
    from workers.ledger import frontier

    return host in session.settings.hosts or frontier.knows_host(conn, host)


def _statuses(chosen: tuple[str, ...]) -> frozenset[FindingStatus]:
    if _ALL in chosen:
        return frozenset(FindingStatus)
    if not chosen:
        return frozenset(status for status in FindingStatus if status.is_open)
    return frozenset(map(FindingStatus, chosen))


@findings.command()
@click.argument("key")
@SHOWN_FORMAT
@click.pass_obj
def show(session: Session, key: str, style: str | None) -> None:
    """Show one finding whole, and where else its lock lies; KEY may be cut off."""
    from workers.ledger import findings as found

    session.wiring.end_dismissals()
    with session.wiring.ledger.read() as conn:
        reports = [
            r
            for r in found.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
            if r.finding.key.startswith(key)
        ]
    if not reports:
        msg = f"no finding begins with {key}; findings list shows their ids"
        raise UsageError(msg)
    if is_text(style):
        for line in chain.from_iterable(map(finding_lines, reports)):
            click.echo(plain(line))
    else:
        print_findings(reports, "jsonl")
    for report in reports[:_MOST_EXPLAINED]:
        for line in (*_around(session, report), *_log(session, report)):
            session.say(plain(line))


def _around(session: Session, report: Report) -> Iterator[str]:
    """Say where else the same lock lies, which no request is needed for, and what led here."""
    from crawler import lockfiles
    from workers.ledger import frontier, pivots, sightings

    finding = report.finding
    with session.wiring.ledger.read() as conn:
        lock = lockfiles.lock_id(finding.sighting.path, finding.sighting.oid)
        seen = [one for one in sightings.of_locks(conn, [lock]) if one.at_head]
        here = {one.repository_id for one in seen if one.repository.path == finding.repository.path}
        led = pivots.found_by(conn, here)
        origins = frontier.repositories(conn, {one.repository_id for one in led.values()})
    places = sorted({f"{o.repository.host}/{o.repository.path}" for o in seen})
    own = f"{finding.repository.host}/{finding.repository.path}"
    others = [place for place in places if place != own]
    if others:
        more = f" and {len(others) - _MOST_PLACES} more" if len(others) > _MOST_PLACES else ""
        yield f"{finding.key[:12]}: the same lock in {', '.join(others[:_MOST_PLACES])}{more}"
    for one in led.values():
        origin = origins[one.repository_id]
        yield (
            f"{finding.key[:12]}: {own} was found as {_SAID[one.kind]} {origin.path}, because of"
            f" finding {one.finding[:12]}"
        )


def _log(session: Session, report: Report) -> Iterator[str]:
    """Say what became of a finding, and what was asked of a person."""
    from workers.ledger import decisions

    key = report.finding.key
    if report.needs_decision:
        for question in report.finding.questions:
            yield f"{key[:12]}: needs a decision: {question.text} ({question.code})"
    with session.wiring.ledger.read() as conn:
        events = decisions.history(conn, key)
    for one in events:
        why = f": {one.reason.text} ({one.reason.code})" if one.reason.code else ""
        yield f"{key[:12]}: {one.at:%Y-%m-%d %H:%M:%S} UTC {one.event}{why}"


def print_findings(
    reports: Sequence[Report],
    style: str,
    left: Sequence[LeftOut] = (),
    ignored: Mapping[str, str] | None = None,
) -> None:
    """Write findings to stdout; nothing else ever goes there.

    JSON is one document, with all that was not looked at; JSON Lines have a finding each. `ignored` says
    of keys of findings that are not among `reports` for which reason they are left out.
    """
    if style == "json":
        document = {
            "findings": [finding_json(report) for report in reports],
            "not_looked_at": [one.as_json() for one in left],
            **({} if ignored is None else {"ignored": ignored}),
        }
        click.echo(json_line(document))
        return
    if style == "jsonl":
        print_objects(map(finding_json, reports), style)
        return
    if reports:
        rows = [_row(report) for report in sorted(reports, key=_urgency)]
        shown = rows if any(row[0] != FindingStatus.NEW for row in rows) else [r[1:] for r in rows]
        click.echo(table(_HEADINGS[-len(shown[0]) :], shown))


def _urgency(report: Report) -> tuple[float, ...]:
    """Return what to sort by: what needs a decision, the newest first, then the surest."""
    if report.needs_decision:
        return 0, -report.first_seen.timestamp(), -report.last_seen.timestamp()
    return 1, -report.finding.match.confidence.rank


def _row(report: Report) -> Sequence[str]:
    finding = report.finding
    pin, (name, version) = finding.match.pin, finding.match.release
    lines = "" if pin.lines is None else f":{pin.lines.first}"
    return (
        "needs a decision" if report.needs_decision else report.status.value,
        finding.match.confidence.value,
        finding.match.tier.value,
        f"{finding.repository.host}/{finding.repository.path}",
        f"{finding.sighting.path}{lines}",
        f"{name or defang(pin.url or '')}@{version or '?'}",
        finding.questions[0].code if report.needs_decision else limiting_reason(finding.match).code,
        finding.key[:12],
    )


def reached(reports: Sequence[Report], fail_on: str) -> bool:
    """Say whether any open finding is at least as sure as `fail_on` (`never`: no)."""
    if fail_on == "never":
        return False
    least = Confidence(fail_on).rank
    return any(r.status.is_open and r.finding.match.confidence.rank >= least for r in reports)


findings.add_command(promote)
findings.add_command(dismiss)
findings.add_command(reopen)
