"""The command tree. Findings go to stdout, all else to stderr; exit codes are in `docs/cli.md`."""

from __future__ import annotations

import errno
import gc
import importlib
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from crawler import __version__
from crawler.errors import GhostcrawlError, Stop, StoreError
from crawler.reporting.text import plain
from workers import environment
from workers.cli.called import as_called, program
from workers.cli.session import Session

__all__ = ["COMMANDS", "cli", "main", "run"]

COMMANDS = {
    "budget": "workers.cli.budget:budget",
    "campaigns": "workers.cli.campaigns:campaigns",
    "cases": "workers.cli.cases:cases",
    "census": "workers.cli.census:census",
    "console": "workers.cli.console:console",
    "coverage": "workers.cli.coverage:coverage",
    "crawl": "workers.cli.crawl:crawl",
    "db": "workers.cli.db:db",
    "demo": "workers.cli.demo:demo",
    "doctor": "workers.cli.doctor:doctor",
    "evidence": "workers.cli.evidence:evidence",
    "feeds": "workers.cli.feeds:feeds",
    "findings": "workers.cli.findings:findings",
    "ghosts": "workers.cli.ghosts:ghosts",
    "hosts": "workers.cli.hosts:hosts",
    "leads": "workers.cli.leads:leads",
    "pins": "workers.cli.pins:pins",
    "report": "workers.cli.report:report",
    "run": "workers.cli.run:run",
    "scan": "workers.cli.scan:scan",
    "seed": "workers.cli.feeds:seed",
    "status": "workers.cli.status:status",
    "test": "workers.cli.test:test",
    "verify": "workers.cli.verify:verify",
    "version": "workers.cli.version:version",
    "worker": "workers.cli.worker:worker",
}
"""Every command and where it lives; imported only when it is used, for a fast start."""

_PARTIAL = 3
_BUG = 70
_READER_GONE = 141
"""128 + SIGPIPE, as shells count."""
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_INTERRUPTED = 130
_YOUNG_OBJECTS = 50_000
"""Made before the collector looks for garbage in cycles, of which there is little: a fifth of a scan's time."""
_SILENT = frozenset({"scan", "version"})
"""Commands of which no part logs: they read what is there and ask nobody."""


class LazyGroup(click.Group):
    """Imports a command when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None where there is no such name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        gc.disable()  # nothing that is imported is garbage; looking for some is a tenth of the start
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        finally:
            gc.enable()
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ghostcrawl")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Configuration file (TOML).")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Where the state lives.")
@click.option(
    "--database-url", help="SQLAlchemy URL of the ledger; default: SQLite in --state-dir."
)
@click.option("--broker-url", help="Redis or Valkey URL; default: an own Valkey in --state-dir.")
@click.option("--metrics", help="Show metrics and health at HOST:PORT.")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), help="How log lines are written."
)
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@click.option(
    "--progress",
    type=click.Choice(["auto", "bar", "plain", "none"]),
    default="auto",
    show_default=True,
    help="How progress is shown on stderr.",
)
@click.option("-v", "--verbose", count=True, help="Log more; twice for all.")
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - click's own
    """Find repositories whose locks still install removed malicious packages."""
    level = _LEVELS[min(options["verbose"], len(_LEVELS) - 1)]
    _listen(level, ctx.invoked_subcommand, options["log_format"])
    ctx.obj = session = Session(**options)
    ctx.call_on_close(session.close)


def _listen(level: int, command: str | None, style: str | None) -> None:
    """Set up the logs: at once, or for a command that logs nothing itself when a library first does.

    A configuration file that says how lines are written is read later, by `run` and `worker`.
    """
    if command in _SILENT and level == logging.WARNING:
        logging.basicConfig(handlers=[_Later()], level=level, force=True)
        return
    from workers import telemetry

    as_json = (style or os.environ.get("GHOSTCRAWL_LOG_FORMAT")) == telemetry.LogStyle.JSON
    chosen = telemetry.LogStyle.JSON if as_json else telemetry.LogStyle.TEXT
    telemetry.configure(style=chosen, level=level)


class _Later(logging.Handler):
    """Sets up the logs when there is something to log: structlog, and rich with it, takes 0.1 s of every start."""

    def emit(self, record: logging.LogRecord) -> None:
        """Set them up, and let them have `record`."""
        from workers import telemetry

        telemetry.configure(level=logging.WARNING)
        logging.getLogger(record.name).handle(record)


def run(words: Sequence[str] | None = None) -> int:
    """Run one command line (default: that of this process); return its exit code, never raise."""
    try:
        result = cli.main(words, prog_name=program(), standalone_mode=False)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - Python itself would end with 1: findings
        return _ended(error)
    return result if isinstance(result, int) else 0


def _ended(error: BaseException) -> int:
    """Tell the user how a command ended, and return the exit code for that."""
    match error:
        case click.exceptions.Abort():
            _say("interrupted; the state is saved, run the command again to go on")
            code = _INTERRUPTED
        case click.ClickException():
            error.show()
            code = error.exit_code
        case GhostcrawlError():
            _say(f"ghostcrawl: {error}")
            code = error.exit_code if isinstance(error, Stop) else _PARTIAL
        case OSError(errno=errno.ENOSPC):
            _say("ghostcrawl: no space left on the device; make room, then run the command again")
            code = StoreError.exit_code
        case _ if _is_of_broker(error):
            _say(f"ghostcrawl: the broker failed: {error}; see `ghostcrawl doctor`")
            code = StoreError.exit_code
        case SystemExit():  # click's answer to a reader that went away
            code = _READER_GONE
        case _:
            code = _crashed(error)
    return code


def _is_of_broker(error: BaseException) -> bool:
    """Say whether a client of the broker has raised it; none is loaded for a command that asks no broker."""
    loaded = (("redis.exceptions", "RedisError"), ("kombu.exceptions", "OperationalError"))
    kinds = (getattr(sys.modules.get(module), name, None) for module, name in loaded)
    return any(kind is not None and isinstance(error, kind) for kind in kinds)


def _say(text: str) -> None:
    # What an error quotes may be foreign: the answer of a feed, the name of a file.
    click.echo(plain(as_called(text), keep="\n"), err=True)


def _crashed(error: BaseException) -> int:
    """Say that it is a bug, and where the details are; they may hold foreign text."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="ghostcrawl-crash-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write("".join(traceback.format_exception(error)))
    _say(f"ghostcrawl: this is a bug ({type(error).__name__}); please report it with {file.name}")
    return _BUG


def main() -> None:
    """Run the command line of this process and exit with its code."""
    environment.clean(os.environ)
    gc.set_threshold(_YOUNG_OBJECTS)
    sys.exit(_written_out(run()))


def _written_out(code: int) -> int:
    """Write what standard output still holds, and return the exit code.

    Where that fails it is dropped: Python would try again when it ends, and end with 120. Source: Python, "Note on
    SIGPIPE".
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        is_new = error.errno == errno.ENOSPC and code != StoreError.exit_code
        return _ended(error) if is_new else code
    return code


if __name__ == "__main__":
    main()
