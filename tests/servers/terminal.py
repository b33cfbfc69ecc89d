"""A user at a terminal: ghostcrawl with settings of its own, in this process or as a real one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from workers.cli.main import run

__all__ = ["OFFLINE", "Ran", "Terminal"]

ROOT = Path(__file__).parents[2]
OFFLINE = """\
[registries.pypi]
index_url = "https://index.example/simple/"
journal_url = "https://index.example/pypi"
file_hosts = ["files.index.example"]
mirrors = ["https://mirror.example/simple/"]
viewer_url = "https://viewer.example"

[hosts."git.example"]
kind = "git"
web_url = "https://git.example"

[network]
operator = "abuse@git.example"
"""
"""A configuration in which every name is a reserved one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON Lines; nothing else may stand there."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Runs `ghostcrawl` with the configuration and the state of one folder."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, configuration: str, **environment: str) -> Terminal:
        """Make `folder` with this `ghostcrawl.toml`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ghostcrawl.toml").write_text(configuration, "utf-8")
        return cls(folder=folder, environment=environment)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def ledger_url(self) -> str:
        return f"sqlite:///{self.state / 'ledger.sqlite'}"

    def __call__(self, *words: str, stdin: bytes = b"") -> Ran:
        """Run a command in this process; its output is what a terminal would get, colours too."""
        with CliRunner().isolation(stdin, env=self._variables(), color=True) as (out, err, _):
            code = run(words)
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        return Ran(code=code, out=out.getvalue().decode(), err=err.getvalue().decode())

    def process(self, *words: str, seconds: float = 600.0) -> Ran:
        """Run a command as a process of its own."""
        ran = subprocess.run(
            self.command(*words),
            env=self.process_environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        return Ran(code=ran.returncode, out=ran.stdout, err=ran.stderr)

    def command(self, *words: str) -> list[str]:
        """Return the words of a process."""
        return [sys.executable, "-P", "-m", "workers.cli.main", "--progress", "plain", *words]

    def process_environment(self) -> dict[str, str]:
        """Return the environment of a process: nothing of ghostcrawl that a developer has set."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GHOSTCRAWL_")}
        return kept | self._variables() | {"PYTHONPATH": str(ROOT)}

    def _variables(self) -> dict[str, str]:
        return {
            "GHOSTCRAWL_CONFIG": str(self.folder / "ghostcrawl.toml"),
            "GHOSTCRAWL_STATE_DIR": str(self.state),
            **self.environment,
        }
