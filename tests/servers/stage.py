"""A scripted API with the hosts of ghostcrawl in front of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from crawler.hosts.forgejo import Forgejo
from crawler.hosts.github.graphql import SweepPlan
from crawler.hosts.github.host import GitHub
from crawler.hosts.interface import HostKind, HostSettings
from crawler.net import Http
from tests.servers.api import ApiServer, Asked, RecordingBudget, Reply

__all__ = ["TOKEN", "Script", "Stage"]

TOKEN = "t0ken-that-nobody-may-see"
Script = Callable[[Asked], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    server: ApiServer
    budget: RecordingBudget
    http: Http
    now: datetime

    def github(self, *, plan: SweepPlan | None = None) -> GitHub:
        settings = self._settings(HostKind.GITHUB, "github.example")
        return GitHub(settings, self.http, self.budget, lambda: self.now, plan=plan)

    def forgejo(self) -> Forgejo:
        return Forgejo(self._settings(HostKind.FORGEJO, "forge.example"), self.http)

    def _settings(self, kind: HostKind, name: str) -> HostSettings:
        return HostSettings(
            name=name,
            kind=kind,
            web_url=f"https://{name}",
            api_url=self.server.base_url,
            token=TOKEN,
            identity="fingerprint",
            trusted=True,
        )
