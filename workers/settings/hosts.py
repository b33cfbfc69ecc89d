"""`[hosts]`: the Git hosts, and where their tokens lie."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crawler.errors import ConfigurationError
from crawler.hosts.access_tokens import TokenFile, checked_token
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.polite import fastest
from workers.runs import Way
from workers.settings.paths import AbsolutePath
from workers.settings.watch import HostWatch, watched

__all__ = ["GITHUB", "HostSection"]


class HostSection(BaseModel):
    """`[hosts."github.com"]`: a Git host. Tokens come from the environment or a file, never from here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: HostKind
    web_url: str
    api_url: str = ""
    graphql_url: str = ""
    trusted: bool = False
    """Allow plain http and private addresses."""
    token_env: str = ""
    """Name of the environment variable that holds the token, or with `_FILE` behind it, its file."""
    token_file: AbsolutePath | None = None
    """File that holds the token; read again whenever it was changed."""
    owners: tuple[str, ...] = ()
    """Whose repositories are listed: of hosts without a list of all, and by `watch.owners`."""
    requests_per_minute: float | None = Field(default=None, gt=0)
    """How often each resource of this host is asked at most; None for what is polite for its kind."""
    watch: HostWatch = HostWatch()
    """What `run` watches, and how often."""

    @model_validator(mode="after")
    def _can_be_watched_so(self) -> Self:
        watched(self.kind, self.watch, self.owners)
        return self

    @model_validator(mode="after")
    def _is_no_faster_than_polite(self) -> Self:
        bound = fastest(self.kind)
        if self.requests_per_minute is not None and self.requests_per_minute > bound:
            msg = (
                f"invalid requests_per_minute {self.requests_per_minute:g}: expected at most "
                f"{bound:g}, what a {self.kind.value} host is asked by default"
            )
            raise ValueError(msg)
        return self

    @property
    def ways(self) -> Mapping[Way, timedelta]:
        """The ways in which `run` looks for repositories, with their periods."""
        return watched(self.kind, self.watch, self.owners)

    def host(self, name: str) -> HostSettings:
        """Return it in the words of the crawler, with the token read; raises ConfigurationError.

        A token in the environment is stronger than a file. A file without any token at the start is
        none; a file that is renewed is one identity, named by its path.
        """
        token = self._token_of_environment(name)
        file = self._token_file(name) if token is None else None
        identity = "anonymous" if token is None else hashlib.sha256(token.encode()).hexdigest()[:12]
        return HostSettings(
            name=name,
            kind=self.kind,
            web_url=self.web_url.rstrip("/"),
            api_url=self.api_url.rstrip("/"),
            graphql_url=self.graphql_url,
            trusted=self.trusted,
            token=token,
            token_file=file,
            owners=self.owners,
            identity=identity if file is None else file.identity,
        )

    def _token_of_environment(self, name: str) -> str | None:
        token = os.environ.get(self.token_env, "").strip() if self.token_env else ""
        try:
            return checked_token(token) if token else None
        except ValueError as error:
            msg = f"{self.token_env} does not contain a valid token for {name}: {error}"
            raise ConfigurationError(msg) from error

    def _token_file(self, name: str) -> TokenFile | None:
        named = os.environ.get(f"{self.token_env}_FILE") if self.token_env else None
        path = Path(named).absolute() if named else self.token_file
        file = None if path is None else TokenFile(path, name)
        return None if file is None or file.is_empty else file


GITHUB = HostSection(
    kind=HostKind.GITHUB,
    web_url="https://github.com",
    api_url="https://api.github.com",
    graphql_url="https://api.github.com/graphql",
    token_env="GITHUB_TOKEN",  # noqa: S106 - the name of a variable
)
"""The default host."""
