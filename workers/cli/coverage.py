"""`ghostcrawl coverage`: per host what was found and visited, what was not, and why not."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import UsageError
from crawler.model import Outcome
from crawler.reporting.text import counted, plain
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workers.ledger.coverage import HostCoverage
    from workers.monitoring.host_coverage import CoveredHost

__all__ = ["coverage"]

_MOST_REASONS = 15
_MOST_REFS, _REFS_IN_A_LINE = 1_000, 10
_SHOWN = tuple(outcome for outcome in Outcome if outcome is not Outcome.DEFERRED)
"""A visit that is deferred is none yet."""


@click.command()
@click.option("--host", help="Only this one; default: every host of which anything is known.")
@LIST_FORMAT
@click.pass_obj
def coverage(session: Session, host: str | None, style: str) -> None:
    """Show per host what was found, visited, failed and waits, and what was not looked at, and why."""
    from workers.monitoring.host_coverage import covered_hosts

    wiring = session.wiring
    with wiring.ledger.read() as conn:
        known = covered_hosts(conn, wiring.clock(), session.settings.hosts, _MOST_REFS)
    shown = [one for one in known if host in {None, one.known.host}]
    if host is not None and not shown:
        msg = f"nothing is known of a host {host!r}; `ghostcrawl hosts list` names all"
        raise UsageError(msg)
    if style != "table":
        print_objects(map(_json, shown), style)
        return
    named = ("read" if o is Outcome.VISITED else o.value for o in _SHOWN)
    headings = ("host", "found", "visited", *named, "work due", "work later")
    click.echo(table(headings, [_row(one.known) for one in shown]))
    for one in shown:
        if one.known.pivoted:
            click.echo(plain(f"{one.known.host}: {one.known.pivoted} found by pivots only"))
        for line in (*_refs_line(one), *_lines(one)):
            click.echo(plain(line))


def _row(known: HostCoverage) -> Sequence[object]:
    outcomes = [known.outcomes.get(outcome, 0) for outcome in _SHOWN]
    return (known.host, known.found, known.visited, *outcomes, known.due, known.later)


def _refs_line(one: CoveredHost) -> Iterator[str]:
    shown = one.refs[:_REFS_IN_A_LINE]
    if not shown:
        return
    told = ", ".join(f"{ref.ref} of {ref.repositories}" for ref in shown)
    more = len(one.refs) - len(shown) + one.more_refs
    rest = f", and {counted(more, 'more name')}; --format json lists them" if more else ""
    yield f"{one.known.host}: refs read, and of how many repositories: {told}{rest}"


def _lines(one: CoveredHost) -> Iterator[str]:
    said = [
        *(f"now: {text}" for text in one.state),
        *(f"{reason.times} x {reason.reason}" for reason in one.reasons[:_MOST_REASONS]),
        *(f"cannot be seen: {text}" for text in one.blind),
    ]
    if not said:
        return
    yield f"{one.known.host}, not looked at:"
    yield from (f"  {text}" for text in said)
    if len(one.reasons) > _MOST_REASONS:
        yield f"  and {len(one.reasons) - _MOST_REASONS} more reasons; --format json lists all"


def _json(one: CoveredHost) -> Mapping[str, Any]:
    known = one.known
    return {
        "host": known.host,
        "found": known.found,
        "visited": known.visited,
        "outcomes": {outcome.value: count for outcome, count in known.outcomes.items()},
        "due": known.due,
        "later": known.later,
        "disabled": known.disabled,
        "searched": known.searched,
        "listed": known.listed,
        "found_by_pivots": known.pivoted,
        "refs_of_last_visits": {refs.value: count for refs, count in known.refs.items()},
        "refs_read": [asdict(ref) for ref in one.refs],
        "more_refs_read": one.more_refs,
        "state": list(one.state),
        "not_looked_at": [
            {
                "reason": r.reason,
                "times": r.times,
                "repositories": r.repositories,
                "known_lock": r.known_lock,
            }
            for r in one.reasons
        ],
        "blind_spots": list(one.blind),
    }
