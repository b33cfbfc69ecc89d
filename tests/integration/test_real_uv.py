"""A removed package still installs from a lock: shown with the real uv against the loopback index."""

import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from crawler.reporting.cleaning import remove_command, updates
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.lure import row, write_feed
from tests.servers.terminal import OFFLINE, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.model import World
from workers.demo.packages import PLAIN
from workers.demo.server import WorldServer
from workers.demo.world import build

_UV = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
_PROJECT = """\
[project]
name = "zz-ghost-app"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["{dependency}"]
"""

pytestmark = pytest.mark.skipif(_UV is None, reason="uv is not installed")


@dataclass(frozen=True, slots=True, kw_only=True)
class RealLock:
    """A lock that uv wrote, and the world whose index it was written from."""

    project: Path
    lock: bytes
    server: WorldServer

    def uv(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run uv in the project, with nothing but the loopback world in reach."""
        return _uv(self.project, self.server.base_url, *words)


def _uv(project: Path, proxy: str, *words: str) -> subprocess.CompletedProcess[str]:
    assert _UV is not None
    environment = {
        "HOME": str(project),
        "HTTP_PROXY": proxy,
        "HTTPS_PROXY": proxy,
        "PATH": os.environ["PATH"],
        "UV_CACHE_DIR": str(project / "cache"),
        "UV_DEFAULT_INDEX": "http://index.example/simple/",
        "UV_HTTP_RETRIES": "0",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    command = [_UV, *words, "--no-config", "--python", sys.executable]
    return subprocess.run(
        command,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def _without(world: World, name: str) -> World:
    """Return the world after the index has removed the project `name`."""
    removed = tuple(
        replace(project, status="removed", listed={}, unlisted=project.listed)
        if project.name == name
        else project
        for project in world.projects
    )
    return replace(world, projects=removed)


def _locked(project: Path, proxy: str, dependency: str) -> bytes:
    """Let uv lock a new project with this one dependency; return its lock."""
    project.mkdir()
    (project / "pyproject.toml").write_text(_PROJECT.format(dependency=dependency))
    locked = _uv(project, proxy, "lock")
    assert locked.returncode == 0, locked.stderr
    return (project / "uv.lock").read_bytes()


@pytest.fixture
def real_lock(tmp_path: Path) -> Iterator[RealLock]:
    """Yield a project that uv has locked from the loopback index."""
    project = tmp_path / "project"
    # The proxy speaks plain http only: uv reaches the reserved names through it without TLS.
    files_url = "http://files.index.example"
    with WorldServer(build(), tmp_path / "repositories", files_url=files_url) as server:
        lock = _locked(project, server.base_url, PLAIN[0])
        yield RealLock(project=project, lock=lock, server=server)


def test_uv_writes_the_digest_path_of_the_file_host_into_its_lock(real_lock: RealLock) -> None:
    text = real_lock.lock.decode()

    assert 'source = { registry = "http://index.example/simple/" }' in text
    assert 'url = "http://files.index.example/packages/' in text


def test_a_removed_project_still_installs_from_the_lock(real_lock: RealLock) -> None:
    real_lock.server.publish(_without(build(), PLAIN[0]))
    before = real_lock.server.traffic()
    shutil.rmtree(real_lock.project / "cache")

    synced = real_lock.uv("sync", "--frozen")

    assert synced.returncode == 0, synced.stderr
    assert f"+ {PLAIN[0]}==1.0.0" in synced.stderr
    after = real_lock.server.traffic()
    assert after.of("index.example", "GET") == before.of("index.example", "GET")
    assert after.file_downloads == before.file_downloads + 1


def test_a_removed_project_cannot_be_locked_anew(real_lock: RealLock) -> None:
    real_lock.server.publish(_without(build(), PLAIN[0]))
    shutil.rmtree(real_lock.project / "cache")
    (real_lock.project / "uv.lock").unlink()

    locked = real_lock.uv("lock")

    assert locked.returncode != 0
    assert f"{PLAIN[0]} was not found in the package registry" in locked.stderr


@pytest.mark.parametrize("path", ["demo-01/trading-bot", "demo-46/science"])
def test_uv_reads_the_locks_that_the_world_writes(tmp_path: Path, path: str) -> None:
    repository = next(r for r in build().repositories if r.path == path)
    lock = repository.branches["main"].files["uv.lock"]
    parsed = tomllib.loads(lock.decode())["package"]
    root = next(package for package in parsed if "virtual" in package["source"])
    wanted = [package["name"] for package in parsed if package is not root]
    (tmp_path / "uv.lock").write_bytes(lock)
    (tmp_path / "pyproject.toml").write_text(
        f'[project]\nname = "{root["name"]}"\nversion = "0.1.0"\n'
        f'requires-python = ">=3.11"\ndependencies = {wanted}\n'
    )

    exported = _uv(tmp_path, "http://127.0.0.1:9", "export", "--frozen", "--no-hashes")

    assert exported.returncode == 0, exported.stderr
    assert "zz-ghost-wallet==1.0.0" in exported.stdout


def test_the_lock_that_uv_made_accuses_its_repository_and_not_the_neighbour(
    real_lock: RealLock, tmp_path: Path
) -> None:
    allow_loopback_and_unix()
    other = _locked(tmp_path / "other", real_lock.server.base_url, PLAIN[1])
    commit(bare(tmp_path / "git/acme/task.git"), {"uv.lock": real_lock.lock})
    commit(bare(tmp_path / "git/acme/app.git"), {"uv.lock": other})
    file = next(f for p in build().projects if p.name == PLAIN[0] for f in p.listed["1.0.0"])
    said = row(name=PLAIN[0], filename=file.filename, sha256=file.sha256, blake2b_256=None)
    with GitHttpServer(tmp_path / "git") as git:
        route = f'[network.connect_to]\n"git.example" = "http://{git.authority}"\n'
        user = Terminal.at(tmp_path / "user", OFFLINE + route)
        urls = user.folder / "urls.txt"
        urls.write_text("https://git.example/acme/task.git\nhttps://git.example/acme/app.git\n")

        user("seed", "--from", write_feed(tmp_path / "feed.jsonl", said))
        crawled = user("crawl", "--repos", str(urls), "--format", "jsonl")

    assert crawled.code == 1, crawled.err
    assert {
        (
            f["repo"]["full_name"],
            f["verdict"]["tier"],
            f["verdict"]["level"],
            f["artifact"]["filename"],
        )
        for f in crawled.rows
    } == {("acme/task", "A", "confirmed", file.filename)}
    assert "coverage: complete" in crawled.err


@pytest.mark.slow
def test_the_command_of_a_notice_takes_the_ghost_out_of_a_lock(tmp_path: Path) -> None:
    files_url = "http://files.index.example"
    with WorldServer(build(), tmp_path / "repositories", files_url=files_url) as server:
        server.publish(_while_hijacked(build()))
        _locked(tmp_path / "project", server.base_url, "zz-ghost-llm")
        server.publish(build())
        copy = tmp_path / "copy"
        shutil.copytree(tmp_path / "project", copy, ignore=shutil.ignore_patterns("cache"))
        before = _pinned(copy / "uv.lock")
        (update,) = updates("uv", "uv.lock", "zz-ghost-llm")
        (command,) = update.commands

        cleaned = _uv(copy, server.base_url, *shlex.split(command)[1:])

    assert before == {"zz-ghost-llm": "1.82.8"}
    assert cleaned.returncode == 0, cleaned.stderr
    assert _pinned(copy / "uv.lock") == {"zz-ghost-llm": "1.83.0"}


@pytest.mark.slow
def test_a_package_that_the_index_dropped_is_taken_out_of_the_project(tmp_path: Path) -> None:
    files_url = "http://files.index.example"
    world = build()
    with WorldServer(world, tmp_path / "repositories", files_url=files_url) as server:
        _locked(tmp_path / "project", server.base_url, PLAIN[0])
        server.publish(_without(world, PLAIN[0]))
        copy = tmp_path / "copy"
        shutil.copytree(tmp_path / "project", copy, ignore=shutil.ignore_patterns("cache"))
        (update,) = updates("uv", "uv.lock", PLAIN[0])
        (command,) = update.commands
        remove = remove_command("uv", "uv.lock", PLAIN[0])
        assert remove is not None

        kept = _uv(copy, server.base_url, *shlex.split(command)[1:])
        cleaned = _uv(copy, server.base_url, *shlex.split(remove)[1:], "--no-sync")

    assert kept.returncode != 0
    assert cleaned.returncode == 0, cleaned.stderr
    assert _pinned(copy / "uv.lock") == {}


def _while_hijacked(world: World) -> World:
    """Return the world in the hours in which the newest release of `zz-ghost-llm` was a bad one."""
    projects = tuple(
        replace(
            project,
            listed={
                version: files
                for version, files in {**project.listed, **project.unlisted}.items()
                if version != "1.83.0"
            },
            unlisted={},
        )
        if project.name == "zz-ghost-llm"
        else project
        for project in world.projects
    )
    return replace(world, projects=projects)


def _pinned(lock: Path) -> dict[str, str]:
    """Return the packages of a lock but the project itself, with their versions."""
    packages = tomllib.loads(lock.read_text("utf-8"))["package"]
    return {p["name"]: p["version"] for p in packages if p["name"] != "zz-ghost-app"}
