"""The real cgit and gitweb behind the real lighttpd, and the real klaus, on loopback.

They come from the folder that GHOSTCRAWL_TEST_TOOLS names: `debian/` holds unpacked Debian packages,
`bin/klaus` a command. Nothing of them is installed.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.waiting import PATIENCE, eventually

__all__ = ["GitWeb", "cgit_and_gitweb", "free_port", "klaus", "missing_programs"]

_BELOW_EPHEMERAL = range(10_000, 30_000)
"""Ports that Linux gives nobody who does not ask for them (ip(7): ip_local_port_range)."""
_GITWEB = "usr/share/gitweb/gitweb.cgi"
_CGIT = "usr/lib/cgit/cgit.cgi"
_LIGHTTPD = "usr/sbin/lighttpd"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitWeb:
    """Where the programs answer for the bare repositories below `repositories`."""

    authority: str
    repositories: Path

    @property
    def cgit(self) -> str:
        return f"http://{self.authority}/cgit"

    @property
    def gitweb(self) -> str:
        return f"http://{self.authority}/gitweb"

    @property
    def git(self) -> str:
        """Base of the clone URLs: `git http-backend`."""
        return f"http://{self.authority}/git"


def missing_programs(tools: Path) -> str:
    """Name what of cgit, gitweb and lighttpd is not below `tools`; empty where all is there."""
    debian = tools / "debian"
    found = [(debian / _LIGHTTPD), (debian / _CGIT), _gitweb(debian)]
    return ", ".join(path.name for path in found if not path.is_file())


@contextmanager
def cgit_and_gitweb(tools: Path, folder: Path, repositories: Path) -> Iterator[GitWeb]:
    """Serve `repositories`, four on a page of cgit; `folder` takes configuration and logs."""
    debian, port = tools / "debian", free_port()
    (folder / "cgitrc").write_text(
        f"virtual-root=/cgit/\nmax-repo-count=4\nscan-path={repositories}\n", "utf-8"
    )
    (folder / "gitweb.conf").write_text(f'$projectroot = "{repositories}";\n', "utf-8")
    environment = _environment(debian, folder, repositories)
    (folder / "lighttpd.conf").write_text(_lighttpd(debian, folder, port, environment), "utf-8")
    command = [
        str(debian / _LIGHTTPD), "-D", "-m", str(debian / "usr/lib/lighttpd"),
        "-f", str(folder / "lighttpd.conf"),
    ]  # fmt: skip
    with _running(command, port, folder / "lighttpd.log", environment):
        yield GitWeb(authority=f"127.0.0.1:{port}", repositories=repositories)


@contextmanager
def klaus(command: Path, folder: Path, repositories: Sequence[Path]) -> Iterator[str]:
    """Serve `repositories` with git over HTTP; yield the authority."""
    port = free_port()
    words = [str(command), "--host", "127.0.0.1", "--port", str(port), "--smarthttp"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    with _running([*words, *map(str, repositories)], port, folder / "klaus.log", environment):
        yield f"127.0.0.1:{port}"


def _gitweb(debian: Path) -> Path:
    """Return the script, which Debian ships in the package `git` itself."""
    own = debian / _GITWEB
    return own if own.is_file() else Path("/") / _GITWEB


def _environment(debian: Path, folder: Path, repositories: Path) -> dict[str, str]:
    perl = [debian / "usr/share/perl5", *debian.glob("usr/lib/*/perl5/*")]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LD_LIBRARY_PATH": ":".join(map(str, debian.glob("usr/lib/*-linux-gnu*"))),
        "PERL5LIB": ":".join(map(str, perl)),
        "CGIT_CONFIG": str(folder / "cgitrc"),
        "GITWEB_CONFIG": str(folder / "gitweb.conf"),
        "GIT_PROJECT_ROOT": str(repositories),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "uploadpack.allowFilter",
        "GIT_CONFIG_VALUE_0": "true",
    }


def _lighttpd(debian: Path, folder: Path, port: int, environment: Mapping[str, str]) -> str:
    git = subprocess.run(["git", "--exec-path"], capture_output=True, check=True, text=True)
    variables = ", ".join(f'"{name}" => "{value}"' for name, value in environment.items())
    return f"""\
server.modules = ("mod_alias", "mod_cgi", "mod_setenv")
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
setenv.set-environment = ({variables})
alias.url = (
  "/cgit" => "{debian / _CGIT}",
  "/gitweb" => "{_gitweb(debian)}",
  "/git" => "{git.stdout.strip()}/git-http-backend",
)
cgi.assign = ("" => "")
"""


def free_port() -> int:
    """Return a port for a server that cannot choose one itself; no connection takes it meanwhile."""
    while True:
        port = random.SystemRandom().choice(_BELOW_EPHEMERAL)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@contextmanager
def _running(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str]
) -> Iterator[None]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
        ) as process,
    ):
        try:
            _wait_for(process, port, log)
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            process.kill()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    eventually(lambda: process.poll() is not None or _answers(port))
    assert process.poll() is None, f"{log.name}: {log.read_text('utf-8', 'replace')}"


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
        return True
    return False
