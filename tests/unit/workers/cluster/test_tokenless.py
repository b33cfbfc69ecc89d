"""A repository for which GitHub refuses our token is read over git without one, and that is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.model import Outcome
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.github_schema import errors_of
from tests.servers.leasing import lease
from tests.servers.small_world import repository, world
from workers.broker import Broker
from workers.cluster.steps import Steps
from workers.demo.github import GithubApp
from workers.demo.loopback import Server
from workers.demo.web import Request, Response
from workers.ledger import frontier, visit_coverage, visits, work
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.settings import load
from workers.steps.search import visit_item
from workers.wiring import Wiring

HOST = "github.example"
LOCK = b'version = 1\n[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\n'
REFUSALS = [
    (
        "FORBIDDEN",
        (
            "Although you appear to have the correct authorization credentials, the `o` organization "
            "has an IP allow list enabled, and your IP address is not permitted to access this resource."
        ),
    ),
    (
        "FORBIDDEN",
        (
            "Resource protected by organization SAML enforcement. You must grant your Personal Access "
            "token access to this organization."
        ),
    ),
    ("FORBIDDEN", "`o` forbids access via a personal access token (classic)."),
    ("INSUFFICIENT_SCOPES", "Your token has not been granted the required scopes."),
]


class Refusing:
    """A GitHub that answers about repositories with a fault alone."""

    def __init__(self) -> None:
        self.fault: dict[str, str] = {}
        self._app = GithubApp(world(repository("o/guarded", {"uv.lock": LOCK})), check=errors_of)

    def __call__(self, request: Request) -> Response:
        answer = self._app(request)
        said = json.loads(answer.body)
        aliases = [name for name in said.get("data", {}) if name.startswith("r")]
        said["errors"] = [{"path": [name], **self.fault} for name in aliases]
        said["data"] |= dict.fromkeys(aliases)
        return replace(answer, body=json.dumps(said).encode(), headers={})


@pytest.fixture
def api() -> Refusing:
    return Refusing()


@pytest.fixture
def git_server(tmp_path: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path / "repositories") as server:
        yield server


@pytest.fixture
def wiring(
    api: Refusing,
    git_server: GitHttpServer,
    broker: Broker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Wiring]:
    monkeypatch.setenv("GUARDED_TOKEN", "s3cret-token")
    section = {
        "kind": "github",
        "web_url": f"https://{HOST}",
        "api_url": f"https://api.{HOST}",
        "token_env": "GUARDED_TOKEN",
    }
    with Server({f"api.{HOST}": api}) as server:
        wired = Wiring(
            load(
                state_dir=tmp_path / "state",
                broker_url=broker.url,
                hosts={HOST: section},
                network={
                    "connect_to": {**server.connect_to, HOST: f"http://{git_server.authority}"}
                },
            )
        )
        yield wired
        wired.close()


def read(wiring: Wiring) -> tuple[list[Outcome], list[str]]:
    """Read the repository through the API; return how its visits ended, and what is said of it."""
    now = wiring.clock()
    run = Run.start(now)
    host = wiring.hosts.named(HOST)
    with wiring.ledger.write() as conn:
        (saved,) = frontier.save(conn, [host.repository("o/guarded")], now)
        work.offer(conn, [visit_item(WorkKind.READ, saved, HOST, run, now)], now)
        (leased,) = lease(conn, WorkKind.READ, 1, now)
    Steps(wiring).do(WorkKind.READ, [leased])
    with wiring.ledger.read() as conn:
        outcomes = [past.outcome for past in visits.history(conn, saved)]
        return outcomes, [one.reason for one in visit_coverage.not_looked_at(conn)]


@pytest.mark.parametrize(("kind", "message"), REFUSALS)
def test_what_a_token_may_not_see_is_read_over_git_without_one(
    wiring: Wiring, api: Refusing, git_server: GitHttpServer, kind: str, message: str
) -> None:
    commit(bare(git_server.root / "o" / "guarded.git"), {"uv.lock": LOCK, "a/uv.lock": b"a"})
    api.fault = {"type": kind, "message": message}

    outcomes, said = read(wiring)

    assert outcomes == [Outcome.VISITED]
    assert said == [f"the host refuses our token for it ({message}): read over git without one"]
    assert not any("authorization" in headers for headers in git_server.traffic.headers)


def test_what_nobody_can_read_without_a_token_either_ends_as_git_says(
    wiring: Wiring, api: Refusing
) -> None:
    api.fault = {"type": "FORBIDDEN", "message": "no"}

    outcomes, said = read(wiring)

    assert outcomes == [Outcome.GONE]
    assert said[-1] == "the host refuses our token for it (no): read over git without one"


@pytest.mark.parametrize(
    "fault",
    [
        {"type": "FORBIDDEN", "message": "Repository access blocked"},
        {"message": "Repository unavailable due to DMCA takedown."},
    ],
)
def test_what_the_host_has_blocked_is_not_asked_for_over_git(
    wiring: Wiring, api: Refusing, git_server: GitHttpServer, fault: dict[str, str]
) -> None:
    api.fault = fault

    outcomes, _ = read(wiring)

    assert (outcomes, git_server.traffic.requests) == ([Outcome.BLOCKED], [])
