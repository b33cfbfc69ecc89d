"""The corpus of hostile remotes, and what holds for every visit of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.git_answers import answer_modes
from tests.hostile.git_commits import commit_modes
from tests.hostile.git_floods import flood_modes
from tests.hostile.git_measuring import SECRET, Asked, Driver, Seen, Way
from tests.hostile.git_modes import Mode, Trap
from tests.hostile.git_packs import pack_modes
from tests.hostile.git_real import real_modes
from tests.hostile.git_trees import tree_modes
from tests.hostile.git_wires import wire_modes
from tests.servers.raw_http import RawServer, hello, raw_server

__all__ = ["MODES", "Range", "Visited", "firing_range", "ways"]

MODES: tuple[Mode, ...] = (
    *tree_modes(),
    *commit_modes(),
    *pack_modes(),
    *wire_modes(),
    *flood_modes(),
    *answer_modes(),
    *real_modes(),
)
"""Group A."""
_TYPED = frozenset(
    {"visited whole", "visited partial", "empty whole", "empty partial", "deferred", "gone", "private",
     "blocked", "Refused", "Retry", "TooLarge", "ObjectTooLarge", "Malformed", "Unsupported",
     "ServerError"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A visit, and what its server and the lure heard."""

    seen: Seen
    heard: tuple[str, ...]
    lured: bool

    def faults(self, trap: Trap) -> list[str]:
        """Return what no visit may do, whatever the remote."""
        seen = self.seen
        checks = {
            f"not a typed verdict: {seen.verdict}": seen.verdict not in _TYPED,
            f"{seen.cpu_seconds:.0f} s of CPU": seen.cpu_seconds > 10,
            f"{seen.own_mib:.0f} MiB": seen.own_mib > 300,
            f"{seen.child_mib:.0f} MiB in a child": seen.child_mib > 300,
            f"{seen.disk_mib:.0f} MiB on the disk": seen.disk_mib > 200,
            f"left behind: {seen.left}": seen.left != (),
            "a stranger's command ran": trap.marker.exists(),
            "a secret was sent": any(SECRET in head for head in self.heard),
            "a secret is on a command line": any(SECRET in line for line in seen.commands),
            "the lure was asked": self.lured,
            "a control character in the reason": not seen.reason.isprintable(),
        }
        return [fault for fault, is_so in checks.items() if is_so]


class Range:
    """The driver, the trap and the lure."""

    def __init__(self, driver: Driver, lure: RawServer, folder: Path) -> None:
        self._driver, self.lure = driver, lure
        self.trap = Trap(marker=folder / "marker", lure=lure.url(""))

    def visit(self, mode: Mode, way: Way, *, patient: bool = False) -> Visited:
        """Visit a remote; `patient`: with the limits of earnest, whatever the mode says."""
        with mode.serve(self.trap) as served:
            asked = Asked(
                url=served.url,
                trusted=served.trusted,
                way=way,
                refs=mode.refs,
                patient=patient or mode.patient,
            )
            return self._visited(asked, served.heard)

    def open(self, url: str, way: Way) -> Visited:
        """Visit a URL of a host that is not trusted."""
        return self._visited(Asked(url=url, trusted=(), way=way), list)

    def ask(self, url: str, authority: str, way: Way) -> Visited:
        """Visit a URL of the trusted host `authority`."""
        return self._visited(Asked(url=url, trusted=(authority,), way=way), list)

    def _visited(self, asked: Asked, heard: Callable[[], list[str]]) -> Visited:
        before = len(self.lure.first_bytes)
        seen = self._driver.see(asked)
        lured = len(self.lure.first_bytes) > before
        return Visited(seen=seen, heard=tuple(heard()), lured=lured)


@contextmanager
def firing_range(folder: Path) -> Iterator[Range]:
    """Start a driver whose environment is full of what must not be used."""
    (folder / ".gitconfig").write_text(f"[http]\n\textraHeader = X-Token: {SECRET}\n")
    (folder / ".netrc").write_text(f"machine 127.0.0.1 login user password {SECRET}\n")
    with raw_server(hello) as lure:
        hostile = {
            "HOME": str(folder),
            "GITHUB_TOKEN": SECRET,
            "GIT_CONFIG_PARAMETERS": f"'http.extraheader=X-Token: {SECRET}'",
            "GIT_ASKPASS": f"/bin/echo {SECRET}",
            "GIT_TRACE_CURL": "1",
            "GIT_SSL_NO_VERIFY": "1",
            **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), lure.url()),
        }
        with Driver(hostile) as driver:
            yield Range(driver, lure, folder)


def ways(mode: Mode) -> tuple[Way, ...]:
    """Return how a remote is to be read."""
    return (Way.READER, Way.PROGRAM) if mode.program else (Way.READER,)
