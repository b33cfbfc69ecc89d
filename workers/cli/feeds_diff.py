"""`ghostcrawl feeds diff`: what one feed calls malicious and the other does not, or not any more."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, assert_never

import click

from workers.cli.options import TABLE_OR_JSON
from workers.cli.session import Session, json_line
from workers.cli.terminal import table
from workers.cli.times import MOMENT
from workers.clock import moment_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from workers.steps.comparing import Difference, Disagreement, FeedComparison, Stated, View

__all__ = ["diff"]


@click.command()
@click.argument("left")
@click.argument("right")
@click.option("--as-of", type=MOMENT, help="Compare what was known at that time (UTC).")
@click.option("--since", type=MOMENT, help="Only where a side said something new after it (UTC).")
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="Show at most this many differences of each kind.",
)
@TABLE_OR_JSON
@click.pass_obj
def diff(
    session: Session,
    left: str,
    right: str,
    as_of: datetime | None,
    since: datetime | None,
    limit: int,
    style: str,
) -> None:
    """Show where two feeds differ in what is malicious; LEFT and RIGHT are FEED or FEED@DATE."""
    from workers.steps.comparing import compare

    with session.wiring.ledger.read() as conn:
        found = compare(conn, _view(left, as_of), _view(right, as_of), since)
    if style == "json":
        click.echo(json_line(_json(found, limit)))
        return
    rows = [_row(found, one) for one in _bounded(found, limit)]
    if rows:
        click.echo(table(("difference", "what", "record", "found by", "note"), rows))
    for line in _counts(found, limit):
        session.say(line)


def _view(text: str, as_of: datetime | None) -> View:
    """Read `FEED@DATE`; an at sign before anything that is no date belongs to the name."""
    from workers.steps.comparing import View

    name, at, date = text.rpartition("@")
    moment = moment_or_none(date) if at else None
    if moment is None:
        return View(feed=text, as_of=as_of)
    return View(feed=name, as_of=moment)


def _bounded(found: FeedComparison, limit: int) -> Iterator[Difference]:
    shown: Counter[str] = Counter()
    for one in found.differences:
        shown[one.kind] += 1
        if shown[one.kind] <= limit:
            yield one


def _words(found: FeedComparison, kind: Disagreement) -> str:
    from workers.steps.comparing import Disagreement

    match kind:
        case Disagreement.ONLY_LEFT:
            return f"only {found.left}"
        case Disagreement.ONLY_RIGHT:
            return f"only {found.right}"
        case Disagreement.WITHDRAWN_LEFT:
            return f"withdrawn in {found.left}, stands in {found.right}"
        case Disagreement.WITHDRAWN_RIGHT:
            return f"withdrawn in {found.right}, stands in {found.left}"
        case Disagreement.DOUBTED_LEFT:
            return f"doubted: stated by {found.left}"
        case Disagreement.DOUBTED_RIGHT:
            return f"doubted: stated by {found.right}"
        case _:
            assert_never(kind)


def _row(found: FeedComparison, one: Difference) -> Sequence[str]:
    notes = []
    if one.withdrawn is not None:
        notes.append(f"against {one.withdrawn.record_id}")
    if one.cites:
        notes.append(f"cites {one.standing.root_source}")
    if one.partly:
        notes.append("the other names parts of it")
    notes += [doubt.value for doubt in one.doubts]
    standing = one.standing
    return (
        _words(found, one.kind),
        str(standing.subject),
        standing.record_id,
        standing.root_source,
        ", ".join(notes),
    )


def _counts(found: FeedComparison, limit: int) -> Iterator[str]:
    counts = Counter(one.kind for one in found.differences)
    for kind, n in sorted(counts.items()):
        cut = f", the first {limit} shown" if n > limit else ""
        yield f"{_words(found, kind)}: {n}{cut}"
    yield (
        f"both say malicious: {found.both}; {found.same_root} of them have one root: one cites the "
        "other, and that is one witness"
    )


def _json(found: FeedComparison, limit: int) -> Mapping[str, Any]:
    counts = Counter(one.kind.value for one in found.differences)
    return {
        "left": str(found.left),
        "right": str(found.right),
        "both": found.both,
        "same_root": found.same_root,
        "counts": dict(counts),
        "differences": [
            {
                "kind": one.kind.value,
                "subject": str(one.standing.subject),
                "standing": _stated(one.standing),
                "withdrawn": None if one.withdrawn is None else _stated(one.withdrawn),
                "cites": one.cites,
                "partly": one.partly,
                "doubts": [doubt.value for doubt in one.doubts],
            }
            for one in _bounded(found, limit)
        ],
    }


def _stated(said: Stated) -> Mapping[str, str]:
    return {
        "record_id": said.record_id,
        "found_by": said.root_source,
        "recorded_at": said.recorded_at.isoformat(),
    }
