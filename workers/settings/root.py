"""Everything that can be set, with its defaults, and how it is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import platformdirs
import pydantic
from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from crawler.errors import ConfigurationError
from crawler.hosts.interface import HostKind
from crawler.model import LOCAL
from workers.anchoring import anchored_url
from workers.settings.feeds import FeedSection
from workers.settings.files import URLS, ConfigurationFile, configuration_files
from workers.settings.hosts import GITHUB, HostSection
from workers.settings.mistakes import problems_in
from workers.settings.network import NetworkSection
from workers.settings.paths import AbsolutePath
from workers.settings.registries import RegistrySection, registries_of, with_addresses
from workers.settings.report import ReportSection
from workers.settings.retention import RetentionSection
from workers.settings.smtp import SmtpSection
from workers.settings.watch import WatchSection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crawler.model import Ecosystem, Registry

__all__ = ["Settings", "load"]

_PORTS = 65536


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="GHOSTCRAWL_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    config: AbsolutePath | None = None
    state_dir: AbsolutePath = Field(
        default_factory=lambda: platformdirs.user_state_path("ghostcrawl")
    )
    database_url: str = ""
    """Default: SQLite in the state directory."""
    database_password_file: AbsolutePath | None = None
    """File that holds the password for `database_url`."""
    broker_url: str = ""
    """Default: a Valkey of our own in the state directory."""
    broker_password_file: AbsolutePath | None = None
    """File that holds the password for `broker_url`."""
    metrics: str = ""
    """`HOST:PORT` at which running processes show metrics and health; off unless set."""
    log_format: Literal["text", "json"] = "text"
    """How a line of the log is written."""
    kept_bytes: int = Field(default=512 * 1024 * 1024, ge=0)
    """Trees and locks of earlier visits that are kept, so that the next is read as a difference."""
    registries: dict[str, RegistrySection] = Field(
        default_factory=lambda: {"pypi": RegistrySection(), "npm": RegistrySection()},
        validate_default=True,
    )
    hosts: dict[str, HostSection] = Field(default_factory=lambda: {"github.com": GITHUB})
    feeds: FeedSection = FeedSection()
    network: NetworkSection = NetworkSection()
    watch: WatchSection = WatchSection()
    retention: RetentionSection = RetentionSection()
    report: ReportSection = ReportSection()
    smtp: SmtpSection = SmtpSection()

    @property
    def github(self) -> str:
        """Name of the GitHub whose advisories are read: the first one; empty where none is configured."""
        named = (name for name, section in self.hosts.items() if section.kind is HostKind.GITHUB)
        return next(named, "")

    def public_registries(
        self, learned_hosts: Callable[[str], frozenset[str]]
    ) -> Mapping[Ecosystem, Registry]:
        """Return the public registries, each with its others; see `registries_of`."""
        return registries_of(self.registries, learned_hosts)

    @pydantic.field_validator("hosts")
    @classmethod
    def _without_this_machine(cls, hosts: dict[str, HostSection]) -> dict[str, HostSection]:
        """Keep the name under which `scan` reports what lies on this machine free."""
        if LOCAL in hosts:
            msg = f"invalid host name {LOCAL!r}: it stands for this machine; use the name of the server"
            raise ValueError(msg)
        return hosts

    @pydantic.field_validator("hosts")
    @classmethod
    def _with_one_name_for_an_api(cls, hosts: dict[str, HostSection]) -> dict[str, HostSection]:
        """Keep requests to one GitHub in series, as its terms want: a host has one lane and one budget."""
        names: dict[str, str] = {}
        for name, section in hosts.items():
            url = section.api_url.rstrip("/") if section.kind is HostKind.GITHUB else ""
            if url and names.setdefault(url, name) != name:
                msg = f"{name!r} has the api_url of {names[url]!r}: expected one section for one GitHub"
                raise ValueError(msg)
        return hosts

    @pydantic.field_validator("registries")
    @classmethod
    def _with_addresses(cls, registries: dict[str, RegistrySection]) -> dict[str, RegistrySection]:
        """Fill in where the public registries are."""
        return with_addresses(registries)

    @pydantic.field_validator("metrics")
    @classmethod
    def _address(cls, metrics: str) -> str:
        """Return `HOST:PORT`; without a host this machine alone is answered."""
        host, _, port = metrics.rpartition(":")
        if metrics and not (port.isascii() and port.isdigit() and int(port) < _PORTS):
            msg = f"invalid address {metrics!r}: expected HOST:PORT"
            raise ValueError(msg)
        return f"{host or '127.0.0.1'}:{port}" if metrics else ""

    @pydantic.field_validator(*URLS)
    @classmethod
    def _with_absolute_paths(cls, url: str) -> str:
        return anchored_url(url, Path.cwd())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the files behind the environment; a `--config` file stands for all of them."""
        del dotenv_settings, file_secret_settings
        files = configuration_files(init_settings().get("config"))
        # One source per file, the strongest first: sources are merged deeply, files of one are not.
        return (
            init_settings,
            env_settings,
            *(ConfigurationFile(settings_cls, file) for file in files),
        )


def load(**flags: Any) -> Settings:  # noqa: ANN401 - whatever the command line gave
    """Read all sources; `flags` that are None were not given. Raises ConfigurationError."""
    given = {name: value for name, value in flags.items() if value is not None}
    config = given.get("config") or os.environ.get("GHOSTCRAWL_CONFIG")
    if config is not None and not Path(config).is_file():
        msg = f"no configuration file at {config}; give an existing one with --config or GHOSTCRAWL_CONFIG"
        raise ConfigurationError(msg)
    try:
        return Settings(**given)
    except pydantic.ValidationError as error:
        files = configuration_files(given.get("config"))
        msg = "\n".join(dict.fromkeys(problems_in(error, Settings, files, given)))
        raise ConfigurationError(msg) from error
    except (ValueError, OSError) as error:
        msg = f"invalid configuration: {error}"
        raise ConfigurationError(msg) from error
