"""A finding is looked at again, and a host that asks to wait is not asked before its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from crawler import lockfiles
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.liveness import Checks
from crawler.model import Confidence, Outcome, ReadRequest, Repository, Visit
from crawler.net import Http
from tests.contract.ledger import samples
from tests.servers.leasing import lease
from workers.ledger import findings, frontier, work
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import WorkKind
from workers.runs import Run
from workers.steps.recording import VisitRecorder
from workers.steps.verify import VerifyStep
from workers.steps.verify_items import verify_item

_START = datetime(2026, 11, 22, tzinfo=UTC)
_RUN = Run.start(_START)
_WAIT = timedelta(hours=1)


@dataclass
class _Busy:
    """A reader whose host asks to wait until `_WAIT` is over, and then says that all is gone."""

    now: datetime = _START
    asked: list[datetime] = field(default_factory=list)
    requests: list[ReadRequest] = field(default_factory=list)

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        self.asked.append(self.now)
        self.requests.append(request)
        left = (_START + _WAIT - self.now).total_seconds()
        for one in repositories:
            if left > 0:
                yield Visit(repository=one, outcome=Outcome.DEFERRED, defer_seconds=left)
            else:
                yield Visit(repository=one, outcome=Outcome.GONE)


def test_findings_of_a_host_that_asks_to_wait_are_verified_after_that(ledger: Ledger) -> None:
    found, reader = samples.finding(), _Busy()
    with ledger.write() as conn:
        frontier.save(conn, [found.repository], _START)
        findings.record(conn, [found], _RUN.id, _START)
        reports = findings.reports(conn, minimum=Confidence.CENSUS)
        work.offer(conn, [verify_item(one, _RUN, _START) for one in reports], _START)
    name = found.repository.host
    settings = HostSettings(name=name, kind=HostKind.GIT, web_url=f"https://{name}")

    for minutes in range(0, 90, 10):
        reader.now = _START + timedelta(minutes=minutes)
        with ledger.write() as conn:
            leased = lease(conn, WorkKind.VERIFY, 20, reader.now)
        VerifyStep(
            reader=reader,
            checks=Checks(Http(agent="test")),
            recorder=VisitRecorder(
                ledger=ledger,
                host=PlainGit(settings),
                registries={},
                run=_RUN,
                parse=lockfiles.parse_unknown,
                clock=lambda: reader.now,
            ),
        ).verify(leased)

    with ledger.read() as conn:
        verified = {q.kind: (q.done, q.dead) for q in work.counts(conn, reader.now)}[
            WorkKind.VERIFY
        ]
    assert reader.asked == [_START, _START + _WAIT]
    assert verified == (1, 0)
    assert reader.requests[0].wanted("uv.lock") > 0
    assert reader.requests[0].wanted("deep/inside/app.py") <= 0
