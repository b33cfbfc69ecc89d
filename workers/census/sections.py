"""The census in words: for each question a table, what may be drawn of it, and what it does not tell (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from workers.census.removals import FLASH
from workers.census.samples import bias_of
from workers.census.stories import Happening

if TYPE_CHECKING:
    from crawler.model import Ecosystem
    from workers.census.counting import Census
    from workers.census.shares import Share, Spread

__all__ = ["Chart", "Section", "sections_of"]

_UNKNOWN = "unknown"
_MOST_MONTHS = 240
"""Of a chart; where dates lie further apart (one is wrong), only months with anything are drawn."""
_NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A number for each month, to be drawn as bars."""

    title: str
    bars: Sequence[tuple[str, int]]
    """Label and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One question of the census."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]
    """Method and limits."""
    charts: Sequence[Chart] = ()


def sections_of(census: Census) -> tuple[Section, ...]:
    """Return the census, question by question."""
    return (
        _months(census),
        _stays(census),
        _flash_ghosts(census),
        _pinning(census),
        _still_served(census),
        _lifetimes(census),
    )


def _months(census: Census) -> Section:
    rows = [
        (
            row.happening.value,
            row.month or _UNKNOWN,
            row.ecosystem.value,
            "none" if row.cause is None else row.cause.value,
            f"{row.projects:,}",
        )
        for row in census.months
    ]
    return Section(
        title="Named, quarantined, released again, removed",
        headings=("what", "month", "index", "verdict now", "projects"),
        rows=rows,
        notes=(
            (
                "A project counts once in a month (UTC) for each thing that happened to it then. Several things "
                "may happen to one project, also in several months, so the rows do not add up to projects. The "
                "verdict is that of now on the project, its releases and files, the gravest of them."
            ),
            (
                "named: a record that stands calls it malicious, by the date of the record; suspected: suspicious "
                "only; withdrawn: every record that accused it was taken back; released: the index ended a quarantine; "
                "removed: the index dropped it, or a release or file of it. Who wanted that, the index does not say."
            ),
            (
                "The month is unknown where a feed tells that it happened and not when: a feed that looks now "
                "and then notices a removal on the day it looks, and that day is not counted as its date."
            ),
            (
                "Nothing is known of what happened before the feeds of this ledger begin: a small early number may "
                "mean that nobody wrote it down."
            ),
        ),
        charts=tuple(_charts(census)),
    )


def _charts(census: Census) -> Iterator[Chart]:
    totals: dict[tuple[Happening, Ecosystem], Counter[str | None]] = {}
    for row in census.months:
        totals.setdefault((row.happening, row.ecosystem), Counter())[row.month] += row.projects
    for (happening, ecosystem), by_month in totals.items():
        months = sorted(month for month in by_month if month is not None)
        bars = [(month, by_month[month]) for month in _without_holes(months)]
        if None in by_month:
            bars.append((_UNKNOWN, by_month[None]))
        title = f"{ecosystem.value}: projects {happening.value}, by month"
        yield Chart(title=title, bars=bars)


def _without_holes(months: Sequence[str]) -> Sequence[str]:
    """Return every month from the first to the last of `months`, sorted; a month without any is a bar of 0."""
    if not months:
        return months
    first, last = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (months[0], months[-1]))
    if last - first >= _MOST_MONTHS:
        return months
    return [f"{at // 12:04d}-{at % 12 + 1:02d}" for at in range(first, last + 1)]


def _stays(census: Census) -> Section:
    rows = [
        (
            row.ecosystem.value,
            "named malicious" if row.accused else "taken away, not accused",
            f"upload to {'quarantine' if row.until is Happening.QUARANTINED else 'removal'}",
            *_spread(row.spread),
        )
        for row in census.stays
    ]
    return Section(
        title="How long a release could be installed",
        headings=("index", "releases", "span", "measured", "unknown", "median", "nine in ten"),
        rows=rows,
        notes=(
            (
                "Only releases of which the index itself states both ends are measured; nine in ten took at most "
                "the last number. A project of which nobody names a release counts as one."
            ),
            "unknown: one of the two times is not stated, or it has not come to that.",
        ),
    )


def _spread(spread: Spread) -> tuple[str, str, str, str]:
    return (
        f"{spread.measured:,}",
        f"{spread.unknown:,}",
        _span(spread.median_seconds),
        _span(spread.ninetieth_seconds),
    )


def _span(seconds: int | None) -> str:
    """Return a span in the largest unit of which it has two."""
    if seconds is None:
        return _UNKNOWN
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds} seconds"


def _flash_ghosts(census: Census) -> Section:
    minutes = FLASH // timedelta(minutes=1)
    stretch = census.journal
    told = (
        f"The ledger has the journal from {_moment(stretch.first)} to {_moment(stretch.last)}; before and after "
        "it, and where polls left a gap, such releases cannot be seen."
        if stretch.first is not None
        else "The ledger has no journal of an index, so none can be seen: seed from it first."
    )
    return Section(
        title="Flash ghosts: removed within minutes, named by nobody",
        headings=("month", "index", "releases", "projects"),
        rows=[
            (row.month, row.ecosystem.value, f"{row.releases:,}", f"{row.projects:,}")
            for row in census.flash_ghosts
        ],
        notes=(
            (
                f"Releases that were removed within {minutes} minutes after their upload, of projects that no feed of this "
                "ledger has ever accused."
            ),
            told,
            (
                "The index does not say who removed a release: owners who corrected a mistake at once are among "
                "these. They are a question to the index, and an accusation of nobody."
            ),
        ),
    )


def _moment(moment: datetime | None) -> str:
    return _UNKNOWN if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _pinning(census: Census) -> Section:
    pinning = census.pinning
    ways = [
        (
            "repositories",
            "unknown" if one.way is None else one.way.value,
            *_share(one.repositories),
            bias_of(one.way),
        )
        for one in pinning.ways
    ]
    mixed = "a mixture of all ways: see each"
    return Section(
        title="Repositories and locks that pin a ghost",
        headings=(
            "what",
            "found by",
            "with a pin",
            "of",
            "share",
            "95 % interval",
            "what is sampled",
        ),
        rows=[
            *ways,
            ("repositories", "any way", *_share(pinning.repositories), mixed),
            ("locks", "any way", *_share(pinning.locks), mixed),
        ],
        notes=(
            (
                "Repositories that were read at their last visit, and locks (each content once) that still lie where "
                "they were seen; pins that an open finding calls confirmed or likely."
            ),
            (
                "The interval tells what chance does to a random sample. No way of finding repositories is one: a "
                "search asks for ghosts by name. So these are shares of what was looked at, and not of all "
                "repositories."
            ),
        ),
    )


def _share(share: Share) -> tuple[str, str, str, str]:
    if share.value is None or share.low is None or share.high is None:
        return f"{share.hits:,}", f"{share.of:,}", _NOTHING, _NOTHING
    interval = f"{100 * share.low:.2f} to {100 * share.high:.2f} %"
    return f"{share.hits:,}", f"{share.of:,}", f"{100 * share.value:.2f} %", interval


def _still_served(census: Census) -> Section:
    served = census.still_served
    asked = (
        f"Asked between {_moment(served.first)} and {_moment(served.last)}."
        if served.first is not None
        else "No file was asked yet; `ghostcrawl verify` does."
    )
    return Section(
        title="Still served after the removal",
        headings=("what", "answered 2xx", "of", "share", "95 % interval"),
        rows=[("files", *_share(served.files)), ("findings", *_share(served.findings))],
        notes=(
            (
                "Confirmed and likely findings (those whose pin is gone included), by the last HEAD of the pinned file. A file "
                "counts once, by its latest answer; findings of one file share its answer, so their interval is too narrow."
            ),
            asked,
            f"Not asked, or not answered: {served.not_asked:,} findings.",
        ),
    )


def _lifetimes(census: Census) -> Section:
    lives = census.lifetimes
    return Section(
        title="How long pins outlive the removal",
        headings=("pins", "measured", "unknown", "median", "nine in ten"),
        rows=[
            ("gone since", *_spread(lives.ended)),
            ("still there (at least so long)", *_spread(lives.still_there)),
        ],
        notes=(
            (
                "From the removal, or from the commit that brought the pin where that came later, to the commit that "
                "took it away, or to the visit that did not see it any more (it may have gone earlier)."
            ),
            (
                "Dates of commits are what their authors wrote. unknown: nobody states when the release was removed, "
                "or whether the pin was there by then."
            ),
            (
                f"{lives.entered_later:,} measured pins came after the removal; {lives.left_earlier:,} more were gone "
                "before it and are not measured."
            ),
        ),
    )
