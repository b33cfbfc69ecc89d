"""`ghostcrawl ghosts`: what is known about removed distributions, and who says so."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from crawler.errors import UsageError
from crawler.model import Ecosystem, ProjectKey, VerdictState
from crawler.model.version_ranges import is_range, may_hold
from crawler.reporting.text import counted, plain
from workers.cli.ghosts_allow import allow, disallow
from workers.cli.ghosts_explain import explain
from workers.cli.ghosts_resolve import resolve
from workers.cli.ghosts_shown import (
    assertion_json,
    marker_lines,
    sources_of,
    verdict_json,
    verdict_lines,
)
from workers.cli.options import ECOSYSTEM, text_or
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session, json_line
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crawler.model import Assertion, Subject, Verdict

__all__ = ["ghosts"]

_DEFAULT = (VerdictState.MALICIOUS, VerdictState.QUARANTINED)


@click.group()
def ghosts() -> None:
    """Show what was removed, and why."""


@ghosts.command(name="list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([s.value for s in VerdictState]),
    help="Only verdicts of this state; may be repeated. Default: malicious and quarantined.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="Show at most so many."
)
@LIST_FORMAT
@click.pass_obj
def list_(session: Session, states: tuple[str, ...], limit: int, style: str) -> None:
    """List the verdicts of now; malicious and quarantined ones unless --state says otherwise."""
    from workers.ledger import verdicts

    wanted = [VerdictState(s) for s in states] or list(_DEFAULT)
    with session.wiring.ledger.read() as conn:
        found = list(verdicts.list_ghosts(conn, wanted, limit))
        counts = verdicts.counts(conn)
    if style != "table":
        print_objects(map(verdict_json, found), style)
        return
    rows = [
        (v.state.value, str(v.subject), v.index_state.value, v.since.date(), sources_of(v))
        for v in found
    ]
    click.echo(table(("state", "what", "index", "since", "who says so"), rows))
    session.say(
        ", ".join(f"{n} {state.value}" for state, n in counts.items())
        or "nothing is known yet; run seed"
    )


@ghosts.command()
@click.argument("name")
@ECOSYSTEM
@text_or("json")
@click.pass_obj
def show(session: Session, name: str, ecosystem: str, style: str) -> None:
    """Explain the verdicts on NAME (or NAME@VERSION) with all their sources."""
    from workers.ledger import current_assertions, verdicts
    from workers.ledger.sql.keys import release
    from workers.naming import key_of

    key, version = key_of(Ecosystem(ecosystem), name)
    public = session.settings.public_registries(lambda _: frozenset()).get(key.ecosystem)
    registries = ("",) if public is None else (one.name for one in (public, *public.others))
    keys = [replace(key, registry=one) for one in registries]
    with session.wiring.ledger.read() as conn:
        judged = tuple(v for one in keys for v in verdicts.of_project(conn, one))
        every = dict(current_assertions.of_projects(conn, keys))
        said = tuple(a for one in keys for a in every.get(one, ()))
        if not judged and not said:
            raise UsageError(_unknown(key, verdicts.names(conn, key.ecosystem)))
    if version is not None:
        wanted = release(key.ecosystem, version)  # 1.0 and 1.0.0 are one release

        def concerns(subject: Subject) -> bool:
            stated = subject.version
            if is_range(stated):
                return may_hold(stated or "", version)
            return stated is None or release(key.ecosystem, stated) == wanted

        judged = tuple(v for v in judged if concerns(v.subject))
        said = tuple(a for a in said if concerns(a.subject))
    if style == "json":
        document = {
            "verdicts": [verdict_json(v) for v in judged],
            "assertions": [assertion_json(a) for a in said],
        }
        click.echo(json_line(document))
        return
    for line in _explained(key, judged, said):
        click.echo(plain(line))
    click.echo(f"{counted(len(said), 'assertion')} behind it; --format json lists them")


def _unknown(key: ProjectKey, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key.name, known, n=3, cutoff=0.8)
    hint = f"; did you mean {', '.join(near)}?" if near else "; `ghostcrawl ghosts list` lists all"
    return f"{key.ecosystem}/{key.name}: no feed says anything about it{hint}"


def _explained(
    key: ProjectKey, judged: Sequence[Verdict], said: Sequence[Assertion]
) -> Iterator[str]:
    if not judged:
        what = "nothing is said against it" if said else "no feed says anything about it"
        yield f"{key.ecosystem}/{key.name}: {what}"
    yield from marker_lines(said)
    for verdict in judged:
        yield from verdict_lines(verdict)


ghosts.add_command(explain)
ghosts.add_command(allow)
ghosts.add_command(disallow)
ghosts.add_command(resolve)
