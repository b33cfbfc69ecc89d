"""`ghostcrawl report`: files for abuse desks and machines. Nothing is ever sent."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler import pipeline
from crawler.errors import ConfigurationError
from crawler.model import Confidence
from crawler.reporting import RENDERERS, Edition
from crawler.reporting.accusation import Bar, bar_of
from workers.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.model import Report
    from crawler.reporting.interface import Document

__all__ = ["report", "write_document"]

_HELD_BACK = {
    Bar.UNVERIFIED: "findings were not verified within a day and got no letter; run verify",
    Bar.QUESTIONED: "findings have open questions and got no letter; a person decides about them",
    Bar.NOT_SERVED: "findings pin files that are no longer served; they are history and got no letter",
}


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("ghostcrawl-report"),
    show_default=True,
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(list(RENDERERS)),
    help="Default: all of them.",
)
@click.pass_obj
def report(session: Session, output: Path, formats: tuple[str, ...]) -> None:
    """Write the findings to files: JSON Lines, and a letter per repository with confirmed ones.

    Read each letter before you send it. Findings that were not verified within a day get none; run
    verify first.
    """
    from workers.ledger import findings

    wiring = session.wiring
    edition = Edition(at=wiring.clock(), contact=session.settings.network.operator)
    with wiring.ledger.read() as conn:
        reports = list(findings.reports(conn, minimum=Confidence.CENSUS))
    names = formats or tuple(RENDERERS)
    documents = list(pipeline.render(reports, names, edition))
    for document in documents:
        write_document(output, document)
    if "letter" in names:
        _say_what_is_held_back(session, reports, edition)
    session.say(f"{len(documents)} files written to {output}; read each letter before you send it")


def _say_what_is_held_back(session: Session, reports: Sequence[Report], edition: Edition) -> None:
    counted = Counter(bar_of(report, edition.at) for report in reports)
    for bar, sentence in _HELD_BACK.items():
        if counted[bar]:
            session.say(f"{counted[bar]} {sentence}")


def write_document(folder: Path, document: Document) -> None:
    """Write a document whole or not at all; raises ConfigurationError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".writing-")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(document.text)
        Path(name).replace(folder / document.name)
    except OSError as error:
        msg = f"{folder / document.name} cannot be written: {error.strerror}"
        raise ConfigurationError(msg) from error
