"""The composition root: settings go in, parts that know nothing of settings come out.

Each part is imported where it is made: a command pays for the database, HTTP, the broker or the forges
only when it uses them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import ConfigurationError
from crawler.model import Ecosystem
from workers import addresses
from workers.clock import SharedClock
from workers.configured_hosts import ConfiguredHosts
from workers.passwords import password_in, with_password
from workers.private import make_folder, private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime
    from pathlib import Path

    from redis import Redis
    from sqlalchemy import Connection

    from crawler.git.commandline import CommandLineReader
    from crawler.git.interface import Limits
    from crawler.git.kept import KeptFolder
    from crawler.git.reader import GitReader
    from crawler.hosts.interface import Host, HostSettings
    from crawler.liveness import Checks
    from crawler.model import Campaign, Classification, ProjectKey, Registry, Repository
    from crawler.net import Budget, Http
    from crawler.pipeline import ParseUnknown
    from crawler.reporting import Edition
    from feeds.interface import Feed
    from workers.broker import Broker
    from workers.budget.governor import BucketUsage, Governor
    from workers.budget.holds import LedgerBlocks
    from workers.budget.rates import Rates
    from workers.evidence.originals import Originals
    from workers.ledger.case_following import CasePolicy
    from workers.ledger.ledger import Ledger
    from workers.reports.smtp import MailServer
    from workers.settings import Settings

__all__ = ["Wiring"]

_OF_PROGRAM = 3
"""Requests of the git program that reads a repository: its refs, its commits and trees, its locks."""


class Wiring:
    """Makes each part once, when it is first asked for. One per process."""

    def __init__(self, settings: Settings) -> None:
        """Keep `settings`; nothing is opened yet."""
        self.settings = settings
        self.requested: Callable[[str, str], None] = lambda _host, _outcome: None
        """Told of each request, by host; set it before the first one."""
        self.may_ask: Callable[[], None] = lambda: None
        """Called before each request; raises where the turn in which this process asks is lost."""
        self.clock = SharedClock()
        """UTC; of the database, for who has asked it (see `tell_time`)."""

    def close(self) -> None:
        """Close what was opened: connections, the database, and a broker that was started here."""
        made = vars(self)
        for name in ("http", "governed_http", "redis", "unchecked_ledger"):
            if name in made:
                made[name].close()
        if "broker" in made:
            self.broker.stop()

    @cached_property
    def state_dir(self) -> Path:
        """The state directory, made for this user alone. Raises ConfigurationError.

        One that is there keeps its mode, for it may be anybody's; what is put into it is private.
        """
        folder = self.settings.state_dir
        try:
            make_folder(folder)
        except OSError as error:
            msg = f"the state directory {folder} cannot be made: {error.strerror}; set --state-dir"
            raise ConfigurationError(msg) from error
        return folder

    @cached_property
    def unchecked_ledger(self) -> Ledger:
        """The ledger as it is, perhaps without a schema: for looking after it."""
        from workers.ledger.ledger import Ledger

        if not (url := self.settings.database_url):
            return Ledger.open(f"sqlite:///{self.state_dir / 'ledger.sqlite'}")
        return Ledger.open(with_password(url, self.settings.database_password_file))

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger, open and with our schema; an own SQLite file is brought up to date here."""
        ledger = self.unchecked_ledger
        if ledger.is_current():
            return ledger
        if not self.settings.database_url:
            ledger.upgrade()
        ledger.check()
        return ledger

    def tell_time(self) -> None:
        """Let `clock` go on from the time of the database. Raises StoreError."""
        self.clock.set(self.ledger.now())

    @cached_property
    def _holds(self) -> LedgerBlocks:
        """What is held back, as the ledger has it."""
        from workers.budget.holds import LedgerBlocks

        return LedgerBlocks(self.ledger, self.clock, self._names_of)

    @property
    def version(self) -> str:
        """Of this program."""
        from crawler import __version__

        return __version__

    def prepare(self, pool: str) -> None:
        """Make all parts that the threads of a worker of `pool` share, before there are threads."""
        parts: list[object] = [self.ledger, self.governed_http, self.parse, self.checks]
        if pool == "git":
            parts += [self.git_reader, self.git_root_reader]
        else:
            parts += [self.hosts, self.protected, self.private_reader]

    @cached_property
    def broker(self) -> Broker:
        """The broker, attached or started. Raises StoreError."""
        from workers.broker import Broker

        if not (url := self.settings.broker_url):
            return Broker.open(self.state_dir)
        return Broker.attach(with_password(url, self.settings.broker_password_file))

    def secrets(self) -> Collection[str]:
        """Return what no log may show: tokens, those of late too, and passwords."""
        return (*self.hosts.tokens(), *self._passwords)

    def mail_server(self) -> MailServer:
        """Return who takes mails. Raises ConfigurationError where nobody is configured."""
        from workers.reports.smtp import MailServer, is_loopback

        section = self.settings.smtp
        if not section.host:
            msg = "no mail server is configured; set [smtp] host"
            raise ConfigurationError(msg)
        return MailServer(
            host=section.host,
            port=section.port,
            user=section.user,
            password=section.password(),
            plain=is_loopback(section.host),
        )

    @cached_property
    def _passwords(self) -> tuple[str, ...]:
        files = (self.settings.database_password_file, self.settings.broker_password_file)
        return tuple(password_in(file) for file in files if file is not None)

    @cached_property
    def redis(self) -> Redis:
        """A client of the broker, for the budgets."""
        from workers.broker import connect

        return connect(self.broker.url)

    @cached_property
    def governor(self) -> Governor:
        """The budgets that all workers share."""
        from workers.budget.governor import Governor

        governor = Governor(
            self.redis,
            self._holds,
            rates=self.rates,
            scale=self.settings.network.scale,
        )
        governor.restore()
        return governor

    def usage(self) -> tuple[BucketUsage, ...] | None:
        """Return what was asked of each host since the broker began; None where no broker of ours runs.

        Starts none. Raises StoreError, or RedisError where it ceases to answer.
        """
        from workers.broker import Broker

        known = self.settings.broker_url or "broker" in vars(self)
        return self.governor.usage() if known or Broker.runs(self.state_dir) else None

    @cached_property
    def rates(self) -> Rates:
        """How often each host is asked: what is polite, or less where the configuration says so."""
        from workers.budget.rates import Rates

        return Rates(kinds=addresses.kinds(self.settings), at_most=addresses.at_most(self.settings))

    def _names_of(self, host: str) -> Collection[str]:
        section = self.settings.hosts.get(host)
        return {host} if section is None else addresses.names_of(host, section)

    @cached_property
    def http(self) -> Http:
        """A client without shared budgets, for a few questions; `hosts pause` stops it as well."""
        from workers.budget.holds import PausesOnly

        return self._http(PausesOnly(self._holds))

    @cached_property
    def governed_http(self) -> Http:
        """The client of the workers; every request is paid from a budget."""
        return self._http(self.governor)

    @cached_property
    def checks(self) -> Checks:
        """Asks whether files are still served, each once in a while."""
        from crawler.liveness import Checks

        return Checks(self.governed_http)

    def _http(self, budget: Budget) -> Http:
        from crawler.net import Http

        return Http(
            agent=self._agent,
            budget=budget,
            trusted_hosts=self._trusted_hosts,
            connect_to=self.settings.network.connect_to,
            requested=self.requested,
            may_ask=lambda: self.may_ask(),  # noqa: PLW0108 - that of the moment
        )

    @property
    def _agent(self) -> str:
        from crawler.net import user_agent

        network = self.settings.network
        return user_agent(network.project_url, network.operator)

    @property
    def _trusted_hosts(self) -> Collection[str]:
        return addresses.trusted(self.settings)

    @cached_property
    def hosts(self) -> ConfiguredHosts:
        """The Git hosts; each is made when it is first asked for."""
        return ConfiguredHosts(self.settings.hosts, self._build_host)

    def _build_host(self, settings: HostSettings) -> Host:
        from crawler.hosts import registry

        return registry.build(settings, self.governed_http, self.governor, self.clock)

    @cached_property
    def parse(self) -> ParseUnknown:
        """Reads of locks what the ledger does not know."""
        from workers.parsing import parse_unknown

        return parse_unknown

    @cached_property
    def git_reader(self) -> GitReader:
        """Reads any host over the git protocol; the git program is its fallback."""
        from crawler.git.kept import KeptFolder

        folder = private_folder(self.state_dir / "kept")
        return self._git_reader(KeptFolder(folder, self.settings.kept_bytes))

    @cached_property
    def git_root_reader(self) -> GitReader:
        """As `git_reader`, of `crawl --depth root`: enters no folder and says so in each visit."""
        return self._git_reader(None)

    @cached_property
    def private_reader(self) -> GitReader:
        """Reads private repositories with the token of their host; for the processes that hold tokens.

        It keeps nothing on disk, and has no git program to fall back on: no token reaches a child.
        """
        from crawler.git.reader import GitReader

        return GitReader(
            self.governed_http, trusted_hosts=self._trusted_hosts, authorize=self._authorization
        )

    def _authorization(self, repository: Repository) -> str | None:
        from crawler.hosts.forge import Forge

        host = self.hosts.named(repository.host)
        return host.git_authorization(repository.clone_url) if isinstance(host, Forge) else None

    def _git_reader(self, kept: KeptFolder | None) -> GitReader:
        """Return a reader that keeps what it reads for the next visit, or one of roots, in `kept` None."""
        from crawler.git.interface import Limits
        from crawler.git.reader import GitReader

        return GitReader(
            self.governed_http,
            trusted_hosts=self._trusted_hosts,
            root_only=kept is None,
            kept=kept,
            fallback=lambda seconds: self.git_program(Limits(total_seconds=seconds)),
            pay=self._pay_program,
        )

    def _pay_program(self, url: str) -> None:
        """Pay for what the git program asks of the host of `url`; raises Defer, or Retry where a turn is lost."""
        from crawler.net import Bucket

        self.may_ask()
        for _ in range(_OF_PROGRAM):
            self.governor.spend(Bucket(host=urlsplit(url).netloc))

    @cached_property
    def originals(self) -> Originals:
        """Commits, trees and locks behind confirmed findings, for evidence packs."""
        from workers.evidence.originals import Originals

        return Originals(folder=private_folder(self.state_dir / "originals"))

    def git_program(self, limits: Limits | None = None) -> CommandLineReader:
        """Return a reader of one repository by the git program, in a sandbox; whoever asks for it pays."""
        from crawler.git.commandline import CommandLineReader
        from crawler.sandbox import Confinement

        return CommandLineReader(
            agent=self._agent,
            limits=limits,
            trusted_hosts=self._trusted_hosts,
            connect_to=self.settings.network.connect_to,
            confinement=Confinement.REQUIRED,
        )

    @property
    def registries(self) -> Mapping[Ecosystem, Registry]:
        """The public registries, with the file hosts that the index itself has named so far."""
        from feeds.pypi.cursors import feed_of, file_hosts_in
        from workers.ledger import cursors

        with self.ledger.read() as conn:
            return self.settings.public_registries(
                lambda name: file_hosts_in(cursors.cursor_of(conn, feed_of(name)))
            )

    @cached_property
    def protected(self) -> Collection[ProjectKey]:
        """Projects that no record may accuse by name alone. Raises ConfigurationError."""
        from crawler.verdicts.most_used import protected_by

        try:
            return protected_by(self.settings.feeds.protected)
        except ValueError as error:
            msg = f"feeds.protected: {error}"
            raise ConfigurationError(msg) from error

    def edition(self, at: datetime) -> Edition:
        """Return who writes documents at `at` (UTC), and to whom not. Raises ConfigurationError."""
        from crawler.reporting import Edition
        from workers.reports.opt_out import opted_out

        return Edition(
            at=at,
            contact=self.settings.network.operator,
            opted_out=opted_out(self.settings.report.opt_out),
            registries=self.registries,
            software={name: one.kind.value for name, one in self.settings.hosts.items()},
        )

    def reconsider_outdated(self) -> None:
        """Judge again what is judged otherwise today; whoever looks at verdicts asks first."""
        from workers.steps.reconsidering import reconsider_outdated

        reconsider_outdated(self.ledger, self.clock(), self.protected)

    def end_dismissals(self) -> None:
        """Let findings hold again whose dismissal has had its day; whoever looks at findings asks first."""
        from workers.ledger import statuses
        from workers.ledger.case_following import follow, of_findings

        with self.ledger.read() as conn:
            due = statuses.due_dismissals(conn, self.clock())

        def end(conn: Connection) -> None:
            now = self.clock()
            ended = statuses.end_dismissals(conn, now)
            follow(conn, of_findings(conn, ended), now, self.case_policy)

        if due:
            self.ledger.transaction(end)

    @property
    def case_policy(self) -> CasePolicy:
        """By what cases are judged."""
        from workers.ledger.case_following import CasePolicy
        from workers.steps.classes import classes_of

        def reckon(conn: Connection, numbers: Collection[int]) -> Mapping[int, Classification]:
            return classes_of(conn, numbers, self.clock(), self.protected)

        return CasePolicy(
            classes_of=reckon,
            scale=self.settings.network.scale,
            remind_after=self.settings.report.remind_after,
        )

    def follow_cases(self) -> None:
        """Open the cases that are missing, and end decisions that are over; whoever looks at cases asks first."""
        from workers.ledger.case_following import follow, unfollowed

        self.end_dismissals()
        with self.ledger.read() as conn:
            policy = self.case_policy
            due = unfollowed(conn, self.clock(), policy)
        if due:
            now = self.clock()
            self.ledger.transaction(lambda conn: follow(conn, due, now, policy))

    def follow_campaigns(self) -> tuple[Campaign, ...]:
        """Return the campaigns as they are now, and keep which case is in which; cases are followed first."""
        from workers.ledger import campaigns

        self.follow_cases()
        with self.ledger.read() as conn:
            found = campaigns.found(conn)
        self.ledger.transaction(lambda conn: campaigns.store(conn, found))
        return found

    def feeds(self, source: str, *, governed: bool = False) -> tuple[Feed, ...]:
        """Return the feeds behind a word of `seed --from`; raises UsageError.

        `governed` is for workers: GitHub is asked out of the budget that all of them share.
        """
        from feeds.interface import FeedContext, PythonIndex
        from feeds.registry import build
        from workers.settings.registries import ecosystem_of

        registries = self.settings.registries
        index, npm = registries.get("pypi"), registries.get("npm")
        context = FeedContext(
            http=self.http,
            settings=dict(self.settings.feeds),
            ecosystems=tuple(one for one in Ecosystem if one.value in registries),
            index_url="" if index is None else index.index_url,
            journal_url="" if index is None else index.journal,
            further=tuple(
                PythonIndex(name=name, index_url=one.index_url, journal_url=one.journal)
                for name, one in registries.items()
                if name != "pypi" and one.type is not None and one.type.ecosystem is Ecosystem.PYPI
            ),
            registries={name: ecosystem_of(name, one) for name, one in registries.items()},
            npm_url="" if npm is None else npm.index_url,
            github=self.hosts.settings_of(self.settings.github),
            github_http=self.governed_http if governed else None,
            github_budget=self.governor if governed else None,
            trusted_hosts=tuple(self._trusted_hosts),
        )
        return build(source, context)
