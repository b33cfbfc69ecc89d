"""`ghostcrawl ghosts explain`: what is known of exactly this file, and how that came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.reporting.text import counted, plain
from workers.cli.ghosts_shown import assertion_json, verdict_json, verdict_lines
from workers.cli.options import text_or
from workers.cli.session import Session, json_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workers.ledger.allowances import Allowance
    from workers.ledger.changes import VerdictChange
    from workers.steps.explaining import Explanation

__all__ = ["explain"]

_MOST_CHANGES = 50
_MOST_RECORDS = 5


@click.command()
@click.argument("what")
@text_or("json")
@click.pass_obj
def explain(session: Session, what: str, style: str) -> None:
    """Explain what is known of one file: WHAT is a URL, a purl, a digest or a file name."""
    from workers.naming import named
    from workers.steps.explaining import explain as gathered

    asked = named(what)
    with session.wiring.ledger.read() as conn:
        known = gathered(conn, asked, session.wiring.clock())
    if style == "json":
        click.echo(json_line(_json(known)))
        return
    for line in _lines(known):
        click.echo(plain(line))


def _lines(known: Explanation) -> Iterator[str]:
    yield from _identity(known)
    if known.nothing:
        yield f"nothing is known of {known.named.text}"
        return
    for verdict in known.verdicts:
        yield from verdict_lines(verdict)
    if not known.verdicts:
        yield "no feed calls it removed or malicious"
    at = "" if known.index.at is None else f" since {known.index.at.isoformat()}"
    yield f"the index: {known.index.state.value}{at}"
    yield from _history(known)
    yield from (_allowance(entry) for entry in known.allowed)
    release = "release" if known.named.version is not None else "project"
    of_file = (
        f"{known.locks_of_file} pin a file with these digests, " if known.named.digests else ""
    )
    yield f"stored locks: {of_file}{known.locks_of_release} pin the {release}"


def _identity(known: Explanation) -> Iterator[str]:
    named = known.named
    if named.project is not None:
        version = "" if named.version is None else f"@{named.version}"
        yield f"pkg:{named.project.ecosystem}/{named.project.name}{version}"
    if named.filename is not None:
        yield f"file {named.filename}"
    yield from map(str, named.digests)


def _history(known: Explanation) -> Iterator[str]:
    if not known.changes:
        return
    yield f"history ({counted(len(known.changes), 'change')}):"
    for change in known.changes[-_MOST_CHANGES:]:
        yield (
            f"  {change.at.isoformat(timespec='seconds')} {change.subject}: "
            f"{_state(change.before)} -> {_state(change.after)}, {_cause(change)}"
        )


def _state(state: str | None) -> str:
    return "nothing" if state is None else str(state)


def _cause(change: VerdictChange) -> str:
    if not change.records:
        return "by time alone"
    named = [f"{feed} {record}" for feed, record in change.records[:_MOST_RECORDS]]
    more = len(change.records) - len(named)
    return f"by {', '.join(named)}" + (f" and {more} more" if more else "")


def _allowance(entry: Allowance) -> str:
    until = entry.expires_at.isoformat(timespec="seconds")
    return f"allow list: {entry.subject} until {until}: {entry.reason}"


def _json(known: Explanation) -> Mapping[str, Any]:
    named = known.named
    return {
        "asked": named.text,
        "known": not known.nothing,
        "ecosystem": None if named.project is None else named.project.ecosystem.value,
        "name": None if named.project is None else named.project.name,
        "version": named.version,
        "file": named.filename,
        "digests": [str(digest) for digest in named.digests],
        "verdicts": [verdict_json(verdict) for verdict in known.verdicts],
        "assertions": [assertion_json(said) for said in known.said],
        "index": {
            "state": known.index.state.value,
            "at": None if known.index.at is None else known.index.at.isoformat(),
        },
        "history": [_change_json(change) for change in known.changes],
        "allowed": [
            {
                "subject": str(entry.subject),
                "reason": entry.reason,
                "since": entry.since.isoformat(),
                "expires_at": entry.expires_at.isoformat(),
            }
            for entry in known.allowed
        ],
        "locks": {"file": known.locks_of_file, "release": known.locks_of_release},
    }


def _change_json(change: VerdictChange) -> Mapping[str, Any]:
    return {
        "at": change.at.isoformat(),
        "subject": str(change.subject),
        "from": change.before,
        "to": change.after,
        "records": [{"feed": feed, "id": record} for feed, record in change.records],
    }
