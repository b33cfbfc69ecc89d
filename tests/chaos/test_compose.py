"""The cluster of docker-compose.yml, its commands as processes: up from nothing, the demo world, kills, down."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.servers.compose import Compose, missing_for_compose, network
from tests.servers.process import descendants
from tests.servers.waiting import eventually

ROOT = Path(__file__).parents[2]
TOOLS = Path(os.environ.get("GHOSTCRAWL_TEST_TOOLS") or "/nonexistent")
OURS = ("dispatcher", "worker-api", "worker-git")
CRAWL = (
    *("crawl", "github.example,forge.example", "--strategy", "list", "--refs", "branches"),
    *(
        "--repos",
        "/state/urls.txt",
        "--workers",
        "0",
        "--max-minutes",
        "10",
        "--format",
        "jsonl",
        "--fail-on",
        "never",
    ),
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # the demo world whole, crawled and verified by six services
    pytest.mark.skipif(bool(missing_for_compose(TOOLS)), reason=missing_for_compose(TOOLS)),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The demo world beside the services, and what is true of it."""

    process: subprocess.Popen[str]

    def ask(self, *words: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A project that an operator has prepared as docs/operating.md says."""

    compose: Compose
    world: World
    secrets: dict[str, str]

    def score(self) -> dict[str, Any]:
        owner = self.secrets["database_owner"]
        return self.world.ask("score", f"postgresql://ghostcrawl:{owner}@127.0.0.1/ghostcrawl")


def _prepared(folder: Path) -> Path:
    project = folder / "project"
    project.mkdir()
    shutil.copy(ROOT / "docker-compose.yml", project)
    shutil.copytree(ROOT / "deploy", project / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([project / "deploy/make-secrets"], check=True)
    token = project / "deploy/secrets/github_token"
    token.write_text("demo-token-0123456789\n", "utf-8")
    return project


@contextmanager
def _world(holder: int, folder: Path) -> Iterator[World]:
    words = ["nsenter", f"--net=/proc/{holder}/ns/net", sys.executable, "-P", "-m"]
    with subprocess.Popen(
        [*words, "tests.servers.compose_world", str(folder)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "{}\n"
        try:
            yield World(process=process)
        finally:
            process.kill()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    project = _prepared(tmp_path)
    secrets = {
        file.name: file.read_text("utf-8").strip()
        for file in (project / "deploy/secrets").iterdir()
    }
    with network() as holder, _world(holder, tmp_path) as world:
        shutil.copy(tmp_path / "config.toml", project / "deploy")
        compose = Compose(project=project, folder=tmp_path, tools=TOOLS, holder=holder)
        shutil.copy(tmp_path / "urls.txt", tmp_path / "volumes/dispatcher")
        try:
            yield Cluster(compose=compose, world=world, secrets=secrets)
        finally:
            for name in list(compose.running):
                compose.kill(name)


def test_the_services_do_the_whole_job_outlive_kills_and_end_in_time(cluster: Cluster) -> None:
    compose = cluster.compose

    compose.up()

    for name in (*OURS, "postgres", "valkey"):
        eventually(partial(compose.is_healthy, name))
    crawled = compose.run("operator", *CRAWL)
    assert crawled.returncode in {0, 3}, crawled.stderr
    _assert_shown(compose)
    _kill_one_of_each(compose)
    eventually(partial(_is_up, compose, OURS))
    verified = compose.run(
        "operator", "verify", "--workers", "0", "--max-minutes", "10", "--fail-on", "never"
    )
    assert verified.returncode in {0, 3}, verified.stderr
    checked = compose.run("operator", "db", "check")
    assert checked.returncode == 0, checked.stderr
    _assert_looked_after(compose)
    assert {**cluster.score(), "findings": 0} == {
        "findings": 0,
        "right": 46,
        "wrong": [],
        "missed": [],
    }
    traffic = cluster.world.ask("traffic")
    assert (traffic["overspent"], traffic["downloads"]) == (0, 0)
    _assert_secret(cluster)
    assert "CRITICAL" not in compose.log("valkey"), "what was written before the kill is lost"
    for name, code in compose.down().items():  # -9 where it took longer than its grace period
        assert code in {0, 130}, f"{name} ended with {code}: {compose.log(name)}"


def _assert_shown(compose: Compose) -> None:
    """Logs and metrics tell what was done, and whose turn it was."""
    whole_lines = compose.log("worker-git").rpartition("\n")[0].splitlines()
    said = [json.loads(line) for line in whole_lines if line[:1] == "{"]
    visits = [line for line in said if line["event"] == "visit"]
    assert len({(line["host"], line["repository"]) for line in visits}) > 50
    assert {line["lane"] for line in visits} == {f"git:{line['host']}" for line in visits}
    assert all(line["worker"] and line["fence"] for line in visits)
    assert [line for line in said if line["event"] == "finding" and line["change"] == "new"]
    shown = _scraped(compose, "dispatcher", 9464) + _scraped(compose, "worker-git", 9466)
    assert 'ghostcrawl_store_up{store="database"} 1.0' in shown
    assert 'ghostcrawl_store_up{store="broker"} 1.0' in shown
    assert 'ghostcrawl_workers{pool="git"} 1.0' in shown
    assert 'ghostcrawl_requests_total{host="git.example",outcome="2xx"}' in shown
    assert re.search(r'ghostcrawl_turns_total{lost="false",pool="git"} [1-9]', shown)
    assert re.search(r'ghostcrawl_findings{level="confirmed",status="new"} [1-9]', shown)


def _assert_looked_after(compose: Compose) -> None:
    """All is paused, backed up and restored while the services go on, by the commands of docs/operating.md."""
    done = [
        compose.run(service, *words.split())
        for service, words in (
            ("operator", "hosts pause --all"),
            ("operator", "db backup /state/backup"),
            ("migrate", "db restore /state/backup --replace"),
            ("operator", "hosts resume --all"),
            ("operator", "db prune --apply"),
            ("migrate", "db erase git.example/nobody"),
            ("operator", "db check"),
        )
    ]
    assert [(one.returncode, one.stderr[-500:]) for one in done if one.returncode] == []
    eventually(partial(_is_up, compose, OURS))


def _scraped(compose: Compose, name: str, port: int) -> str:
    program = f"import urllib.request as r; print(r.urlopen('http://127.0.0.1:{port}/metrics').read().decode())"
    ran = compose.exec(name, "python", "-c", program)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def _kill_one_of_each(compose: Compose) -> None:
    for name in (*OURS, "valkey"):
        compose.kill(name)
        compose.start(name)
        eventually(partial(_is_up, compose, (name,)))


def _is_up(compose: Compose, names: Sequence[str]) -> bool:
    return not compose.restart_ended() and all(map(compose.is_healthy, names))


def _assert_secret(cluster: Cluster) -> None:
    """Nothing that others on the machine can see, and no log, has a secret in it."""
    compose = cluster.compose
    pids = [one.process.pid for one in compose.running.values() if one.process.poll() is None]
    pids += [below for pid in list(pids) for below in descendants(pid)]
    seen = b""
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):  # a child that has just ended
            seen += Path(f"/proc/{pid}/cmdline").read_bytes()
            seen += Path(f"/proc/{pid}/environ").read_bytes()
    seen += b"".join(log.read_bytes() for log in (compose.folder / "logs").iterdir())
    assert b"GHOSTCRAWL_DATABASE_PASSWORD_FILE" in seen
    assert [name for name, secret in cluster.secrets.items() if secret.encode() in seen] == []


ATTACKS = (
    ("FLUSHALL",),
    ("CONFIG", "GET", "*"),
    ("EVAL", "return 1", "0"),
    ("SCRIPT", "FLUSH"),
    ("KEYS", "*"),
    ("ACL", "LIST"),
    ("SHUTDOWN",),
    ("MONITOR",),
    ("MODULE", "LIST"),
    ("CLIENT", "LIST"),
    ("REPLICAOF", "127.0.0.1", "1"),
    ("SET", "other", "1"),
)


def test_no_service_may_do_more_in_the_broker_and_the_database_than_its_work(
    cluster: Cluster,
) -> None:
    compose = cluster.compose
    compose.up()

    for user, queue in (("api", "git"), ("git", "api")):
        for words in (*ATTACKS, ("LPUSH", queue, "x"), ("BRPOP", queue, "1")):
            assert "NOPERM" in _asked(cluster, user, *words), (user, words)
    for words in (*ATTACKS, ("BRPOP", "git", "1"), ("RPOP", "git")):
        assert "NOPERM" in _asked(cluster, "dispatcher", *words), words
    assert "NOAUTH" in _asked(cluster, None, "LLEN", "git")
    assert "NOPERM" in _asked(cluster, "health", "LLEN", "git")
    assert _asked(cluster, "dispatcher", "LLEN", "git").isdigit()
    refused = _sql(cluster, "git", "COPY (SELECT 1) TO PROGRAM 'cat'")
    assert "pg_execute_server_program" in refused
    assert "permission denied" in _sql(cluster, "git", "DELETE FROM verdict")
    assert "fe_sendauth: no password supplied" in _sql(cluster, None, "SELECT 1")


def _asked(cluster: Cluster, user: str | None, *words: str) -> str:
    login = (
        []
        if user is None
        else ["--user", user, "--pass", cluster.secrets.get(f"broker_{user}", "none")]
    )
    ran = cluster.compose.exec("valkey", "valkey-cli", "--no-auth-warning", *login, *words)
    return ran.stdout.strip()


def _sql(cluster: Cluster, service: str | None, statement: str) -> str:
    role = "ghostcrawl" if service is None else f"ghostcrawl_{service}"
    secret = "" if service is None else f":{cluster.secrets[f'database_{service}']}"
    url = f"postgresql://{role}{secret}@127.0.0.1/ghostcrawl"
    program = "import psycopg,sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])"
    ran = cluster.compose.exec("worker-git", "python", "-c", program, url, statement)
    return ran.stderr
