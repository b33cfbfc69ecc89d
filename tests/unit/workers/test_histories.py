"""Since when a pin is there: asked once, paid for, and never a reason to fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.errors import Defer
from crawler.git.commandline import CommandLineReader
from crawler.model import Confidence, FindingStatus, PinHistory, Report
from crawler.net import Bucket, NullBudget
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit
from tests.unit.reporting.letters import EVIDENCE, confirmed, found, matched
from tests.values import REPOSITORY, SHA, SIGHTING
from workers.steps.histories import Histories


class Counted(NullBudget):
    """A budget that counts, and may be empty."""

    def __init__(self, *, empty: bool = False) -> None:
        self.spent: list[Bucket] = []
        self._empty = empty

    def spend(self, bucket: Bucket) -> None:
        if self._empty:
            raise Defer(60, "the budget is spent")
        self.spent.append(bucket)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(tmp_path) as serving:
        yield serving


def histories(server: GitHttpServer, budget: Counted) -> Histories:
    @contextmanager
    def reader() -> Iterator[CommandLineReader]:
        with CommandLineReader(agent="a", trusted_hosts=[server.authority]) as made:
            yield made

    return Histories(budget=budget, reader=reader, keep=lambda *_: None)


def at(server: GitHttpServer, tip: str) -> Report:
    return found(
        confirmed(),
        repository=replace(REPOSITORY, clone_url=server.url("r.git")),
        sighting=replace(SIGHTING, commit=tip),
    )


def test_a_confirmed_finding_is_asked_about_with_four_requests(
    server: GitHttpServer, tmp_path: Path
) -> None:
    repository = bare(tmp_path / "r.git")
    first = commit(repository, {"uv.lock": f"sha256:{SHA}".encode()})
    tip = commit(repository, {"uv.lock": f"sha256:{SHA} again".encode()})
    budget, report = Counted(), at(server, tip)

    known = histories(server, budget).of(report.finding.repository, [report])

    assert known[report.finding.key].entered_commit == first
    assert [bucket.host for bucket in budget.spent] == [server.authority] * 4


def test_a_digest_in_base64_is_the_same_digest(server: GitHttpServer, tmp_path: Path) -> None:
    lock = b'"integrity": "sha256-zc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc0="'
    report = at(server, commit(bare(tmp_path / "r.git"), {"uv.lock": lock}))

    known = histories(server, Counted()).of(report.finding.repository, [report])

    assert known[report.finding.key].entered_commit == report.finding.sighting.commit


@pytest.mark.parametrize(
    "report",
    [
        matched(confirmed(), confidence=Confidence.LIKELY),
        replace(confirmed(), status=FindingStatus.RETRACTED),
        replace(confirmed(), evidence=None),
        replace(confirmed(), evidence=replace(EVIDENCE, history=PinHistory(commits=1, whole=True))),
    ],
)
def test_what_needs_no_history_costs_nothing(server: GitHttpServer, report: Report) -> None:
    budget = Counted()

    assert histories(server, budget).of(REPOSITORY, [report]) == {}
    assert budget.spent == []


def test_an_empty_budget_is_asked_at_the_next_check(server: GitHttpServer) -> None:
    report = at(server, "1" * 40)

    assert histories(server, Counted(empty=True)).of(report.finding.repository, [report]) == {}


def test_a_repository_that_cannot_be_read_so_is_not_asked_every_day(
    server: GitHttpServer,
) -> None:
    report = at(server, "1" * 40)

    known = histories(server, Counted()).of(report.finding.repository, [report])

    assert known == {report.finding.key: PinHistory(commits=0, whole=False)}
