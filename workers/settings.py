"""All settings, read once at the edge; everything behind it gets plain arguments.

Order: command line > environment (`GHOSTCRAWL_*`) > the user's and the system's `config.toml` > defaults.
No file of the current folder is read: it may be a stranger's checkout. The defaults for public registries
come from the libraries that carry them.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import platformdirs
import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from crawler.errors import ConfigurationError
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.tokens import TokenFile, checked_token
from crawler.model import LOCAL, Ecosystem, Registry
from workers.anchoring import anchored, anchored_url

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Settings", "configuration_files", "load", "user_file"]


def _named(path: object) -> object:
    if path == "":
        msg = "expected a path, got an empty text"
        raise ValueError(msg)
    return path


_NAME = "config.toml"
_URLS = ("database_url", "broker_url")
AbsolutePath = Annotated[Path, BeforeValidator(_named), AfterValidator(Path.absolute)]
"""A path that means the same after the current folder has changed."""


def _public_address(ecosystem: Ecosystem) -> str:
    """Return the address of the public registry, as the library that carries it has it."""
    if ecosystem is Ecosystem.PYPI:
        # The same as `pypi_simple.PYPI_SIMPLE_ENDPOINT` (a test compares), which takes 0.15 s to load.
        from packageurl.contrib.purl2url import get_repo_url

        page = urlsplit(str(get_repo_url("pkg:pypi/pip") or ""))  # type: ignore[no-untyped-call] # the library has none
        return f"{page.scheme}://{page.netloc}/simple/"
    if ecosystem is Ecosystem.NPM:
        from feeds.npm.registry import npm_registry_url

        return npm_registry_url()
    msg = f"set registries.{ecosystem}.index_url: no default is known"
    raise ValueError(msg)


class RegistrySection(BaseModel):
    """`[registries.pypi]`, `[registries.npm]`: what is public here, and who serves its files."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index_url: str = ""
    """Base of the Simple API, or of the packuments; default: the public registry of the ecosystem."""
    journal_url: str = ""
    """XML-RPC endpoint; default: `/pypi` on the host of the index."""
    file_hosts: tuple[str, ...] = ()
    """Known file hosts; those that the index itself names in its answers are added."""
    mirrors: tuple[str, ...] = ()
    """Simple API bases that serve the same files."""
    viewer_url: str = "https://inspector.pypi.io"
    """Where a person may look into a file without running it."""

    def registry(self, ecosystem: Ecosystem, learned_hosts: frozenset[str]) -> Registry:
        """Return it in the words of the crawler."""
        return Registry(
            ecosystem=ecosystem,
            index_url=self.index_url,
            file_hosts=frozenset(h.lower() for h in self.file_hosts) | learned_hosts,
            mirrors=frozenset(self.mirrors),
            viewer_url=self.viewer_url.rstrip("/"),
        )

    @property
    def journal(self) -> str:
        """URL of the change journal."""
        parts = urlsplit(self.index_url)
        return self.journal_url or f"{parts.scheme}://{parts.netloc}/pypi"


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
    """Whose repositories are listed, on hosts without a list of all."""

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
            msg = f"the token of {name} in {self.token_env} is none: {error}"
            raise ConfigurationError(msg) from error

    def _token_file(self, name: str) -> TokenFile | None:
        named = os.environ.get(f"{self.token_env}_FILE") if self.token_env else None
        path = Path(named).absolute() if named else self.token_file
        file = None if path is None else TokenFile(path, name)
        return None if file is None or file.is_empty else file


class FeedSection(BaseModel):
    """`[feeds]`: where removals are learned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    osv_url: str = "https://storage.googleapis.com/osv-vulnerabilities"
    kam193_url: str = "https://github.com/kam193/package-campaigns"
    datadog_url: str = "https://github.com/DataDog/malicious-software-packages-dataset"
    aikido_url: str = ""
    """Off by default: ask for a licence of the list, then set it."""
    aikido_predictions_url: str = ""
    npm_changes_url: str = ""
    """Default: derived from the address of the npm registry."""
    protected: tuple[str, ...] = ()
    """Projects (`pypi/name`, `npm/@scope/name`) that no record may accuse by name alone, beside the
    most used ones, which never can be."""
    snapshot_signing_key: AbsolutePath | None = None
    """Secret key, SSH or minisign, that signs what `seed export` writes."""
    snapshot_public_keys: AbsolutePath | None = None
    """File with public keys; `seed import` takes only what one of them has signed."""
    journal_since: int | None = None
    """Serial that the first poll of the journal starts at; default: a week before the newest."""


class NetworkSection(BaseModel):
    """`[network]`: who we are, and who may be reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operator: str = "operator-not-set"
    """Mail address at which a host's operator reaches you; part of every User-Agent."""
    project_url: str = "https://github.com/ghostcrawl/ghostcrawl"
    trusted_hosts: tuple[str, ...] = ()
    """`host[:port]` names that may be plain http or at private addresses."""
    connect_to: dict[str, str] = Field(default_factory=dict)
    """Host name -> base URL that answers for it: a local proxy, or the demo world."""
    scale: float = Field(default=1.0, gt=0)
    """Clock factor of all budgets; only the demo world sets it."""


_GITHUB = HostSection(
    kind=HostKind.GITHUB,
    web_url="https://github.com",
    api_url="https://api.github.com",
    graphql_url="https://api.github.com/graphql",
    token_env="GITHUB_TOKEN",  # noqa: S106 - the name of a variable
)


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
    broker_url: str = ""
    """Default: a Valkey of our own in the state directory."""
    kept_bytes: int = Field(default=512 * 1024 * 1024, ge=0)
    """Trees and locks of earlier visits that are kept, so that the next is read as a difference."""
    registries: dict[Ecosystem, RegistrySection] = Field(
        default_factory=lambda: {
            Ecosystem.PYPI: RegistrySection(),
            Ecosystem.NPM: RegistrySection(viewer_url=""),
        },
        validate_default=True,
    )
    hosts: dict[str, HostSection] = Field(default_factory=lambda: {"github.com": _GITHUB})
    feeds: FeedSection = FeedSection()
    network: NetworkSection = NetworkSection()

    def public_registries(self, learned_hosts: frozenset[str]) -> Mapping[Ecosystem, Registry]:
        """Return the public registries; `learned_hosts` are file hosts that the PyPI index has named."""
        return {
            ecosystem: section.registry(
                ecosystem, learned_hosts if ecosystem is Ecosystem.PYPI else frozenset()
            )
            for ecosystem, section in self.registries.items()
        }

    @pydantic.field_validator("hosts")
    @classmethod
    def _without_this_machine(cls, hosts: dict[str, HostSection]) -> dict[str, HostSection]:
        """Keep the name under which `scan` reports what lies on this machine free."""
        if LOCAL in hosts:
            msg = f"invalid host name {LOCAL!r}: it stands for this machine; use the name of the server"
            raise ValueError(msg)
        return hosts

    @pydantic.field_validator("registries")
    @classmethod
    def _with_addresses(
        cls, registries: dict[Ecosystem, RegistrySection]
    ) -> dict[Ecosystem, RegistrySection]:
        """Fill in where the public registries are."""
        return {
            ecosystem: section
            if section.index_url
            else section.model_copy(update={"index_url": _public_address(ecosystem)})
            for ecosystem, section in registries.items()
        }

    @pydantic.field_validator(*_URLS)
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
        return init_settings, env_settings, *(_File(settings_cls, file) for file in files)


class _File(TomlConfigSettingsSource):
    """A configuration file; relative paths in it are relative to its own folder."""

    def __init__(self, settings_cls: type[BaseSettings], file: Path) -> None:
        self._file = file
        super().__init__(settings_cls, file)

    def __call__(self) -> dict[str, Any]:
        data = super().__call__()
        if "config" in data:
            msg = f"{self._file}: config is set by --config or GHOSTCRAWL_CONFIG only"
            raise ValueError(msg)
        folder = self._file.parent
        urls = {
            name: anchored_url(data[name], folder)
            for name in _URLS
            if isinstance(data.get(name), str)
        }
        return anchored(self.settings_cls, data, folder) | urls


def configuration_files(config: Path | None) -> tuple[Path, ...]:
    """Return the files that are read, by absolute path, the strongest first.

    `config`, or else GHOSTCRAWL_CONFIG, stands for all others; these are read where they exist.
    """
    if named := config or os.environ.get("GHOSTCRAWL_CONFIG"):
        candidates = [Path(named)]
    else:
        system = Path(platformdirs.site_config_dir("ghostcrawl"), _NAME)
        candidates = [user_file(), system]
    return tuple(file.absolute() for file in candidates if file.is_file())


def user_file() -> Path:
    """Return where the user's own configuration lies, or would lie."""
    return Path(platformdirs.user_config_dir("ghostcrawl"), _NAME)


def load(**flags: Any) -> Settings:  # noqa: ANN401 - whatever the command line gave
    """Read all sources; `flags` that are None were not given. Raises ConfigurationError."""
    given = {name: value for name, value in flags.items() if value is not None}
    config = given.get("config") or os.environ.get("GHOSTCRAWL_CONFIG")
    if config is not None and not Path(config).is_file():
        msg = f"no configuration file at {config}; give an existing one with --config or GHOSTCRAWL_CONFIG"
        raise ConfigurationError(msg)
    try:
        return Settings(**given)
    except (pydantic.ValidationError, ValueError, OSError) as error:
        msg = f"the configuration is wrong: {error}"
        raise ConfigurationError(msg) from error
