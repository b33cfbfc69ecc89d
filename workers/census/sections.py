"""The census in words: for each question a table, what may be drawn of it, and what it does not tell (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from workers.census.pin_sections import (
    downloads_section,
    lifetimes_section,
    pinning_section,
    still_served_section,
)
from workers.census.removals import FLASH, Stay
from workers.census.section import (
    UNKNOWN,
    Chart,
    Section,
    moment_text,
    span_text,
    spread_cells,
    without_holes,
)
from workers.census.stories import Happening

if TYPE_CHECKING:
    from crawler.model import Ecosystem
    from workers.census.counting import Census

__all__ = ["sections_of", "sums_of"]


def sections_of(census: Census) -> tuple[Section, ...]:
    """Return the census, question by question."""
    return (
        _months(census),
        _stays(census),
        _flash_ghosts(census),
        pinning_section(census),
        still_served_section(census),
        lifetimes_section(census),
        downloads_section(census),
    )


def sums_of(census: Census) -> tuple[tuple[str, str], ...]:
    """Return what the census comes to: a question in a few words, and its number."""
    served, pinning, lives = census.still_served.files, census.pinning, census.lifetimes
    flashes = sum(one.releases for one in census.flash_ghosts)
    named = sum(one.projects for one in census.months if one.happening is Happening.NAMED)
    stays = {one.ecosystem: one.spread for one in census.stays if one.accused and _is_removal(one)}
    return (
        ("projects named malicious", f"{named:,}"),
        *(
            (f"median stay of named releases, {index}", span_text(spread.median_seconds))
            for index, spread in stays.items()
        ),
        ("flash ghosts, never named", f"{flashes:,}"),
        ("pinned files still served", f"{served.hits:,} of {served.of:,}"),
        (
            "repositories with a ghost, of those read",
            f"{pinning.repositories.hits:,} of {pinning.repositories.of:,}",
        ),
        ("median life of pins that are still there", span_text(lives.still_there.median_seconds)),
    )


def _is_removal(one: Stay) -> bool:
    return one.until is Happening.REMOVED


def _months(census: Census) -> Section:
    rows = [
        (
            row.happening.value,
            row.month or UNKNOWN,
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
        bars = [(month, by_month[month]) for month in without_holes(months)]
        if None in by_month:
            bars.append((UNKNOWN, by_month[None]))
        title = f"{ecosystem.value}: projects {happening.value}, by month"
        yield Chart(title=title, bars=bars)


def _stays(census: Census) -> Section:
    rows = [
        (
            row.ecosystem.value,
            "named malicious" if row.accused else "taken away, not accused",
            f"upload to {'quarantine' if row.until is Happening.QUARANTINED else 'removal'}",
            *spread_cells(row.spread),
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


def _flash_ghosts(census: Census) -> Section:
    minutes = FLASH // timedelta(minutes=1)
    stretch = census.journal
    told = (
        f"The ledger has the journal from {moment_text(stretch.first)} to {moment_text(stretch.last)}; before and after "
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
