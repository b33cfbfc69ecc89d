"""The experiment that this tool began with: a package removed from a test index goes on being installed by locks.

With the real uv and a real index; the stand-in for the package is empty.
"""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.lure import row, write_feed
from tests.servers.real_index import RealIndex
from tests.servers.terminal import Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.distributions import wheel
from workers.demo.model import WorldFile

_UV = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
_PROJECT = """\
[project]
name = "zz-ghost-app"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["zz-ghost-kit"]
"""
GHOST = wheel("zz-ghost-kit", "1.0.0", "2026-06-01T10:00:00Z")
SAYS = row(
    registry="test",
    name="zz-ghost-kit",
    level="release",
    filename=None,
    sha256=None,
    blake2b_256=None,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(_UV is None, reason="uv is not installed"),
]


def namesake() -> WorldFile:
    """Return another file of the same name and version."""
    data = io.BytesIO(GHOST.data)
    with zipfile.ZipFile(data, "a") as archive:
        archive.comment = b"another one"
    return replace(GHOST, data=data.getvalue())


def uv(project: Path, index: RealIndex, *words: str) -> str:
    """Run uv, which knows this index alone and remembers nothing; return what it says."""
    assert _UV is not None
    shutil.rmtree(project / "cache", ignore_errors=True)
    environment = {
        "HOME": str(project),
        "PATH": os.environ["PATH"],
        "UV_CACHE_DIR": str(project / "cache"),
        "UV_DEFAULT_INDEX": index.index_url,
        "UV_HTTP_RETRIES": "0",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    command = [_UV, *words, "--no-config", "--python", sys.executable]
    ran = subprocess.run(
        command,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return f"{ran.returncode}\n{ran.stderr}"


def locked(project: Path, index: RealIndex) -> bytes:
    project.mkdir()
    (project / "pyproject.toml").write_text(_PROJECT)
    assert uv(project, index, "lock").startswith("0\n")
    return (project / "uv.lock").read_bytes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """A package that was locked from a test index and then removed there; its namesake was not."""

    project: Path
    test: RealIndex
    user: Terminal
    urls: Path


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Experiment]:
    allow_loopback_and_unix()
    folder = tmp_path_factory.mktemp("experiment")
    with (
        RealIndex(folder / "public") as public,
        RealIndex(folder / "test") as test,
        GitHttpServer(folder / "git") as git,
    ):
        public.publish(namesake())
        test.publish(GHOST)
        locks = {
            "task": locked(folder / "task", test),
            "app": locked(folder / "app", public),
        }
        for name, lock in locks.items():
            commit(bare(folder / f"git/acme/{name}.git"), {"uv.lock": lock})
        test.remove(GHOST)
        urls = folder / "urls.txt"
        urls.write_text("".join(f"https://git.example/acme/{name}.git\n" for name in locks))
        user = Terminal.at(folder / "user", configuration(public, test, git.authority))
        feed = write_feed(folder / "feed.jsonl", SAYS)
        seeded = user("seed", "--from", f"{feed},quarantine-feed")
        assert seeded.code == 0, seeded.err
        yield Experiment(project=folder / "task", test=test, user=user, urls=urls)


def configuration(public: RealIndex, test: RealIndex, git: str) -> str:
    return f"""\
[registries.pypi]
type = "simple"
index_url = "{public.index_url}"
file_hosts = ["{public.hosts[1]}"]

[registries.test]
type = "simple"
index_url = "{test.index_url}"
file_hosts = ["{test.hosts[1]}"]

[hosts."git.example"]
kind = "git"
web_url = "https://git.example"

[network]
operator = "abuse@git.example"
trusted_hosts = ["{public.hosts[0]}", "{test.hosts[0]}", "{test.hosts[1]}"]

[network.connect_to]
"git.example" = "http://{git}"
"""


@pytest.mark.parametrize("option", ["--frozen", "--locked"])
def test_a_lock_installs_what_the_index_no_longer_has(experiment: Experiment, option: str) -> None:
    shutil.rmtree(experiment.project / ".venv", ignore_errors=True)

    assert "zz-ghost-kit was not found" in uv(
        experiment.project, experiment.test, "lock", "--upgrade"
    )
    assert "+ zz-ghost-kit==1.0.0" in uv(experiment.project, experiment.test, "sync", option)


def test_the_ghost_is_confirmed_and_its_namesake_of_another_registry_is_not_accused(
    experiment: Experiment,
) -> None:
    allow_loopback_and_unix()
    user = experiment.user

    crawled = user("crawl", "--repos", str(experiment.urls), "--format", "jsonl")
    verified = user("verify", "--format", "jsonl")

    assert crawled.code == 1, crawled.err
    (ghost,) = verified.rows
    assert [one["repo"]["full_name"] for one in crawled.rows] == ["acme/task"]
    assert ghost["verdict"]["reasons"][0]["code"] == "listed-release"
    assert (ghost["verdict"]["tier"], ghost["verdict"]["level"]) == ("B", "confirmed")
    assert ghost["ghost"]["project_status"] == "gone"
    assert (ghost["artifact"]["url_check"]["method"], ghost["artifact"]["url_check"]["status"]) == (
        "HEAD",
        200,
    )
    assert f"?repository_url={experiment.test.index_url}" in unquote(ghost["artifact"]["purl"])
    by_us = {one.method for one in experiment.test.asked if "ghostcrawl" in one.agent}
    assert by_us == {"HEAD"}


def test_a_scan_tells_the_two_apart_and_the_doctor_names_both_registries(
    experiment: Experiment,
) -> None:
    allow_loopback_and_unix()
    user, folder = experiment.user, experiment.project.parent

    task = user("scan", str(folder / "task/uv.lock"), "--format", "jsonl")
    app = user("scan", str(folder / "app/uv.lock"), "--format", "jsonl")

    assert [one["verdict"]["level"] for one in task.rows] == ["confirmed"]
    assert (app.code, app.rows) == (0, [])
    assert f"registry test    status: {experiment.test.index_url}" in user("doctor").out
    shown = user("ghosts", "show", "zz-ghost-kit").out
    assert "pkg:pypi/zz-ghost-kit@1.0.0?registry=test: malicious" in shown
