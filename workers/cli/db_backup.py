"""`ghostcrawl db backup` and `restore`: the ledger in one file, and back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from crawler.errors import StoreError, UsageError
from workers.cli.session import Session

__all__ = ["backup", "restore"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(session: Session, file: Path) -> None:
    """Write the whole ledger into a new file, while workers go on.

    The file is an SQLite ledger, of PostgreSQL too, for this user alone: it names whom you may report.
    """
    from workers.ledger.backups import back_up

    ledger = session.wiring.unchecked_ledger
    if session.settings.database_url.startswith("postgres"):
        ledger = session.wiring.ledger
    try:
        back_up(ledger, file)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already; name a new file") from error
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror}") from error
    click.echo(f"{file}: {file.stat().st_size:,} bytes, schema {ledger.current()}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Restore in the place of all that the ledger holds.")
@click.pass_obj
def restore(session: Session, file: Path, *, replace: bool) -> None:
    """Fill the ledger from a backup, once it was checked.

    A backup of an older schema is migrated. Results of workers that began before are refused, turns end,
    and what hosts were asked, asked for, or are paused by a person is kept of the ledger before.
    """
    from workers.ledger import proofs
    from workers.ledger.backups import opened_copy
    from workers.ledger.restoring import is_empty
    from workers.ledger.restoring import restore as put_back

    if not file.is_file():
        raise UsageError(f"no backup at {file}; name a file that `ghostcrawl db backup` wrote")
    wiring = session.wiring
    with TemporaryDirectory(prefix="restore-", dir=wiring.state_dir) as folder:
        saved = opened_copy(file, Path(folder))
        try:
            with saved.read() as source:
                broken = proofs.verify_chain(source)
                if broken is not None:
                    msg = f"{file}: evidence {broken.id} was changed; restore another backup"
                    raise StoreError(msg)
                ledger = wiring.unchecked_ledger
                with ledger.read() as conn:
                    if not replace and not is_empty(conn):
                        msg = "the ledger is not empty; --replace puts the backup in its place"
                        raise UsageError(msg)
                ledger.upgrade()
                ledger.check()
                rows = ledger.transaction(lambda conn: put_back(source, conn, wiring.clock()))
        finally:
            saved.close()
    click.echo(f"{rows:,} rows restored from {file}; workers go on with what is due")
