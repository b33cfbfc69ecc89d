"""What pins ghosts, what is served still, and who fetched it, in words (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workers.census.samples import bias_of
from workers.census.section import (
    Chart,
    Section,
    moment_text,
    share_cells,
    spread_cells,
    without_holes,
)

if TYPE_CHECKING:
    from workers.census.counting import Census
    from workers.census.sampled_files import SampledFiles

__all__ = ["downloads_section", "lifetimes_section", "pinning_section", "still_served_section"]


def pinning_section(census: Census) -> Section:
    """Return which share of what was read pins a ghost."""
    pinning = census.pinning
    ways = [
        (
            "repositories",
            "unknown" if one.way is None else one.way.value,
            *share_cells(one.repositories),
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
            ("repositories", "any way", *share_cells(pinning.repositories), mixed),
            ("locks", "any way", *share_cells(pinning.locks), mixed),
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


def still_served_section(census: Census) -> Section:
    """Return which files the host still serves."""
    served, sampled = census.still_served, census.sampled
    asked = (
        f"Asked between {moment_text(served.first)} and {moment_text(served.last)}."
        if served.first is not None
        else "No file was asked yet; `ghostcrawl verify` does."
    )
    return Section(
        title="Still served after the removal",
        headings=("what", "answered 2xx", "of", "share", "95 % interval"),
        rows=[
            ("pinned files", *share_cells(served.files)),
            ("findings", *share_cells(served.findings)),
            *(
                []
                if sampled is None
                else [("files of removed releases", *share_cells(sampled.served))]
            ),
        ],
        notes=(
            (
                "Confirmed and likely findings (those whose pin is gone included), by the last HEAD of the pinned file. A file "
                "counts once, by its latest answer; findings of one file share its answer, so their interval is too narrow."
            ),
            asked,
            f"Not asked, or not answered: {served.not_asked:,} findings.",
            _sampled(sampled),
        ),
    )


def _sampled(sampled: SampledFiles | None) -> str:
    if sampled is None:
        return (
            "Files that no lock pins were not asked about; `ghostcrawl census --sample 200` does."
        )
    ended = f" It ended early: {sampled.why}." if sampled.why else ""
    return (
        f"Files of removed releases: a random sample of the {sampled.known:,} files of the Python index that are called "
        "malicious, in quarantine or removed and of which the ledger knows the path, one HEAD each when this page was "
        f"made. Not answered: {sampled.not_answered:,}.{ended}"
    )


def downloads_section(census: Census) -> Section:
    """Return who fetched named releases."""
    downloads = census.downloads
    title = "Downloads by installer"
    headings = (
        "installer",
        "downloads",
        "in months after the removal",
        "removal unknown",
        "releases",
    )
    if downloads is None:
        note = (
            "The index's own table of downloads was not asked: `ghostcrawl census --print-sql` prints the query, and "
            "`--downloads FILE` reads the result."
        )
        return Section(title=title, headings=headings, rows=(), notes=(note,))
    return Section(
        title=title,
        headings=headings,
        rows=[
            (
                one.installer,
                *(f"{n:,}" for n in (one.downloads, one.after_removal, one.undated, one.releases)),
            )
            for one in downloads.installers
        ],
        notes=(
            (
                "From a result of the index's public table of downloads, for the projects that the query names. A "
                "download is a request for a file: mirrors, scanners and researchers fetch files too, and installers "
                "name themselves."
            ),
            (
                "The table counts by month, so only months after that of the removal are after it; the month of the "
                "removal itself is not."
            ),
            f"Rows that could not be read: {len(downloads.skipped):,}.",
        ),
        charts=(
            Chart(title="downloads of named releases, by month", bars=_filled(downloads.months)),
        ),
    )


def _filled(months: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    counted = dict(months)
    return [(month, counted.get(month, 0)) for month in without_holes(sorted(counted))]


def lifetimes_section(census: Census) -> Section:
    """Return how long pins stayed."""
    lives = census.lifetimes
    return Section(
        title="How long pins outlive the removal",
        headings=("pins", "measured", "unknown", "median", "nine in ten"),
        rows=[
            ("gone since", *spread_cells(lives.ended)),
            ("still there (at least so long)", *spread_cells(lives.still_there)),
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
