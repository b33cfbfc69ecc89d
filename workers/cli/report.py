"""`ghostcrawl report`: files for abuse desks and machines. Nothing is ever sent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.model import Confidence
from crawler.reporting import FORMATS, Edition
from crawler.reporting.accusation import Bar, bar_of
from crawler.reporting.correction import WITHDRAWN_FOLDER
from crawler.reporting.interface import DocumentKind
from crawler.reporting.text import counted
from workers.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model import Report
    from workers.reports.compose import Contents
    from workers.reports.plan import ReportPlan

__all__ = ["report"]

_HELD_BACK = {
    Bar.PRIVATE: "in a private repository, which no abuse desk is told of",
    Bar.UNVERIFIED: "not verified within a day; run verify",
    Bar.QUESTIONED: "open questions; a person decides about them",
    Bar.NOT_SERVED: "the pinned file is no longer served, which makes it history",
}


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("ghostcrawl-report"),
    show_default=True,
    help="Folder of the report; what an earlier report has put there is kept up to date.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(FORMATS)),
    help="Export formats to write; may be repeated. Default: all.",
)
@click.option(
    "--tlp",
    type=click.Choice(["clear", "green", "amber", "amber+strict", "red"]),
    default="amber",
    show_default=True,
    help="To whom a reader may pass on indicators (Traffic Light Protocol 2.0).",
)
@click.pass_obj
def report(session: Session, output: Path, formats: tuple[str, ...], tlp: str) -> None:
    """Write the findings to files: for machines, for the abuse desk of each host, for the index.

    Read each letter before you send it. Findings that were not verified within a day get none; run
    verify first. What no longer holds of the letters that an earlier report has put there is moved to
    the folder `withdrawn`, with a correction for whoever received them.
    """
    from workers.ledger import findings
    from workers.reports.writing import write_report

    wiring = session.wiring
    wiring.end_dismissals()
    edition = Edition(
        at=wiring.clock(),
        contact=session.settings.network.operator,
        tlp=f"TLP:{tlp.upper()}",
        registries=wiring.registries,
    )
    names = formats or tuple(FORMATS)
    with wiring.ledger.read() as conn:
        reports = list(findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True))
    written = write_report(reports, output, names, edition)
    if written.strangers:
        session.say(
            f"{output} held {written.strangers} files that no manifest speaks of, perhaps of an earlier "
            "version: they are left as they are, so look which letters still hold"
        )
    if "letter" in names:
        _say_what_is_held_back(session, reports, edition)
    _say_what_was_done(session, output, written.contents, written.plan)


def _say_what_is_held_back(session: Session, reports: Sequence[Report], edition: Edition) -> None:
    barred = Counter(bar_of(report, edition.at) for report in reports)
    for bar, why in _HELD_BACK.items():
        if barred[bar]:
            session.say(f"{counted(barred[bar], 'finding')} without a letter: {why}")


def _say_what_was_done(
    session: Session, output: Path, contents: Contents, plan: ReportPlan
) -> None:
    for note in plan.notes:
        session.say(f"{output}: {note}")
    corrections = [one for one in plan.writes if one.kind is DocumentKind.CORRECTION]
    if corrections:
        session.say(
            f"{counted(len(corrections), 'letter')} said what no longer holds: send the corrections in "
            f"{output / WITHDRAWN_FOLDER} to whoever received them"
        )
    waiting = [
        record
        for name, record in plan.after.items()
        if name in contents.stays and record.kind is DocumentKind.LETTER
    ]
    if waiting:
        session.say(
            f"{counted(len(waiting), 'letter')} of an earlier report {'was' if len(waiting) == 1 else 'were'} not verified within a day; run verify "
            "before you send them"
        )
    session.say(
        f"{counted(len(plan.after), 'file')} in {output}, {len(plan.writes)} of them new or changed; read each letter "
        "before you send it"
    )
