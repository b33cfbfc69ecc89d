"""A repository on a real git server that changes between looks, and the steps that look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler import lockfiles, pipeline
from crawler.errors import GhostcrawlError
from crawler.git.interface import Limits
from crawler.git.reader import GitReader
from crawler.hosts.interface import HostKind, HostSettings, ListPage
from crawler.hosts.plain import PlainGit
from crawler.liveness import Checks
from crawler.model import (
    Algorithm,
    CaseClass,
    Confidence,
    Digest,
    Distribution,
    Ecosystem,
    IndexState,
    Outcome,
    ProjectKey,
    Reader,
    ReadRequest,
    Refs,
    Report,
    Repository,
    Skipped,
    Source,
    Subject,
    Verdict,
    VerdictState,
    Visit,
)
from crawler.net import Http
from crawler.reporting import Edition
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, commit, git
from tests.servers.leasing import lease
from tests.servers.ledgers import new_ledger
from tests.servers.lure import GHOST
from tests.values import REGISTRIES
from workers.demo.loopback import Server
from workers.demo.web import Request, Response
from workers.ledger import findings, frontier, gaps, verdicts, visits, work
from workers.ledger.case_following import CasePolicy
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import Leased, WorkItem, WorkKind
from workers.runs import Run, Way
from workers.steps.accounts import AccountStep
from workers.steps.classes import with_classes
from workers.steps.hunt import Hunted, HuntStep
from workers.steps.recording import VisitRecorder
from workers.steps.search import visit_items
from workers.steps.verify import VerifyStep
from workers.steps.verify_items import verify_item
from workers.steps.visit import VisitStep

__all__ = ["PATH", "Bench", "Refusing", "Renaming", "bench"]

PATH = "acme/task"
_START = datetime(2026, 11, 29, 12, tzinfo=UTC)
_LURE = ProjectKey(ecosystem=Ecosystem.PYPI, name="zz-ghost-lure")


@dataclass(frozen=True)
class Refusing:
    """A reader whose host shows no repository, and says so in this way."""

    outcome: Outcome

    def read(self, repositories: Sequence[Repository], _request: ReadRequest) -> Iterator[Visit]:
        for one in repositories:
            said = (Skipped(context=one.path, reason="answered 451"),)
            yield Visit(repository=one, outcome=self.outcome, skipped=said, defer_seconds=60.0)


@dataclass(frozen=True)
class Renaming:
    """A reader whose host tells in passing that the repository has another name now."""

    reader: Reader
    name: str

    def read(self, repositories: Sequence[Repository], request: ReadRequest) -> Iterator[Visit]:
        for brought in self.reader.read(repositories, request):
            yield replace(brought, repository=replace(brought.repository, path=self.name))


class Forge(PlainGit):
    """A host with an API, which answers for an owner as it is told."""

    def __init__(self, settings: HostSettings, answers: Sequence[GhostcrawlError | None]) -> None:
        super().__init__(settings)
        self._answers = answers

    def forks(self, repository: Repository, cursor: str | None) -> ListPage:
        raise AssertionError

    def list_owner(self, repository: Repository, cursor: str | None) -> ListPage:
        answer = self._answers[-1]
        if answer is not None:
            raise answer
        return ListPage(repositories=(), next_cursor=None)


@dataclass
class Bench:
    """One repository, one ghost that is known of, and the steps of the cluster, done one at a time."""

    served: Path
    server: GitHttpServer
    ledger: Ledger
    http: Http
    now: datetime = _START
    parse: pipeline.ParseUnknown = lockfiles.parse_unknown
    name: str = PATH
    """What the host calls the repository now; its clone URL leads there whatever that is."""
    number: str | None = None
    """The id that outlives its name, where the host has such."""
    most_bytes: int = 1_000_000
    """Of a lock that is read."""
    most_trees: int = 1_000
    policy: CasePolicy = field(default_factory=CasePolicy)
    answers: list[int] = field(default_factory=list)
    """The last of them is what the file host answers."""
    heads: list[str] = field(default_factory=list)
    """HEAD requests that were sent to the file host."""
    owner: list[GhostcrawlError | None] = field(default_factory=list)
    """The last of them is what the host answers when it is asked for the owner; empty: it has no API."""

    @property
    def folder(self) -> Path:
        return self.served / f"{PATH}.git"

    @property
    def host(self) -> PlainGit:
        url = self.server.url("").rstrip("/")
        settings = HostSettings(name="git.example", kind=HostKind.GIT, web_url=url, trusted=True)
        return Forge(settings, self.owner) if self.owner else PlainGit(settings)

    @property
    def repository(self) -> Repository:
        return Repository(
            host="git.example",
            path=self.name,
            clone_url=self.server.url(f"{PATH}.git"),
            native_id=self.number,
        )

    def commit(self, files: Mapping[str, bytes | tuple[str, bytes]], branch: str = "main") -> str:
        return commit(self.folder, files, branch=branch)

    def git(self, *words: str) -> str:
        return git(self.folder, *words)

    def judge(self, state: VerdictState | None = VerdictState.MALICIOUS) -> None:
        """Let the ghost have this verdict; None: nobody says anything of it."""
        digests = (
            Digest(algorithm=Algorithm.SHA256, hex=GHOST.sha256),
            Digest(algorithm=Algorithm.BLAKE2B_256, hex=GHOST.blake2b_256),
        )
        file = Distribution(filename=GHOST.filename, digests=tuple(sorted(digests)))
        judged = Verdict(
            subject=Subject(project=_LURE, version="1.0.0", file=file),
            state=state or VerdictState.MALICIOUS,
            since=_START,
            reasons=(),
            sources=(Source(feed="own", record_id="DEMO-1", root_source="demo-inspector"),),
            index_state=IndexState.GONE,
        )
        with self.ledger.write() as conn:
            verdicts.replace(conn, {_LURE: () if state is None else (judged,)}, self.now)

    def visit(
        self,
        refs: Refs = Refs.DEFAULT,
        *,
        root_only: bool = False,
        reader: Reader | None = None,
    ) -> None:
        """Visit the repository, by `reader` instead of git where one is given."""
        self.now += timedelta(hours=1)
        run = Run.start(self.now, refs, root_only=root_only)
        with self.ledger.write() as conn:
            reading = lambda *_: WorkKind.VISIT  # noqa: E731 - named for the next line
            items = visit_items(conn, [self.repository], reading, run, self.now, Way.REPOS)
            work.offer(conn, items, self.now)
        step = VisitStep(
            reader=reader or self.reader(root_only=root_only),
            at_root=root_only,
            recorder=self._recorder(run),
        )
        step.visit(self._leased(WorkKind.VISIT))

    def see_another(self) -> None:
        """Read another repository of the host, of which nothing is known otherwise."""
        another = replace(self.repository, path="other/one", clone_url="https://git.example/o.git")
        with self.ledger.write() as conn:
            (number,) = frontier.save(conn, [another], self.now)
            read = Visit(repository=another, outcome=Outcome.UNCHANGED)
            visits.record_visit(conn, number, read, self.now)

    def ask_accounts(self) -> int:
        """Ask what is due to be asked about owners; return how many questions that were."""
        host = self.host
        assert isinstance(host, Forge)
        step = AccountStep(
            ledger=self.ledger,
            host="git.example",
            related=host,
            policy=self.policy,
            clock=lambda: self.now,
        )
        leased = self._leased(WorkKind.PIVOT)
        step.ask(leased)
        return len(leased)

    def hunt(self) -> Hunted:
        self.now += timedelta(hours=1)
        with self.ledger.write() as conn:
            item = WorkItem(kind=WorkKind.HUNT, key=f"pypi/{_LURE.name}", due_at=self.now)
            work.offer(conn, [item], self.now)
        step = HuntStep(
            ledger=self.ledger,
            registries=REGISTRIES,
            run=Run.start(self.now),
            supports_pivot=lambda _: False,
            clock=lambda: self.now,
            cases=self.policy,
        )
        return step.hunt(self._leased(WorkKind.HUNT))

    def verify(self, reader: Reader | None = None) -> None:
        """Verify every open finding."""
        self.now += timedelta(hours=1)
        run = Run.start(self.now, Refs.BRANCHES)
        with self.ledger.write() as conn:
            reports = findings.reports(conn, minimum=Confidence.CENSUS)
            work.offer(conn, [verify_item(one, run, self.now) for one in reports], self.now)
        step = VerifyStep(
            reader=reader or self.reader(),
            checks=Checks(self.http),
            recorder=self._recorder(run),
        )
        step.verify(self._leased(WorkKind.VERIFY))

    def reports(self) -> dict[str, Report]:
        """Return every finding by the path of its lock."""
        with self.ledger.read() as conn:
            found = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
            return {one.finding.sighting.path: one for one in found}

    def statuses(self) -> dict[str, str]:
        """Return path of the lock -> status of its finding, with the code of its reason."""
        return {
            path: one.status
            if one.status_reason is None
            else f"{one.status}: {one.status_reason.code}"
            for path, one in self.reports().items()
        }

    def named(self) -> dict[str, str]:
        """Return name of the repository -> status of the finding in it, with its whole reason."""
        with self.ledger.read() as conn:
            found = findings.reports(conn, minimum=Confidence.CENSUS, include_closed=True)
            return {
                one.finding.repository.path: one.status
                if one.status_reason is None
                else f"{one.status}: {one.status_reason.text}"
                for one in found
            }

    def letters(self) -> list[str]:
        """Return the letters that a report would have now: of findings verified within a day.

        A person has set that the repository is a lure: a plain Git server does not tell its age.
        """
        with self.ledger.read() as conn:
            fresh = set(findings.unverified(conn, self.now - timedelta(days=1)))
            known = findings.reports(conn, minimum=Confidence.CENSUS)
            reports = with_classes(conn, known, self.now, set_by=lambda _: CaseClass.LURE)
        checked = [one for one in reports if one.finding.key not in fresh]
        return [
            document.text for document in pipeline.render(checked, ["letter"], Edition(at=self.now))
        ]

    def forget_locks(self) -> None:
        """Make every lock one that older parsers have read."""
        with self.ledger.write() as conn:
            conn.exec_driver_sql("UPDATE lock SET parser_version = 'older'")
            conn.exec_driver_sql("UPDATE head SET parser_version = 'older'")

    def not_looked_at(self) -> list[str]:
        """Return what `status` says was left out."""
        with self.ledger.read() as conn:
            return [
                f"{one.place} {where}: {one.reason}".replace("  ", " ")
                for one in gaps.not_looked_at(conn)
                for where in one.where or ("",)
            ]

    def events(self) -> list[str]:
        """Return the log of all findings in its order."""
        with self.ledger.read() as conn:
            rows = conn.exec_driver_sql("SELECT event, code FROM finding_event ORDER BY id")
            return [f"{event} {code}".rstrip() for event, code in rows]

    def _leased(self, kind: WorkKind) -> tuple[Leased, ...]:
        with self.ledger.write() as conn:
            return lease(conn, kind, 100, self.now)

    def reader(self, *, root_only: bool = False) -> GitReader:
        return GitReader(
            self.http,
            limits=Limits(object_bytes=self.most_bytes, trees=self.most_trees),
            trusted_hosts=[self.server.authority],
            root_only=root_only,
        )

    def _recorder(self, run: Run) -> VisitRecorder:
        return VisitRecorder(
            ledger=self.ledger,
            host=self.host,
            registries=REGISTRIES,
            run=run,
            parse=self.parse,
            clock=lambda: self.now,
            cases=self.policy,
        )


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Serve an empty repository, next to a file host that still serves the ghost."""
    heads: list[str] = []
    answers = [200]

    def file_host(request: Request) -> Response:
        assert request.method == "HEAD"
        heads.append(request.path)
        return Response(status=answers[-1])

    bare(folder / f"served/{PATH}.git")
    ledger = new_ledger(folder / "ledger.sqlite")
    with (
        GitHttpServer(folder / "served") as server,
        Server({"files.index.example": file_host}) as files,
    ):
        http = Http(
            agent="ghostcrawl/test",
            trusted_hosts=[server.authority],
            connect_to=files.connect_to,
        )
        made = Bench(
            served=folder / "served",
            server=server,
            ledger=ledger,
            http=http,
            heads=heads,
            answers=answers,
        )
        made.judge()
        yield made
        http.close()
    ledger.close()
