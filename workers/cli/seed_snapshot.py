"""`ghostcrawl seed export` and `seed import`: what was learned, as one file, for machines that poll nobody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crawler.errors import FeedError
from crawler.reporting.text import counted
from workers.cli.feed_ages import age_text
from workers.cli.hunting import hunt
from workers.cli.session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from workers.snapshot.envelope import Envelope
    from workers.snapshot.importing import Imported

__all__ = ["export", "import_"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def export(session: Session, file: Path) -> None:
    """Write what the feeds of the network have said into FILE, signed where a key is configured."""
    from workers import signing
    from workers.snapshot import envelope
    from workers.snapshot.content import pack
    from workers.snapshot.exporting import Taken

    key = session.settings.feeds.snapshot_signing_key
    with session.wiring.ledger.read() as conn:
        taken = Taken(conn, session.wiring.clock())
        heading = taken.heading
        records = sum(state.records for state in heading.feeds)
        if not records:
            msg = "there is nothing to export; run `ghostcrawl seed --from all` first"
            raise FeedError(msg)
        payload = pack(heading, taken.records())
    signature = None if key is None else signing.sign(envelope.statement(payload), key, "snapshot")
    size = envelope.write(file, envelope.Envelope(payload=payload, signature=signature))
    how = "not signed" if signature is None else f"signed by a key of {signature.kind}"
    session.say(
        f"{file}: {counted(records, 'record')} of {counted(len(heading.feeds), 'feed')}, {counted(size, 'byte')}, {how}"
    )
    session.say(
        f"left out: {heading.left_out:,} entries of the journal on projects that nobody accuses, "
        f"{counted(len(taken.imported), 'feed')} that {'was' if len(taken.imported) == 1 else 'were'} read from files of this machine"
    )


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--accept-change",
    is_flag=True,
    help="Accept a snapshot that changes more than 10 % of the accusations of a feed.",
)
@click.pass_obj
def import_(session: Session, file: Path, *, accept_change: bool) -> int:
    """Take in FILE, which `seed export` wrote; then hunt in the locks that are stored already."""
    from workers.ledger.left_out import of_skipped
    from workers.snapshot import envelope
    from workers.snapshot.content import SnapshotContent
    from workers.snapshot.importing import take_in

    wiring, now = session.wiring, session.wiring.clock()
    arrived = envelope.read(file)
    _check(session, arrived)
    imported = take_in(
        wiring.ledger,
        SnapshotContent(arrived.payload),
        now,
        wiring.protected,
        accept_change=accept_change,
    )
    _tell(session, file, imported, now)
    hunt(session)
    session.say_not_looked_at(of_skipped(imported.skipped))
    return 0


def _check(session: Session, arrived: Envelope) -> None:
    """Check the signature; raises FeedError for one of nobody who is trusted."""
    from workers import signing
    from workers.snapshot import envelope

    keys = session.settings.feeds.snapshot_public_keys
    if keys is None:
        session.say("the signature is not checked: feeds.snapshot_public_keys is not set")
        return
    signing.check(envelope.statement(arrived.payload), arrived.signature, keys, "snapshot")


def _tell(session: Session, file: Path, imported: Imported, now: datetime) -> None:
    for state in imported.taken:
        session.say(
            f"{state.feed}: {counted(state.records, 'record')}, last answer {age_text(state.answered_at, now)}"
        )
    for state in imported.kept:
        session.say(f"{state.feed}: as much or more is known here, nothing was taken")
    session.say(f"{file}: verdicts of {counted(len(imported.projects), 'project')} changed")
