"""The tour: the commands a user would type, run for real against the loopback world."""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns, rmtree
from typing import TYPE_CHECKING

from workers.demo.cases.case import FORGE, GIT, GITHUB
from workers.demo.world import clone_urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from workers.demo.model import World
    from workers.demo.server import WorldServer

__all__ = ["SCALE", "TOKEN_FILE", "Tour", "configuration", "stronger_than_the_file", "typed"]

SCALE = 120.0
"""A minute of the hosts' limits passes in half a second of the demo."""
TOKEN_FILE = "github-token"  # noqa: S105 - the name of a file
"""Beside the configuration; the fake GitHub takes any token."""
URLS = "urls.txt"
"""Beside the configuration as well: the clone URLs that an operator has for the plain Git host."""
_FEEDS = "osv-mal,quarantine-feed"
_DRAINED = 30.0
"""Seconds for what is under way when the watch is ended."""
_NO_SETTINGS = {"GHOSTCRAWL_CONFIG", "GHOSTCRAWL_CALLED_AS", "GHOSTCRAWL_TEST_SCHEMAS"}
_TOKEN = "GHOSTCRAWL_DEMO_TOKEN"  # noqa: S105 - the name of a variable


MARK = "# written by `ghostcrawl demo`, which overwrites it"
"""The first line of a configuration that a demo may replace."""


def configuration(server: WorldServer) -> str:
    """Return the `ghostcrawl.toml` that leads to `server`; every name in it is a reserved one."""
    routes = "\n".join(f'"{host}" = "{base}"' for host, base in server.connect_to.items())
    return f"""\
{MARK}
state_dir = "state"

[registries.pypi]
index_url = "https://index.example/simple/"
journal_url = "https://index.example/pypi"
mirrors = ["https://mirror.example/simple/"]
viewer_url = "https://viewer.example"

[hosts."{GITHUB}"]
kind = "github"
web_url = "https://{GITHUB}"
api_url = "https://api.{GITHUB}"
graphql_url = "https://api.{GITHUB}/graphql"
token_env = "{_TOKEN}"
token_file = "{TOKEN_FILE}"

[hosts."{GITHUB}".watch]
list = "1d"
sweep = "10m"
refs = "all"

[hosts."{FORGE}"]
kind = "forgejo"
web_url = "https://{FORGE}"
api_url = "https://{FORGE}"

[hosts."{FORGE}".watch]
list = "10m"
refs = "all"

[hosts."{GIT}"]
kind = "git"
web_url = "https://{GIT}"

[hosts."{GIT}".watch]
repos = "{URLS}"
refs = "all"

[feeds]
osv_url = "https://osv.example/osv"
kam193_url = ""
datadog_url = ""
journal_since = 0

[network]
operator = "demo@git.example"
project_url = "https://{GIT}/ghostcrawl"
scale = {SCALE}

[network.connect_to]
{routes}
"""


def typed(config: Path, words: Sequence[str]) -> str:
    """Return a command as it can be typed into a shell in the current folder, behind its prompt."""
    return shlex.join(["ghostcrawl", "-c", *(_from_here(word) for word in (str(config), *words))])


def stronger_than_the_file(environment: Iterable[str]) -> tuple[str, ...]:
    """Return the variables that override the configuration which a typed command names."""
    ours = {one for one in environment if one.startswith("GHOSTCRAWL_")}
    return tuple(sorted(ours - _NO_SETTINGS))


def _from_here(word: str) -> str:
    here = f"{Path.cwd()}{os.sep}"
    return word.removeprefix(here)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """One tour; a second one in the same folder goes on with its ledger."""

    world: World
    server: WorldServer
    folder: Path
    say: Callable[[str], None]

    @property
    def config(self) -> Path:
        """The configuration that leads to the world and to the state of the tour."""
        return self.folder / "ghostcrawl.toml"

    @property
    def report(self) -> Path:
        """Where the report lies in the end."""
        return self.folder / "report"

    def run(self) -> int:
        """Run all commands; return 0, or the exit code of the one that failed."""
        self.config.write_text(configuration(self.server), "utf-8")
        (self.folder / TOKEN_FILE).write_text(f"demo-{secrets.token_hex(8)}\n", "utf-8")
        self.list_urls(self.world)
        for words in self.commands:
            code = self._ghostcrawl(words)
            if code not in {0, 3}:  # 3: something was not looked at, which the world wants
                return code
        return 0

    @contextmanager
    def watch(self) -> Iterator[Path]:
        """Let `run` work on a copy of the state while the block runs; yield the folder of the copy."""
        folder = self.folder / "watch"
        rmtree(folder, ignore_errors=True)
        copytree(self.folder / "state", folder / "state", ignore=ignore_patterns("broker*", "logs"))
        for name in (self.config.name, TOKEN_FILE, URLS):
            copyfile(self.folder / name, folder / name)
        words = ("run", "--feeds", _FEEDS, "--report", str(folder / "report"))
        self.say(f"\n$ {typed(folder / self.config.name, words)}")
        running = subprocess.Popen(  # noqa: S603 - ourselves
            self._command(words),
            env={**self._environment(), "GHOSTCRAWL_CONFIG": str(folder / self.config.name)},
            stdout=subprocess.DEVNULL,
        )
        try:
            yield folder
        finally:
            running.send_signal(signal.SIGINT)
            try:
                running.wait(_DRAINED)
            except subprocess.TimeoutExpired:
                running.kill()
            self.say("(the watch was stopped by the demo)")

    def list_urls(self, world: World) -> None:
        """Write the list of clone URLs that an operator of `world` has for its plain Git host."""
        self.list_urls_in(self.folder, world)

    @staticmethod
    def list_urls_in(folder: Path, world: World) -> None:
        """Write that list into another folder, whole or not at all."""
        new = folder / f"{URLS}.new"
        new.write_text("\n".join(clone_urls(world, GIT)) + "\n", "utf-8")
        new.replace(folder / URLS)

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """The words of each command of the whole job, behind `ghostcrawl`."""
        crawl = ("--format", "jsonl", "--fail-on", "never")
        lists = ("--strategy", "list", "--repos", str(self._urls), "--refs", "branches")
        return (
            ("seed", "--from", _FEEDS),
            ("crawl", GITHUB, *crawl),
            ("crawl", f"{GITHUB},{FORGE}", *lists, *crawl),
            ("verify", *crawl),
            ("report", "--output", str(self.report)),
        )

    @property
    def _urls(self) -> Path:
        return self.folder / URLS

    def _ghostcrawl(self, words: Sequence[str]) -> int:
        self.say(f"\n$ {typed(self.config, words)}")
        begun = time.monotonic()
        ran = subprocess.run(  # noqa: S603 - ourselves
            self._command(words),
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            check=False,
        )
        self.say(f"({time.monotonic() - begun:.1f} s)")
        return ran.returncode

    @staticmethod
    def _command(words: Sequence[str]) -> list[str]:
        return [sys.executable, "-P", "-m", "workers.cli.main", "--progress", "plain", *words]

    def _environment(self) -> Mapping[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GHOSTCRAWL_")}
        return kept | {"GHOSTCRAWL_CONFIG": str(self.config)}
