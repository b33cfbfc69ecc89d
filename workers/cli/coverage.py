"""`ghostcrawl coverage`: per host what was found and visited, what was not, and why not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import UsageError
from crawler.model import Outcome, Refs
from crawler.reporting.text import counted, plain
from workers.cli.output import LIST_FORMAT, print_objects
from workers.cli.session import Session
from workers.cli.terminal import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workers.ledger.budgets import Spending
    from workers.ledger.coverage import HostCoverage, NotCovered
    from workers.ledger.pauses import Pause
    from workers.ledger.visit_coverage import RefRead

__all__ = ["coverage"]

_MOST_REASONS = 15
_MOST_REFS, _REFS_IN_A_LINE = 1_000, 10
_SHOWN = tuple(outcome for outcome in Outcome if outcome is not Outcome.DEFERRED)
"""A visit that is deferred is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything that is said of one host."""

    known: HostCoverage
    reasons: Sequence[NotCovered]
    pause: Pause | None
    refs: Sequence[RefRead]
    more_refs: int
    """How many more names of refs there are."""
    resting: Sequence[Spending]
    left_alone: Sequence[str] = ()
    """Formats of ecosystems of which no verdict speaks."""

    @property
    def state(self) -> Iterator[str]:
        """Say why nothing is asked of it now; nothing where it is at work."""
        if self.pause is not None:
            yield f"paused since {self.pause.since.isoformat(timespec='seconds')}: {self.pause.why}"
        for one in self.resting:
            until = "" if one.blocked_until is None else one.blocked_until.isoformat()
            times = f" after {one.failures} failures in a row" if one.failures else ""
            yield f"{one.bucket.host} ({one.bucket.resource}) rests until {until}{times}: {one.why}"

    @property
    def blind(self) -> Iterator[str]:
        """Say what the way in which it was crawled cannot see."""
        known = self.known
        if known.searched and not known.listed:
            yield (
                f"{counted(known.found, 'repository', 'repositories')} found by code search, which shows "
                "default branches, files below 384 KB, few forks, at most 1,000 hits a query and "
                "repositories of late; the rest cannot be counted; add --strategy list"
            )
        if not known.searched and not known.listed and known.found:
            yield "only repositories that were named (--repos, --owner) or pushed into the ledger are known"
        if known.at_root:
            yield (
                f"{counted(known.at_root, 'repository', 'repositories')} {'was' if known.at_root == 1 else 'were'} read at the root only; crawl with --depth all, on "
                "GitHub with --refs branches"
            )
        if default := known.refs.get(Refs.DEFAULT):
            yield (
                f"of {counted(default, 'repository', 'repositories')} no ref but the default branch was "
                "read; crawl with --refs branches or --refs all"
            )
        if branches := known.refs.get(Refs.BRANCHES):
            yield (
                f"of {counted(branches, 'repository', 'repositories')} no tag and no pull or merge request "
                "was read; crawl with --refs all"
            )
        if self.left_alone and known.visited:
            yield f"no verdict speaks of the ecosystems of {', '.join(self.left_alone)}: their locks are not read"
        if known.disabled:
            yield f"{counted(known.disabled, 'repository', 'repositories')} {'is' if known.disabled == 1 else 'are'} not visited again by themselves: gone or failing"


@click.command()
@click.option("--host", help="Only this one; default: every host of which anything is known.")
@LIST_FORMAT
@click.pass_obj
def coverage(session: Session, host: str | None, style: str) -> None:
    """Show per host what was found, visited, failed and waits, and what was not looked at, and why."""
    shown = [one for one in _shown(session) if host in {None, one.known.host}]
    if host is not None and not shown:
        msg = f"nothing is known of a host {host!r}; `ghostcrawl hosts list` names all"
        raise UsageError(msg)
    if style != "table":
        print_objects(map(_json, shown), style)
        return
    named = ("read" if o is Outcome.VISITED else o.value for o in _SHOWN)
    headings = ("host", "found", "visited", *named, "due", "later")
    click.echo(table(headings, [_row(one.known) for one in shown]))
    for one in shown:
        if one.known.pivoted:
            click.echo(plain(f"{one.known.host}: {one.known.pivoted} found by pivots only"))
        for line in (*_refs_line(one), *_lines(one)):
            click.echo(plain(line))


def _shown(session: Session) -> Iterator[Shown]:
    from crawler import lockfiles
    from workers.addresses import names_of
    from workers.ledger import budgets, pauses, verdicts, visit_coverage
    from workers.ledger import coverage as covered

    wiring = session.wiring
    with wiring.ledger.read() as conn:
        known = covered.of_hosts(conn, wiring.clock())
        reasons = covered.why_not(conn)
        paused = {one.host: one for one in pauses.paused(conn)}
        resting = budgets.blocked(conn, wiring.clock())
        refs_of = {one.host: visit_coverage.refs_read(conn, one.host, _MOST_REFS) for one in known}
        told = verdicts.ecosystems(conn, lockfiles.OTHER_ECOSYSTEMS.values())
    alone = [name for name, one in lockfiles.OTHER_ECOSYSTEMS.items() if one not in told]
    for one in known:
        section = session.settings.hosts.get(one.host)
        names = frozenset({one.host}) if section is None else names_of(one.host, section)
        refs, more_refs = refs_of[one.host]
        yield Shown(
            known=one,
            refs=refs,
            more_refs=more_refs,
            reasons=[reason for reason in reasons if reason.host == one.host],
            pause=paused.get(one.host, paused.get(pauses.ALL_HOSTS)),
            resting=[usage for usage in resting if usage.bucket.host in names],
            left_alone=sorted(alone),
        )


def _row(known: HostCoverage) -> Sequence[object]:
    outcomes = [known.outcomes.get(outcome, 0) for outcome in _SHOWN]
    return (known.host, known.found, known.visited, *outcomes, known.due, known.later)


def _refs_line(one: Shown) -> Iterator[str]:
    shown = one.refs[:_REFS_IN_A_LINE]
    if not shown:
        return
    told = ", ".join(f"{ref.ref} of {ref.repositories}" for ref in shown)
    more = len(one.refs) - len(shown) + one.more_refs
    rest = f", and {counted(more, 'more name')}; --format json lists them" if more else ""
    yield f"{one.known.host}: refs read, and of how many repositories: {told}{rest}"


def _lines(one: Shown) -> Iterator[str]:
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


def _json(one: Shown) -> Mapping[str, Any]:
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
