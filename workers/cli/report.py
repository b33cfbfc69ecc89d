"""`ghostcrawl report`: files for abuse desks and machines. Nothing is ever sent."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler import pipeline
from crawler.errors import ConfigurationError
from crawler.model import Confidence
from crawler.reporting.registry import RENDERERS
from workers.cli.session import Session

if TYPE_CHECKING:
    from crawler.reporting.interface import Document

__all__ = ["report", "write_document"]

_STALE_AFTER = timedelta(days=1)


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
    type=click.Choice([r.format for r in RENDERERS]),
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
    with wiring.ledger.read() as conn:
        reports = list(findings.reports(conn, minimum=Confidence.CENSUS))
        stale = set(findings.unverified(conn, wiring.clock() - _STALE_AFTER))
    fresh = [r for r in reports if r.finding.key not in stale]
    names = formats or tuple(r.format for r in RENDERERS)
    written = 0
    for name in names:
        chosen = fresh if name == "letter" else reports
        for document in pipeline.render(chosen, [name]):
            write_document(output, document)
            written += 1
    if stale and "letter" in names:
        session.say(
            f"{len(stale)} findings were not verified within a day and got no letter; run verify"
        )
    session.say(f"{written} files written to {output}; read each letter before you send it")


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
