"""The settings of a process with files and an environment of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Machine"]

ROOT = Path(__file__).parents[3]
_PROGRAM = """
import json, sys
from crawler.errors import ConfigurationError
from workers.settings import load
try:
    settings = load(**json.loads(sys.argv[1]))
    hosts = {name: section.host(name) for name, section in settings.hosts.items()}
except ConfigurationError as error:
    print(json.dumps({"error": str(error), "exit_code": error.exit_code}))
else:
    print(json.dumps({
        "settings": settings.model_dump(mode="json"),
        "tokens": {name: [host.current_token(), host.identity] for name, host in hosts.items()},
        "repr": repr((settings, hosts)),
    }))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A folder that stands for a machine: the system's, the user's and the current folder."""

    root: Path

    def write(self, where: str, text: str) -> Path:
        """Write a configuration; `where` is system, user, here, or a file name."""
        path = {
            "system": self.root / "etc/xdg/ghostcrawl/config.toml",
            "user": self.root / "home/.config/ghostcrawl/config.toml",
            "here": self.root / "here/ghostcrawl.toml",
        }.get(where, self.root / "here" / where)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, environment: Mapping[str, str] | None = None, **flags: str) -> dict[str, Any]:
        """Load the settings in a process of its own; `error` is there where that fails."""
        here = self.root / "here"
        here.mkdir(exist_ok=True)
        own = {
            "HOME": str(self.root / "home"),
            "XDG_CONFIG_DIRS": str(self.root / "etc/xdg"),
            "PYTHONPATH": str(ROOT),
            "PYTHONSAFEPATH": "1",
        }
        ended = subprocess.run(
            [sys.executable, "-c", _PROGRAM, json.dumps(flags)],
            env=own | dict(environment or {}),
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        answer: dict[str, Any] = json.loads(ended.stdout)
        return answer
