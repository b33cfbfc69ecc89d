"""Submodules of a visited repository become repositories to visit: bounded, one level, and said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.servers.leasing import lease
from workers.broker import Broker
from workers.cluster.steps import Steps
from workers.ledger import coverage, frontier, visit_coverage, work
from workers.ledger.tables import repository as repository_table
from workers.ledger.work_items import WorkKind
from workers.runs import Run, Way
from workers.settings import load
from workers.steps.search import visit_item
from workers.wiring import Wiring

HOST, OTHER = "git.example", "other.example"
LOCK = b'version = 1\n[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\n'


@pytest.fixture
def git_server(tmp_path: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path / "repositories") as server:
        yield server


@pytest.fixture
def wiring(git_server: GitHttpServer, broker: Broker, tmp_path: Path) -> Iterator[Wiring]:
    """The parts of a worker that knows two hosts; one is plain Git, the other is not configured."""
    base = f"http://{git_server.authority}"
    wired = Wiring(
        load(
            state_dir=tmp_path / "state",
            broker_url=broker.url,
            hosts={HOST: {"kind": "git", "web_url": f"https://{HOST}"}},
            network={"connect_to": {HOST: base, OTHER: base}},
        )
    )
    yield wired
    wired.close()


def modules(*urls: str) -> bytes:
    return "".join(
        f'[submodule "m{number}"]\n\tpath = m{number}\n\turl = {url}\n'
        for number, url in enumerate(urls)
    ).encode()


def visit(wiring: Wiring, path: str = "a/above") -> list[str]:
    """Visit a repository; return what is said of it."""
    now = wiring.clock()
    run = Run.start(now)
    with wiring.ledger.write() as conn:
        (saved,) = frontier.save(conn, [wiring.hosts.named(HOST).repository(path)], now)
        work.offer(conn, [visit_item(WorkKind.VISIT, saved, HOST, run, now)], now)
        due = lease(conn, WorkKind.VISIT, 100, now)
    Steps(wiring).do(WorkKind.VISIT, [one for one in due if one.key == str(saved)])
    with wiring.ledger.read() as conn:
        return [one.reason for one in visit_coverage.not_looked_at(conn) if one.repository == path]


def known(wiring: Wiring) -> dict[str, str | None]:
    """Return clone URL -> the way that led there, of every repository but the visited one."""
    columns = (repository_table.c.clone_url, repository_table.c.found_by)
    with wiring.ledger.read() as conn:
        rows = conn.execute(select(*columns).where(repository_table.c.path != "a/above"))
        return {row.clone_url: row.found_by for row in rows}


def test_urls_of_submodules_become_repositories_to_visit(
    wiring: Wiring, git_server: GitHttpServer
) -> None:
    named = modules(
        f"https://{HOST}/b/absolute.git",
        "../relative",
        f"git@{HOST}:b/by-ssh.git",
        f"git://{HOST}/b/by-git",
        f"https://{OTHER}/c/elsewhere",
    )
    commit(bare(git_server.root / "a" / "above"), {".gitmodules": named, "uv.lock": LOCK})

    said = visit(wiring)

    assert said == []
    assert known(wiring) == dict.fromkeys(
        [
            f"https://{HOST}/b/absolute.git",
            f"https://{HOST}/a/relative",
            f"https://{HOST}/b/by-ssh.git",
            f"https://{HOST}/b/by-git",
            f"https://{OTHER}/c/elsewhere",
        ],
        Way.GITLINK.value,
    )
    with wiring.ledger.read() as conn:
        (covered, _) = coverage.of_hosts(conn, wiring.clock())
    assert (covered.host, covered.due) == (HOST, 4)


def test_addresses_that_cannot_be_visited_are_said_by_name(
    wiring: Wiring, git_server: GitHttpServer
) -> None:
    named = modules(
        "../../../out",
        f"git@{OTHER}:c/by-ssh.git",
        "ext::sh -c touch",
        "file:///etc",
        "https://127.0.0.1/x/y",
        "https://user:s3cret@git.example/x/y",
    )
    commit(bare(git_server.root / "a" / "above"), {".gitmodules": named})

    said = visit(wiring)

    assert known(wiring) == {}
    assert len(said) == 6
    assert all(one.startswith("submodule '") for one in said)
    assert "s3cret" not in str(said)


def test_no_more_than_twenty_of_one_repository_are_visited_and_the_rest_is_counted(
    wiring: Wiring, git_server: GitHttpServer
) -> None:
    named = modules(*(f"https://{HOST}/b/{number}" for number in range(25)))
    commit(bare(git_server.root / "a" / "above"), {".gitmodules": named})

    said = visit(wiring)

    assert len(known(wiring)) == 20
    assert said == ["only the first 20 submodules of a repository are visited"]


def test_a_submodule_leads_no_further_and_says_so(
    wiring: Wiring, git_server: GitHttpServer
) -> None:
    commit(bare(git_server.root / "a" / "above"), {".gitmodules": modules("../below")})
    commit(bare(git_server.root / "a" / "below"), {".gitmodules": modules("../lowest")})
    visit(wiring)

    said = visit(wiring, "a/below")

    assert known(wiring) == {f"https://{HOST}/a/below": Way.GITLINK.value}
    assert said == ["a submodule of what is known only as a submodule is not visited"]


def test_a_visit_that_names_submodules_costs_no_more_than_three_requests_and_one_that_is_unchanged_one(
    wiring: Wiring, git_server: GitHttpServer
) -> None:
    commit(bare(git_server.root / "a" / "above"), {".gitmodules": modules("../below")})
    visit(wiring)
    first = list(git_server.traffic.requests)
    git_server.traffic.requests.clear()

    visit(wiring)

    assert [one.split()[0] for one in first] == ["GET", "POST", "POST", "POST"]
    assert len(git_server.traffic.requests) == 1


def test_a_file_of_that_name_in_a_folder_is_none_of_gits(
    wiring: Wiring, git_server: GitHttpServer
) -> None:
    files = {"a/.gitmodules": modules(f"https://{HOST}/b/c"), "uv.lock": LOCK}
    commit(bare(git_server.root / "a" / "above"), files)

    visit(wiring)

    assert known(wiring) == {}
