"""A stranger's checkout in which all that could pass for a part of ghostcrawl leaves a mark when it runs.

Run as a program it plays the attack: `python -m tests.hostile.checkout FOLDER` makes the checkout in
FOLDER, stands in it as a user with a careless shell would, runs `./ghostcrawl`, and ends with 1 where
anything of the checkout was run or believed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Checkout", "careless"]

_ROOT = Path(__file__).resolve().parents[2]
_MODULES = (
    *(
        "click",
        "structlog",
        "celery",
        "celeryconfig",
        "kombu",
        "redis",
        "git",
        "sqlalchemy",
        "httpx",
    ),
    *("pydantic", "platformdirs", "sitecustomize", "usercustomize", "conftest", "setup"),
    *("json", "sysconfig", "venv", "pip", "ensurepip", "compileall", "tempfile", "logging"),
    *("workers/__init__", "workers/cli/__init__", "workers/cli/main", "workers/parsing"),
    *("crawler/__init__", "crawler/sandbox/confine", "feeds/__init__", "tests/__init__"),
)
_PROGRAMS = (
    *("git", "python", "python3", "python3.11", "uv", "pip", "bash", "sh", "env"),
    *("dirname", "readlink", "sha256sum", "flock", "valkey-server", "redis-server"),
)
_LARGE = 3 * 1024 * 1024
"""Bytes of a lock that is parsed in a child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The folder, and where its marks appear."""

    folder: Path
    marks: Path
    """Outside of the folder, so that nothing looks for it there."""

    @classmethod
    def make(cls, folder: Path, marks: Path) -> Checkout:
        """Write all traps, and two honest locks, one of them large."""
        for name in _MODULES:
            path = folder / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"with open({str(marks)!r}, 'a') as f: f.write('module {name}\\n')\n")
        for name in _PROGRAMS:
            path = folder / name
            path.write_text(f"#!/bin/sh\necho program {name} >>'{marks}'\nexit 1\n")
            path.chmod(0o755)
        (folder / "ghostcrawl.toml").write_text(_configuration(folder / "believed-toml"))
        (folder / ".env").write_text(f"GHOSTCRAWL_STATE_DIR={folder / 'believed-env'}\n")
        xdg = folder / "xdg/ghostcrawl/config.toml"
        xdg.parent.mkdir(parents=True)
        xdg.write_text(_configuration(folder / "believed-xdg"))
        (folder / "uv.toml").write_text('index-url = "https://index.invalid/simple"\n')
        (folder / "requirements.txt").write_text("zz-ghost-none==1.0\n")
        (folder / "large").mkdir()
        comment = f"# {'x' * 97}\n"
        (folder / "large/requirements.txt").write_text(comment * (_LARGE // len(comment)))
        return cls(folder=folder, marks=marks)

    def traces(self) -> list[str]:
        """Return what was run or believed."""
        run = self.marks.read_text().splitlines() if self.marks.exists() else []
        return run + [f"setting {path.name}" for path in self.folder.glob("believed-*")]


def careless(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` as of a shell whose search paths lead into the current folder."""
    return {
        **environment,
        "PATH": f":.:{environment['PATH']}:",
        "PYTHONPATH": ":.:workers",
        "PYTHONPYCACHEPREFIX": "cache",
        "PYTHONUSERBASE": ".",
        "LD_LIBRARY_PATH": ":lib",
        "XDG_CONFIG_HOME": "xdg",
        "XDG_CONFIG_DIRS": "xdg",
        "XDG_RUNTIME_DIR": ".",
        "CDPATH": ".",
        "GIT_PYTHON_GIT_EXECUTABLE": "./git",
        "GIT_EXEC_PATH": ".",
        "APP": "celeryconfig",
        "CONFIG_MODULE": "celeryconfig",
        "CELERY_CONFIG_MODULE": "celeryconfig",
        "CELERY_LOADER": "celeryconfig.Loader",
        "CELERY_BROKER_URL": "redis://127.0.0.1:1",
    }


def _configuration(state: Path) -> str:
    return f'state_dir = "{state}"\n[network]\noperator = "nobody@forge.example"\n'


def main() -> int:
    """Play the attack in the folder of the command line."""
    folder = Path(sys.argv[1]).absolute()
    checkout = Checkout.make(folder / "checkout", folder / "marks")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GHOSTCRAWL_")}
    environment = careless(kept | {"GHOSTCRAWL_STATE_DIR": str(folder / "state")})
    for words in (["version"], ["scan", "."], ["doctor"]):
        command = [str(_ROOT / "ghostcrawl"), *words]
        subprocess.run(command, cwd=checkout.folder, env=environment, check=False)
    traces = checkout.traces()
    sys.stdout.writelines(f"{trace}\n" for trace in traces)
    return int(bool(traces))


if __name__ == "__main__":
    sys.exit(main())
