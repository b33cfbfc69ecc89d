"""`ghostcrawl ghosts allow` and `disallow`: vouch for a distribution, for a reason and a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from crawler.model import Ecosystem, Level, Subject
from crawler.reporting.text import counted
from workers.cli.hunting import hunt
from workers.cli.options import ECOSYSTEM, text_or
from workers.cli.output import print_objects
from workers.cli.session import Session, json_line
from workers.cli.terminal import table
from workers.grounds import expiry, stated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from workers.ledger.allowances import Allowance

__all__ = ["allow", "disallow"]

_FORMAT = text_or("json", "jsonl")


@click.command()
@click.argument("what", required=False)
@click.option("--reason", help="Why it is harmless here; never the name of a person.")
@click.option("--expires", help="A date, or a span such as 30d; at most 365 days away.")
@click.option("--list", "listing", is_flag=True, help="Show the entries, those that ran out too.")
@ECOSYSTEM
@_FORMAT
@click.pass_obj
def allow(
    session: Session,
    what: str | None,
    reason: str | None,
    expires: str | None,
    ecosystem: str,
    style: str,
    *,
    listing: bool,
) -> None:
    """Add WHAT (NAME, NAME@VERSION, a purl, sha256:HEX) to the allow list until a date; its findings are retracted."""
    if listing:
        _show(session, style)
        return
    if what is None or reason is None or expires is None:
        msg = "name what is allowed, with --reason TEXT and --expires DATE or 30d"
        raise UsageError(msg)
    from workers.ledger.allowances import Allowance

    now = session.wiring.clock()
    ends, why = expiry(expires, now), stated(reason)
    until = f"allowed until {ends.isoformat(timespec='seconds')}"
    written = [
        _write(
            session,
            Allowance(subject=subject, reason=why, since=now, expires_at=ends),
            now,
            until,
        )
        for subject in _subjects(session, what, Ecosystem(ecosystem))
    ]
    _tell(written, hunt(session), style)


@click.command()
@click.argument("what")
@ECOSYSTEM
@_FORMAT
@click.pass_obj
def disallow(session: Session, what: str, ecosystem: str, style: str) -> None:
    """Take back what `ghosts allow` says of WHAT; what was said against it counts again."""
    from workers.ledger import allowances

    now = session.wiring.clock()
    with session.wiring.ledger.read() as conn:
        standing = [entry for entry in allowances.entries(conn) if entry.stands(now)]
    ended = _meant(standing, what, Ecosystem(ecosystem))
    if not ended:
        msg = f"no entry on {what} holds now; `ghosts allow --list` shows all"
        raise UsageError(msg)
    written = [
        _write(session, replace(entry, expires_at=now), now, "no longer allowed") for entry in ended
    ]
    _tell(written, hunt(session), style)


def _subjects(session: Session, what: str, ecosystem: Ecosystem) -> Sequence[Subject]:
    """Return what is to be allowed; a digest is looked up among the verdicts on files."""
    from workers.ledger import verdicts
    from workers.naming import PackageRef, key_of, named

    if not _is_exact(what):
        project, version = key_of(ecosystem, what)
        return (Subject(project=project, version=version),)
    asked: PackageRef = named(what)
    if asked.subject is not None:
        return (asked.subject,)
    with session.wiring.ledger.read() as conn:
        judged = verdicts.reader(conn).for_pins(digests=[d.hex for d in asked.digests])
    found = [v.subject for v in judged if v.subject.level is Level.FILE]
    if not found:
        msg = f"no verdict is on exactly {asked.text}; allow its NAME@VERSION, or a purl with file_name and checksum"
        raise UsageError(msg)
    return found


def _meant(entries: Sequence[Allowance], what: str, ecosystem: Ecosystem) -> list[Allowance]:
    from workers.naming import key_of, named

    if not _is_exact(what):
        project, version = key_of(ecosystem, what)
        subject = Subject(project=project, version=version)
        return [entry for entry in entries if entry.subject == subject]
    asked = named(what)
    digests = set(asked.digests)
    return [
        entry
        for entry in entries
        if entry.subject == asked.subject
        or (entry.subject.file is not None and digests & set(entry.subject.file.digests))
    ]


def _is_exact(what: str) -> bool:
    """Say whether `what` is more than a name with a version: a purl, a URL, a digest."""
    return ":" in what


def _write(session: Session, entry: Allowance, now: datetime, done: str) -> Mapping[str, object]:
    """Write an entry, say what is `done` with it, and return that for machines."""
    from workers.steps.reconsidering import allow as write

    changed = write(session.wiring.ledger, entry, now, session.wiring.protected)
    session.say(f"{entry.subject}: {done}; verdicts of {counted(len(changed), 'project')} changed")
    return {**_json(entry, now), "changed": len(changed)}


def _tell(written: Sequence[Mapping[str, object]], hunted: Mapping[str, int], style: str) -> None:
    if style == "json":
        click.echo(json_line({"entries": written, "hunt": hunted}))
    elif style == "jsonl":
        print_objects([*written, {"hunt": hunted}], style)


def _show(session: Session, style: str) -> None:
    from workers.ledger import allowances

    now = session.wiring.clock()
    with session.wiring.ledger.read() as conn:
        entries = allowances.entries(conn)
    if style != "text":
        print_objects((_json(entry, now) for entry in entries), style)
        return
    rows = [
        (str(e.subject), "holds" if e.stands(now) else "ran out", e.expires_at.date(), e.reason)
        for e in entries
    ]
    click.echo(table(("what", "state", "until", "reason"), rows))


def _json(entry: Allowance, now: datetime) -> Mapping[str, object]:
    return {
        "subject": str(entry.subject),
        "reason": entry.reason,
        "since": entry.since.isoformat(),
        "expires_at": entry.expires_at.isoformat(),
        "holds": entry.stands(now),
    }
