"""What is remembered of hosts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from crawler.errors import Retry
from crawler.git.capabilities import Probes
from crawler.git.urls import parse_repository_url
from crawler.net import Http
from tests.servers.scripted_git import Say, ScriptedGitServer, capabilities
from tests.servers.waiting import PATIENCE


def nothing() -> Say:
    return Say(body=[])


def unasked(_: bytes) -> Say:
    return nothing()


@contextmanager
def client(server: ScriptedGitServer) -> Iterator[Http]:
    http = Http(agent="ghostcrawl/test", trusted_hosts=[server.authority])
    yield http
    http.close()


def test_visits_that_begin_together_ask_a_host_once() -> None:
    probes = Probes()
    with (
        ScriptedGitServer(refs=nothing, fetch=unasked, probe=capabilities) as server,
        client(server) as http,
    ):
        url = parse_repository_url(server.url, [server.authority])

        with ThreadPoolExecutor(8) as pool:
            known = list(pool.map(lambda _: probes.require(http, url, 30.0), range(8)))

        assert server.requests == ["probe"]
        assert {able.version for able in known} == {2}


def test_a_visit_waits_no_longer_for_the_answer_to_another_than_for_its_own() -> None:
    probes, asked, answer = Probes(), Event(), Event()

    def late() -> Say:
        asked.set()
        answer.wait(PATIENCE)
        return capabilities()

    with (
        ScriptedGitServer(refs=nothing, fetch=unasked, probe=late) as server,
        client(server) as http,
        ThreadPoolExecutor(1) as pool,
    ):
        url = parse_repository_url(server.url, [server.authority])
        first = pool.submit(probes.require, http, url, 30.0)
        assert asked.wait(PATIENCE)

        with pytest.raises(Retry, match="has not said yet"):
            probes.require(http, url, 0.01)

        answer.set()
        assert first.result().version == 2


def test_a_capped_depth_is_remembered_of_the_host_and_of_no_other() -> None:
    probes = Probes()

    probes.note_capped_depth(parse_repository_url("https://git.example/a/b"))

    assert probes.caps_depth(parse_repository_url("https://git.example/c/d"))
    assert not probes.caps_depth(parse_repository_url("https://github.example/a/b"))
