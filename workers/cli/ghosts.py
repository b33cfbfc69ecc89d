"""`ghostcrawl ghosts`: what is known about removed distributions, and who says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from crawler.errors import UsageError
from crawler.model import Ecosystem, ProjectKey, State, normalize_name, normalize_version
from crawler.reporting.text import plain
from workers.cli.session import Session, json_line, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crawler.model import Assertion, Subject, Verdict

__all__ = ["ghosts"]

_DEFAULT = (State.MALICIOUS, State.QUARANTINED)


@click.group()
def ghosts() -> None:
    """Show what was removed, and why."""


@ghosts.command(name="list")
@click.option("--state", "states", multiple=True, type=click.Choice([s.value for s in State]))
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--format", "style", type=click.Choice(["table", "json", "jsonl"]), default="table")
@click.pass_obj
def list_(session: Session, states: tuple[str, ...], limit: int, style: str) -> None:
    """List the verdicts of now; malicious and quarantined ones unless --state says otherwise."""
    from workers.ledger import verdicts

    wanted = [State(s) for s in states] or list(_DEFAULT)
    with session.wiring.ledger.read() as conn:
        found = list(verdicts.list_ghosts(conn, wanted, limit))
        counts = verdicts.counts(conn)
    if style != "table":
        for verdict in found:
            click.echo(json_line(_verdict_json(verdict)))
        return
    rows = [
        (v.state.value, str(v.subject), v.index_state.value, v.since.date(), _sources(v))
        for v in found
    ]
    click.echo(table(("state", "what", "index", "since", "who says so"), rows))
    session.say(
        ", ".join(f"{n} {state.value}" for state, n in counts.items())
        or "nothing is known yet; run seed"
    )


@ghosts.command()
@click.argument("name")
@click.option("--ecosystem", type=click.Choice([e.value for e in Ecosystem]), default="pypi")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def show(session: Session, name: str, ecosystem: str, style: str) -> None:
    """Explain the verdicts on NAME (or NAME@VERSION) with all their sources."""
    from workers.ledger import assertions, verdicts
    from workers.ledger.statements import release

    key, version = _key(Ecosystem(ecosystem), name)
    with session.wiring.ledger.read() as conn:
        judged = verdicts.of_project(conn, key)
        said = dict(assertions.of_projects(conn, [key])).get(key, ())
    if version is not None:
        wanted = release(key.ecosystem, version)  # 1.0 and 1.0.0 are one release

        def concerns(subject: Subject) -> bool:
            stated = subject.version
            return stated is None or release(key.ecosystem, stated) == wanted

        judged = tuple(v for v in judged if concerns(v.subject))
        said = tuple(a for a in said if concerns(a.subject))
    if style == "json":
        document = {
            "verdicts": [_verdict_json(v) for v in judged],
            "assertions": [_assertion_json(a) for a in said],
        }
        click.echo(json_line(document))
        return
    for line in _explained(key, judged):
        click.echo(plain(line))
    click.echo(f"{len(said)} assertions behind it; --format json lists them")


def _explained(key: ProjectKey, judged: Sequence[Verdict]) -> Iterator[str]:
    if not judged:
        yield f"{key.ecosystem}/{key.name}: no feed says anything about it"
    for verdict in judged:
        yield f"{verdict.subject}: {verdict.state.value} since {verdict.since.isoformat()}"
        yield f"  the index now: {verdict.index_state.value}"
        yield from (f"  {reason.code}: {reason.text}" for reason in verdict.reasons)
        for source in verdict.sources:
            where = f", {source.reference}" if source.reference else ""
            yield f"  said by {source.feed} {source.record_id} (found by {source.root_source}){where}"


def _key(ecosystem: Ecosystem, text: str) -> tuple[ProjectKey, str | None]:
    name, _, version = text.rpartition("@") if "@" in text.lstrip("@") else (text, "", "")
    normalized = normalize_name(ecosystem, name)
    if normalized is None:
        msg = f"{text!r} is no name of a {ecosystem} project"
        raise UsageError(msg)
    canonical = normalize_version(ecosystem, version) if version else None
    return ProjectKey(ecosystem=ecosystem, name=normalized), canonical


def _sources(verdict: Verdict) -> str:
    return ", ".join(dict.fromkeys(s.record_id for s in verdict.sources))


def _verdict_json(verdict: Verdict) -> Mapping[str, Any]:
    subject = verdict.subject
    return {
        "ecosystem": subject.project.ecosystem.value,
        "name": subject.project.name,
        "version": subject.version,
        "file": None if subject.file is None else subject.file.filename,
        "digests": [] if subject.file is None else [str(d) for d in subject.file.digests],
        "level": subject.level.value,
        "state": verdict.state.value,
        "since": verdict.since.isoformat(),
        "index_state": verdict.index_state.value,
        "explicit": verdict.explicit,
        "reasons": [{"code": r.code, "text": r.text} for r in verdict.reasons],
        "sources": [
            {"feed": s.feed, "id": s.record_id, "found_by": s.root_source, "reference": s.reference}
            for s in verdict.sources
        ],
    }


def _assertion_json(said: Assertion) -> Mapping[str, Any]:
    return {
        "feed": said.feed,
        "record_id": said.record_id,
        "subject": str(said.subject),
        "claim": said.claim.value,
        "valid_from": said.valid_from.isoformat(),
        "observed_at": said.observed_at.isoformat(),
        "found_by": said.root_source,
        "retracted_at": None if said.retracted_at is None else said.retracted_at.isoformat(),
    }
