"""The Git hosts of the configuration: each is made, and its token read, when it is first asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.errors import UsageError
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.model import Refs
from workers.ledger.work_items import WorkKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from crawler.hosts.interface import Host
    from workers.runs import Run
    from workers.settings import HostSection

__all__ = ["ConfiguredHosts"]

_PUBLIC_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


class ConfiguredHosts:
    """Hosts by their name; iterating gives the names of those that are configured."""

    def __init__(
        self, sections: Mapping[str, HostSection], build: Callable[[HostSettings], Host]
    ) -> None:
        """Keep the `sections` by name; `build` makes a host of its settings. Nothing is read yet."""
        self._sections, self._build = sections, build
        self._settings: dict[str, HostSettings] = {}
        self._hosts: dict[str, Host] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all configured hosts."""
        return iter(self._sections)

    def settings_of(self, name: str) -> HostSettings | None:
        """Return a configured host, with its token, which a file may renew; None: not configured.

        Asks nobody. Raises ConfigurationError where the token of this host cannot be read.
        """
        section = self._sections.get(name)
        if section is None:
            return None
        if name not in self._settings:
            self._settings[name] = section.host(name)
        return self._settings[name]

    def tokens(self) -> frozenset[str]:
        """Return the tokens that this process has read so far: what is to be redacted."""
        known = tuple(self._settings.values())
        return frozenset(token for host in known for token in host.known_tokens())

    def named(self, name: str) -> Host:
        """Return a host by its name; one that is not configured is any Git server behind https.

        Raises UsageError, naming those there are, for what cannot be the name of a host.
        """
        if name in self._hosts:
            return self._hosts[name]
        settings = self.settings_of(name)
        if settings is not None:
            return self._hosts.setdefault(name, self._build(settings))
        if not _PUBLIC_HOST.fullmatch(name):
            known = ", ".join(sorted(self._sections))
            msg = f"no host {name!r} in the configuration; there are: {known}"
            raise UsageError(msg)
        return PlainGit(HostSettings(name=name, kind=HostKind.GIT, web_url=f"https://{name}"))

    def supports_pivot(self, name: str) -> bool:
        """Say whether the host called `name` can list what is related to a repository; asks nothing."""
        from crawler.hosts.registry import RELATED_LISTERS

        section = self._sections.get(name)
        return section is not None and section.kind in RELATED_LISTERS

    def reading(self, name: str, run: Run) -> WorkKind:
        """Say how repositories of the host called `name` are read.

        GitHub's default branches are read in batches through its API, which needs a token; all else
        goes over the git protocol. Raises ConfigurationError where the token cannot be read.
        """
        settings = self.settings_of(name)
        in_batches = (
            settings is not None
            and settings.kind is HostKind.GITHUB
            and settings.current_token() is not None
        )
        return WorkKind.READ if in_batches and run.refs is Refs.DEFAULT else WorkKind.VISIT
