"""What every command gets: the options before the command, and how to speak to the user."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import click

from crawler.reporting.text import plain
from workers.cli.called import as_called
from workers.cli.terminal import LivingLine, lives

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workers.ledger.left_out import LeftOut
    from workers.settings import Settings
    from workers.wiring import Wiring

__all__ = ["Session", "json_line", "left_out_sentence"]

_MOST_LEFT_OUT = 20


@dataclass(kw_only=True)
class Session:
    """The options of one call of `ghostcrawl`."""

    config: Path | None
    state_dir: Path | None
    database_url: str | None
    broker_url: str | None
    quiet: bool
    progress: str
    verbose: int
    metrics: str | None = None
    log_format: str | None = None

    @cached_property
    def settings(self) -> Settings:
        """Read the settings, once; with -v it is said from which files."""
        from workers import settings

        loaded = settings.load(
            config=self.config,
            state_dir=self.state_dir,
            database_url=self.database_url,
            broker_url=self.broker_url,
            metrics=self.metrics,
            log_format=self.log_format,
        )
        if self.verbose:
            read_from = ", ".join(self.configuration_files) or "no file"
            self.say(f"configuration: {read_from}")
        return loaded

    @property
    def configuration_files(self) -> Sequence[str]:
        """The files that the settings are read from, the strongest first."""
        from workers.settings import configuration_files

        return [str(file) for file in configuration_files(self.config)]

    @cached_property
    def wiring(self) -> Wiring:
        """Put the parts together, once; the ledger is opened and brought up to date."""
        from workers.wiring import Wiring

        return Wiring(self.settings)

    def close(self) -> None:
        """Close what the command has opened."""
        self.end_progress()
        if "wiring" in vars(self):
            self.wiring.close()

    @property
    def live(self) -> bool:
        """Whether progress may rewrite its line."""
        if self.progress == "auto":
            return lives() and not self.quiet
        return self.progress == "bar" and not self.quiet

    def say(self, text: str) -> None:
        """Tell the user something that is no finding."""
        self.end_progress()
        if not self.quiet:
            click.echo(plain(as_called(text), keep="\n"), err=True)

    def show_progress(self, text: str, done: int = 0, total: int | None = None) -> None:
        """Show how far it is: one living line on a terminal, plain lines otherwise."""
        if self.quiet or self.progress == "none":
            return
        if self.live:
            self._line.show(text, done, total)
        else:
            click.echo(plain(text), err=True)

    @cached_property
    def _line(self) -> LivingLine:
        return LivingLine()

    def end_progress(self) -> None:
        """Leave the living line; the next progress begins another."""
        if "_line" in vars(self):
            self._line.end()
            del self._line

    def say_not_looked_at(
        self, left: Sequence[LeftOut], *, rest: str = "", looked: bool = True
    ) -> None:
        """End a run with what was not looked at, and why; `rest` says where the whole list is.

        Nothing is complete where nobody has `looked` at any repository yet.
        """
        if not left and not looked:
            self.say("coverage: no repository was looked at yet; run `ghostcrawl crawl`")
            return
        if not left:
            self.say("coverage: complete")
            return
        self.say(f"not looked at ({sum(one.times for one in left)}):")
        for one in left[:_MOST_LEFT_OUT]:
            self.say(plain(f"  {left_out_sentence(one)}"))  # one line, whatever a name holds
        if more := left[_MOST_LEFT_OUT:]:
            things = sum(one.times for one in more)
            self.say("; ".join(filter(None, (f"  and {things} more", rest))))


def left_out_sentence(one: LeftOut) -> str:
    """Return what was not looked at, and why, on one line."""
    known = one.where[:1]
    more = one.times - len(known)
    others = f"and {more} more" if known and more else f"({more} times)" if more > 1 else ""
    return f"{' '.join(filter(None, (one.place, *known, others)))}: {one.reason}"


def json_line(value: object) -> str:
    """Return `value` as one line of JSON, in ASCII, so that no terminal interprets foreign text."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True)
