"""`ghostcrawl report`: files for abuse desks and machines. Nothing is sent."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.reporting import FORMATS
from crawler.reporting.accusation import HELD_BACK, bar_of
from crawler.reporting.channels import channel_of
from crawler.reporting.correction import WITHDRAWN_FOLDER
from crawler.reporting.interface import DocumentKind
from crawler.reporting.text import counted
from workers.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model import Report
    from crawler.reporting import Edition
    from workers.ledger.case_reports import ReportSent
    from workers.reports.compose import Contents
    from workers.reports.plan import ReportPlan

__all__ = ["report"]


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
    help="Export formats to write; may be repeated. Default: "
    f"{', '.join(name for name, one in FORMATS.items() if one.default)}, and those that the folder has already.",
)
@click.option(
    "--tlp",
    type=click.Choice(["clear", "green", "amber", "amber+strict", "red"]),
    default="amber",
    show_default=True,
    help="To whom a reader may pass on indicators (Traffic Light Protocol 2.0).",
)
@click.option(
    "--select",
    metavar="WHAT",
    help="Report only campaign:ID or owner:HOST/OWNER, with one letter to each host; needs a folder of its own.",
)
@click.pass_obj
def report(
    session: Session, output: Path, formats: tuple[str, ...], tlp: str, select: str | None
) -> None:
    """Write the findings to files: for machines, abuse desks, the index, and owners whose work was hit.

    Read each letter before you send it. Only lures get one (docs/cases.md), and only for findings that were
    verified within a day: run verify first. A letter of an earlier report that no longer holds is moved to
    the folder `withdrawn`, with a correction for whoever received it.
    """
    from workers.reports.writing import write_report
    from workers.steps.drafting import drafts
    from workers.steps.selecting import selection_of

    wiring = session.wiring
    wiring.end_dismissals()
    campaigns = () if select is None else wiring.follow_campaigns()
    edition = replace(wiring.edition(wiring.clock()), tlp=f"TLP:{tlp.upper()}")
    with wiring.ledger.read() as conn:
        made = drafts(conn, edition, wiring.protected)
    edition = made.edition
    if select is not None:
        edition = replace(edition, selection=selection_of(select, made, campaigns))
    written = write_report(made.reports, output, formats, edition, made.to_correct)
    if written.strangers:
        session.say(
            f"{output} held {written.strangers} files that no manifest speaks of, perhaps of an earlier "
            "version: they are left as they are, so look which letters still hold"
        )
    if not formats or {"letter", "html"} & set(formats):
        _say_what_is_held_back(session, edition.selected(made.reports), edition)
        _say_who_was_told(session, made.told, written.plan)
    if "xarf" in formats and edition.mail is None:
        session.say("no XARF report was written: set [network] operator to a mail address")
    _say_where_letters_go(session, made.reports, written.plan, edition)
    _say_what_was_done(session, output, written.contents, written.plan, edition)


def _say_where_letters_go(
    session: Session, reports: Sequence[Report], plan: ReportPlan, edition: Edition
) -> None:
    """Say how the desk of each host is reached, which no letter tells its reader."""
    told = {key for one in plan.writes if one.kind is DocumentKind.LETTER for key in one.findings}
    hosts = {
        one.finding.repository.host: one.finding.repository
        for one in reports
        if one.finding.key in told
    }
    for host, repository in sorted(hosts.items()):
        channel = channel_of(repository, edition.software)
        asks = "" if channel.asks is None else f". The desk asks for {channel.asks}"
        session.say(f"letters to {host} go to its desk: {channel.how}{asks}")


def _say_what_is_held_back(session: Session, reports: Sequence[Report], edition: Edition) -> None:
    barred = Counter(bar_of(report, edition.at) for report in reports)
    for bar, why in HELD_BACK.items():
        if barred[bar]:
            session.say(f"{counted(barred[bar], 'finding')} without a letter: {why}")


def _say_who_was_told(session: Session, told: Sequence[ReportSent], plan: ReportPlan) -> None:
    """Say which cases wait for an answer, and whom the new corrections must reach."""
    waits = sum(one.waits for one in told)
    if waits:
        session.say(
            f"{counted(waits, 'case')} {'was' if waits == 1 else 'were'} reported before and got no letter"
            " again, unless there is something new; note what came of it with `cases outcome`"
        )
    corrected = {one.repository for one in plan.writes if one.kind is DocumentKind.CORRECTION}
    for one in told:
        if one.repository in corrected:
            ways = ", ".join(one.channels)
            session.say(f"case {one.key} was reported over {ways}: send its correction there")


def _say_what_was_done(
    session: Session, output: Path, contents: Contents, plan: ReportPlan, edition: Edition
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
        if name in contents.stays
        and record.kind is DocumentKind.LETTER
        and not edition.told.issuperset(record.findings)
    ]
    if waiting:
        session.say(
            f"{counted(len(waiting), 'letter')} of an earlier report {'was' if len(waiting) == 1 else 'were'} not verified within a day; run verify "
            "before you send them"
        )
    kinds = Counter(record.kind for record in plan.after.values())
    letters, notices = kinds[DocumentKind.LETTER], kinds[DocumentKind.NOTICE]
    texts = [counted(letters, "letter")] if letters else ["no letters"]
    texts += [counted(notices, "notice")] if notices else []
    advice = " and ".join(texts)
    if letters or notices:
        advice += ": read each before you send it"
    session.say(
        f"{counted(len(plan.after), 'file')} in {output}, {len(plan.writes)} of them new or changed; {advice}"
    )
