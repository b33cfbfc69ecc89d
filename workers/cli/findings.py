"""`ghostcrawl findings`: what was found, as a table for people or JSON Lines for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from crawler.matching import limiting_reason
from crawler.model import Confidence, FindingStatus
from crawler.reporting.jsonl import JsonLines
from crawler.reporting.text import defang, plain
from workers.cli.session import Session, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.model import Report

__all__ = ["findings", "print_findings", "reached"]

_ALL = "all"
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
    help="At least this sure.",
)
@click.option("--host", help="Only on this host.")
@click.option(
    "--status",
    "chosen",
    multiple=True,
    type=click.Choice([*(s.value for s in FindingStatus), _ALL]),
    help="Only these; default: those that hold (new, promoted).",
)
@click.option(
    "--fail-on", type=click.Choice([*(c.value for c in Confidence), "never"]), default="never"
)
@click.option("--format", "style", type=click.Choice(["table", "json", "jsonl"]), default="table")
@click.pass_obj
def list_(
    session: Session,
    level: str,
    host: str | None,
    chosen: tuple[str, ...],
    fail_on: str,
    style: str,
) -> int:
    """List findings, the surest first."""
    from workers.ledger import findings as found

    statuses = _statuses(chosen)
    with session.wiring.ledger.read() as conn:
        reports = [
            r
            for r in found.reports(conn, minimum=Confidence(level), include_closed=True)
            if r.status in statuses and host in {None, r.finding.repository.host}
        ]
    print_findings(reports, style)
    return 1 if reached(reports, fail_on) else 0


def _statuses(chosen: tuple[str, ...]) -> frozenset[FindingStatus]:
    if _ALL in chosen:
        return frozenset(FindingStatus)
    if not chosen:
        return frozenset(status for status in FindingStatus if status.is_open)
    return frozenset(map(FindingStatus, chosen))


@findings.command()
@click.argument("key")
@click.pass_obj
def show(session: Session, key: str) -> None:
    """Show one finding whole, as JSON, and where else its lock lies; KEY may be cut off."""
    from workers.ledger import findings as found

    with session.wiring.ledger.read() as conn:
        reports = [
            r
            for r in found.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
            if r.finding.key.startswith(key)
        ]
    if not reports:
        msg = f"no finding begins with {key}; findings list shows their ids"
        raise UsageError(msg)
    print_findings(reports, "jsonl")
    for report in reports[:_MOST_EXPLAINED]:
        for line in _around(session, report):
            session.say(plain(line))


def _around(session: Session, report: Report) -> Iterator[str]:
    """Say where else the same lock lies, which no request is needed for, and what led here."""
    from crawler import lockfiles
    from workers.ledger import frontier, pivots, visits

    finding = report.finding
    with session.wiring.ledger.read() as conn:
        lock = lockfiles.lock_id(finding.sighting.path, finding.sighting.oid)
        seen = [one for one in visits.sightings_of(conn, [lock]) if one.at_head]
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


def print_findings(reports: Sequence[Report], style: str) -> None:
    """Write findings to stdout; nothing else ever goes there."""
    if style != "table":
        for document in JsonLines().render(reports):
            click.echo(document.text, nl=False)
        return
    ordered = sorted(reports, key=lambda r: -r.finding.match.confidence.rank)
    if ordered:
        headings = ("level", "tier", "repository", "lock", "what", "reason", "id")
        click.echo(table(headings, [_row(report) for report in ordered]))


def _row(report: Report) -> Sequence[str]:
    finding = report.finding
    pin = finding.match.pin
    lines = "" if pin.lines is None else f":{pin.lines.first}"
    standing = finding.match.confidence.value if report.status.is_open else report.status.value
    return (
        standing,
        finding.match.tier.value,
        f"{finding.repository.host}/{finding.repository.path}",
        f"{finding.sighting.path}{lines}",
        f"{pin.name or defang(pin.url or '')}@{pin.version or '?'}",
        limiting_reason(finding.match).code,
        finding.key[:12],
    )


def reached(reports: Sequence[Report], fail_on: str) -> bool:
    """Say whether any open finding is at least as sure as `fail_on` (`never`: no)."""
    if fail_on == "never":
        return False
    least = Confidence(fail_on).rank
    return any(r.status.is_open and r.finding.match.confidence.rank >= least for r in reports)
