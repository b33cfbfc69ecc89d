"""The command tree. Findings go to stdout, all else to stderr; exit codes are in `docs/cli.md`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from crawler import __version__
from crawler.errors import GhostcrawlError, Stop
from workers.cli.session import Session

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "crawl": "workers.cli.crawl:crawl",
    "db": "workers.cli.db:db",
    "demo": "workers.cli.demo:demo",
    "doctor": "workers.cli.doctor:doctor",
    "feeds": "workers.cli.feeds:feeds",
    "findings": "workers.cli.findings:findings",
    "ghosts": "workers.cli.ghosts:ghosts",
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

_INTERRUPTED = 130
_BUG = 70


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
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ghostcrawl")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Configuration file (TOML).")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Where the state lives.")
@click.option(
    "--database-url", help="SQLAlchemy URL of the ledger; default: SQLite in --state-dir."
)
@click.option("--broker-url", help="Redis or Valkey URL; default: an own Valkey in --state-dir.")
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
    ctx.obj = Session(**options)


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        result = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted; the state is saved, run the command again to go on", err=True)
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Stop as error:
        click.echo(f"ghostcrawl: {error}", err=True)
        sys.exit(error.exit_code)
    except GhostcrawlError as error:
        click.echo(f"ghostcrawl: {error}", err=True)
        sys.exit(3)
    except BrokenPipeError:
        sys.exit(_BUG)
    sys.exit(result if isinstance(result, int) else 0)


if __name__ == "__main__":
    main()
