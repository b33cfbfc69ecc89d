"""The composition root: settings go in, parts that know nothing of settings come out."""

from __future__ import annotations

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

from crawler.errors import ConfigurationError, UsageError
from crawler.git.commandline import CommandLineReader
from crawler.git.interface import Limits
from crawler.git.kept import KeptFolder
from crawler.git.reader import GitReader
from crawler.hosts import registry as hosts
from crawler.hosts.github.host import GitHub
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.liveness import Checks
from crawler.model import Branches, Ecosystem
from crawler.net import Http, NullBudget, user_agent
from crawler.sandbox import Confinement
from workers import addresses
from workers.broker import Broker, connect
from workers.budget.governor import Governor
from workers.budget.holds import LedgerBlocks
from workers.budget.rates import Rates
from workers.clock import utc_now
from workers.ledger import cursors
from workers.ledger.ledger import Ledger
from workers.ledger.work_items import Kind
from workers.parsing import SharedParsing
from workers.private import make_folder, private_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from redis import Redis

    from crawler.hosts.interface import Host
    from crawler.model import ProjectKey, Registry
    from crawler.net import Budget
    from feeds.interface import Feed
    from workers.runs import Run
    from workers.settings import Settings

__all__ = ["Wiring"]

_PUBLIC_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


class Wiring:
    """Makes each part once, when it is first asked for. One per process."""

    def __init__(self, settings: Settings) -> None:
        """Keep `settings`; nothing is opened yet."""
        self.settings = settings
        self.clock = utc_now
        self._host_settings: dict[str, HostSettings] = {}
        self._hosts: dict[str, Host] = {}

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
        own = f"sqlite:///{self.state_dir / 'ledger.sqlite'}"
        return Ledger.open(self.settings.database_url or own)

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

    @cached_property
    def broker(self) -> Broker:
        """The broker, attached or started. Raises StoreError."""
        return Broker.open(self.state_dir, url=self.settings.broker_url or None)

    @cached_property
    def redis(self) -> Redis:
        """A client of the broker, for the budgets."""
        return connect(self.broker.url)

    @cached_property
    def governor(self) -> Governor:
        """The budgets that all workers share."""
        governor = Governor(
            self.redis,
            LedgerBlocks(self.ledger, self.clock),
            rates=Rates(kinds=addresses.kinds(self.settings)),
            scale=self.settings.network.scale,
        )
        governor.restore()
        return governor

    @cached_property
    def http(self) -> Http:
        """A client without shared budgets: for one command that asks a few questions."""
        return self._http(NullBudget())

    @cached_property
    def governed_http(self) -> Http:
        """The client of the workers; every request is paid from a budget."""
        return self._http(self.governor)

    @cached_property
    def checks(self) -> Checks:
        """Asks whether files are still served, each once in a while."""
        return Checks(self.governed_http)

    def _http(self, budget: Budget) -> Http:
        return Http(
            agent=self._agent,
            budget=budget,
            trusted_hosts=self._trusted_hosts,
            connect_to=self.settings.network.connect_to,
        )

    @property
    def _agent(self) -> str:
        network = self.settings.network
        return user_agent(network.project_url, network.operator)

    @property
    def _trusted_hosts(self) -> Collection[str]:
        return addresses.trusted(self.settings)

    def host_settings(self, name: str) -> HostSettings | None:
        """Return a configured host, with its token, which a file may renew; None: not configured.

        Asks nobody. Raises ConfigurationError where the token of this host cannot be read.
        """
        section = self.settings.hosts.get(name)
        if section is None:
            return None
        if name not in self._host_settings:
            self._host_settings[name] = section.host(name)
        return self._host_settings[name]

    def tokens(self) -> frozenset[str]:
        """Return all tokens that this process has read so far, for who must not show them."""
        known = tuple(self._host_settings.values())
        return frozenset(token for host in known for token in host.known_tokens())

    @property
    def hosts(self) -> Mapping[str, Host]:
        """Every configured host, by its name."""
        return {name: self.host(name) for name in self.settings.hosts}

    def host(self, name: str) -> Host:
        """Return a host by its name; one that is not configured is any Git server behind https.

        Raises UsageError, naming those there are, for what cannot be the name of a host.
        """
        if name in self._hosts:
            return self._hosts[name]
        settings = self.host_settings(name)
        if settings is not None:
            built = hosts.build(settings, self.governed_http, self.governor, self.clock)
            return self._hosts.setdefault(name, built)
        if not _PUBLIC_HOST.fullmatch(name):
            known = ", ".join(sorted(self.settings.hosts))
            msg = f"no host {name!r} in the configuration; there are: {known}"
            raise UsageError(msg)
        return PlainGit(HostSettings(name=name, kind=HostKind.GIT, web_url=f"https://{name}"))

    def supports_pivot(self, name: str) -> bool:
        """Say whether the host called `name` can list what is related to a repository."""
        section = self.settings.hosts.get(name)
        return section is not None and section.kind in hosts.RELATED_LISTERS

    @cached_property
    def parse(self) -> SharedParsing:
        """Reads locks; what one says in the words of another is read once."""
        return SharedParsing()

    @cached_property
    def git_reader(self) -> GitReader:
        """Reads any host over the git protocol; the git program is its fallback."""
        folder = private_folder(self.state_dir / "kept")
        return self._git_reader(KeptFolder(folder, self.settings.kept_bytes))

    @cached_property
    def git_root_reader(self) -> GitReader:
        """As `git_reader`, of `crawl --depth root`: enters no folder and says so in each visit."""
        return self._git_reader(None)

    def _git_reader(self, kept: KeptFolder | None) -> GitReader:
        """Return a reader that keeps what it reads for the next visit, or one of roots, in `kept` None."""
        return GitReader(
            self.governed_http,
            trusted_hosts=self._trusted_hosts,
            root_only=kept is None,
            kept=kept,
            fallback=lambda seconds: CommandLineReader(
                agent=self._agent,
                limits=Limits(total_seconds=seconds),
                trusted_hosts=self._trusted_hosts,
                connect_to=self.settings.network.connect_to,
                confinement=Confinement.REQUIRED,
            ),
        )

    def reading(self, name: str, run: Run) -> Kind:
        """Say how repositories of the host called `name` are read.

        GitHub's default branches are read in batches through its API, which needs a token; all else
        goes over the git protocol.
        """
        host = self.host(name)
        in_batches = isinstance(host, GitHub) and host.settings.current_token() is not None
        return Kind.READ if in_batches and run.branches is Branches.DEFAULT else Kind.VISIT

    @property
    def registries(self) -> Mapping[Ecosystem, Registry]:
        """The public registries, with the file hosts that the index itself has named so far."""
        from feeds.pypi.cursors import file_hosts_in

        with self.ledger.read() as conn:
            learned = file_hosts_in(cursors.cursor_of(conn, "pypi-status"))
        return {
            ecosystem: section.registry(
                ecosystem, learned if ecosystem is Ecosystem.PYPI else frozenset()
            )
            for ecosystem, section in self.settings.registries.items()
        }

    @cached_property
    def protected(self) -> Collection[ProjectKey]:
        """Projects that no record may accuse by name alone. Raises ConfigurationError."""
        from crawler.verdicts.most_used import protected_by

        try:
            return protected_by(self.settings.feeds.protected)
        except ValueError as error:
            msg = f"feeds.protected: {error}"
            raise ConfigurationError(msg) from error

    def reconsider_outdated(self) -> None:
        """Judge again what is judged otherwise today; whoever looks at verdicts asks first."""
        from workers.steps.reconsidering import reconsider_outdated

        reconsider_outdated(self.ledger, self.clock(), self.protected)

    def end_dismissals(self) -> None:
        """Let findings hold again whose dismissal has had its day; whoever looks at findings asks first."""
        from workers.ledger import statuses

        with self.ledger.read() as conn:
            due = statuses.due_dismissals(conn, self.clock())
        if due:
            self.ledger.transaction(lambda conn: statuses.end_dismissals(conn, self.clock()))

    def feeds(self, source: str, *, governed: bool = False) -> tuple[Feed, ...]:
        """Return the feeds behind a word of `seed --from`; raises UsageError.

        `governed` is for workers: GitHub is asked out of the budget that all of them share.
        """
        from feeds.interface import FeedContext
        from feeds.registry import build

        registries = self.settings.registries
        index, npm = registries.get(Ecosystem.PYPI), registries.get(Ecosystem.NPM)
        sections = self.settings.hosts.items()
        github = next((name for name, s in sections if s.kind is HostKind.GITHUB), "")
        context = FeedContext(
            http=self.http,
            settings=dict(self.settings.feeds),
            ecosystems=tuple(registries),
            index_url="" if index is None else index.index_url,
            journal_url="" if index is None else index.journal,
            npm_url="" if npm is None else npm.index_url,
            github=self.host_settings(github),
            github_http=self.governed_http if governed else None,
            github_budget=self.governor if governed else None,
            trusted_hosts=tuple(self._trusted_hosts),
        )
        return build(source, context)

    def worker_environment(self, *, tokens: bool) -> Mapping[str, str]:
        """Return the environment of a worker process; tokens only for the one that needs them."""
        secrets = {s.token_env for s in self.settings.hosts.values() if s.token_env}
        kept = {
            name: value
            for name, value in os.environ.items()
            if tokens or name not in secrets | {f"{secret}_FILE" for secret in secrets}
        }
        return (
            kept
            | {
                "GHOSTCRAWL_STATE_DIR": str(self.settings.state_dir),
                "GHOSTCRAWL_DATABASE_URL": self.settings.database_url,
                "GHOSTCRAWL_BROKER_URL": self.settings.broker_url,
            }
            | ({"GHOSTCRAWL_CONFIG": str(self.settings.config)} if self.settings.config else {})
        )
