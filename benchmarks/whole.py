"""Whole processes: the real command `./ghostcrawl scan`, against tools that do a part of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks import generate
from benchmarks.formats import Package
from benchmarks.measure import Cost, run
from benchmarks.osv_service import serving
from benchmarks.peers import Peers
from benchmarks.table import Bound, Limit, Row

__all__ = ["Stage", "settle"]

_ROOT = Path(__file__).resolve().parents[1]
_CONFIGURATION = "ghostcrawl.toml"
_ROUNDS = 3
_NOWHERE = "http://127.0.0.1:9"
_OFFLINE = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
    "NO_PROXY": "127.0.0.1,localhost",
    "SYFT_CHECK_FOR_APP_UPDATE": "false",
    "UV_OFFLINE": "1",
}
"""Nothing that is measured here may ask anybody."""
_EXPORT = (
    'for lock in */uv.lock; do (cd "${lock%/*}" && '
    '"$0" export --frozen --quiet --no-emit-project --output-file /dev/null) || exit; done'
)
_PYPROJECT = '[project]\nname = "{name}"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'

_SETTINGS = """\
[registries.pypi]
index_url = "https://index.example/simple/"
file_hosts = ["files.index.example"]
"""

_Command = Callable[[Path, Path, Path], Cost]
"""Runs a peer: its program, the folder of locks, a folder for what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contest:
    """A peer, what both read, and how much of the peer's time and memory ours may take."""

    peer: str
    """As `Peers` calls it."""
    kind: str
    count: int
    command: _Command
    time: Limit | None = None
    memory: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the locks lie, which peers there are, and the ledger that ghostcrawl asks."""

    work: Path
    peers: Peers
    state: Path
    packages: Sequence[Package]

    def place(self, kind: str, count: int) -> Path:
        """Write `count` locks of a format, each with what its tool expects beside it; return the folder."""
        folder = self.work / f"{kind}-{count}"
        if folder.exists():
            return folder
        for path, data in generate.locks(kind, self.packages, seed=count, count=count):
            project = folder / Path(path).parent
            project.mkdir(parents=True)
            (folder / path).write_bytes(data)
            if kind != "npm":
                text = _PYPROJECT.format(name=project.name)
                (project / "pyproject.toml").write_text(text, encoding="utf-8")
        settle(folder)
        return folder

    def scan(self, folder: Path, rounds: int = _ROUNDS) -> Cost:
        """Return the median scan of `folder`; the first one, which fills caches, does not count."""
        argv = [_ROOT / "ghostcrawl", "--config", folder / _CONFIGURATION, "scan", folder]
        env = {"GHOSTCRAWL_STATE_DIR": str(self.state)}
        costs = [
            run(argv, cwd=folder, env=env, log=self.work / "log-scan") for _ in range(rounds + 1)
        ][1:]
        middle = median(cost.wall for cost in costs)
        return min(costs, key=lambda cost: abs(cost.wall - middle))

    def rows(self) -> Iterator[Row]:
        """Yield all comparisons; a peer that is absent is said to be."""
        for contest in _CONTESTS:
            yield from self._against(contest)
        with serving() as url:
            audit = _Contest(peer="pip_audit", kind="pylock", count=1, command=_pip_audit(url))
            yield from self._against(audit)

    def _against(self, contest: _Contest) -> Iterator[Row]:
        what = f"{contest.count} {contest.kind} : {contest.peer}"
        program: Path | None = getattr(self.peers, contest.peer)
        if program is None:
            yield Row(what=what, limit=contest.time, note="absent, see benchmarks/peers.py")
            return
        folder = self.place(contest.kind, contest.count)
        theirs = contest.command(program, folder, self.work / f"log-{contest.peer}")
        ours = self.scan(folder)
        yield Row(
            what=f"{what}, time",
            ours=f"{ours.wall:.2f} s, cpu {ours.cpu:.2f}",
            other=f"{theirs.wall:.2f} s, cpu {theirs.cpu:.2f}",
            figure=ours.wall / theirs.wall,
            limit=contest.time,
            note=f"ours: {_said(ours)}; theirs: {_found(theirs)}",
        )
        yield Row(
            what=f"{what}, memory",
            ours=f"{ours.peak / 1e6:.0f} MB",
            other=f"{theirs.peak / 1e6:.0f} MB",
            figure=ours.peak / theirs.peak,
            limit=contest.memory,
        )


def settle(folder: Path) -> None:
    """Write settings for scans of made-up locks in `folder`: that their index is the public one."""
    (folder / _CONFIGURATION).write_text(_SETTINGS, encoding="utf-8")


def _at_most(value: float) -> Limit:
    return Limit(bound=Bound.AT_MOST, value=value)


def _syft(program: Path, folder: Path, log: Path) -> Cost:
    return run(
        [program, "scan", "--quiet", "--output", "json", f"dir:{folder}"],
        cwd=folder,
        env=_OFFLINE,
        log=log,
    )


def _cdxgen(program: Path, folder: Path, log: Path) -> Cost:
    written = log / "bom.json"
    options = ("--no-install-deps", "--no-validate", "--type", "python", "--output", written)
    cost = run([program, *options, folder], cwd=folder, env=_OFFLINE, log=log)
    if not written.exists():
        return cost
    return replace(cost, out=written.read_text(encoding="utf-8"))


def _uv_export(program: Path, folder: Path, log: Path) -> Cost:
    return run(["sh", "-c", _EXPORT, program], cwd=folder, env=_OFFLINE, log=log)


def _pip_audit(url: str) -> _Command:
    def command(program: Path, folder: Path, log: Path) -> Cost:
        (project,) = (lock.parent for lock in folder.glob("*/pylock.toml"))
        options = ("--locked", "--progress-spinner", "off", "--format", "json")
        service = ("--vulnerability-service", "osv", "--osv-url", url)
        return run([program, *options, *service, project], cwd=project, env=_OFFLINE, log=log)

    return command


_CONTESTS = (
    _Contest(
        peer="syft",
        kind="npm",
        count=1_000,
        command=_syft,
        time=_at_most(1 / 20),
        memory=_at_most(1 / 4),
    ),
    _Contest(peer="cdxgen", kind="uv", count=50, command=_cdxgen, time=_at_most(1 / 5)),
    _Contest(peer="uv", kind="uv", count=200, command=_uv_export, time=_at_most(0.8)),
)


def _said(cost: Cost) -> str:
    found = re.search(r"\d+ locks, \d+ pins", cost.err)
    return found[0] if found else f"exit code {cost.code}"


def _found(cost: Cost) -> str:
    """Say what a peer found, so that one that has read nothing is not taken for a fast one."""
    try:
        answer: Mapping[str, object] = json.loads(cost.out)
    except ValueError:
        return f"exit code {cost.code}"
    for key in ("artifacts", "components", "dependencies"):
        entries = answer.get(key)
        if isinstance(entries, list):
            return f"{len(entries)} {key}"
    return f"exit code {cost.code}"
