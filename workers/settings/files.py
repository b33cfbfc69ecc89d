"""The configuration files: which are read, and what relative paths in them mean."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from pydantic_settings import TomlConfigSettingsSource

from workers.anchoring import anchored, anchored_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_settings import BaseSettings

__all__ = ["URLS", "ConfigurationFile", "configuration_files", "file_with", "user_file"]

_NAME = "config.toml"
URLS = ("database_url", "broker_url")
"""Settings that may hold the path of a file inside a URL."""


class ConfigurationFile(TomlConfigSettingsSource):
    """A configuration file; relative paths in it are relative to its own folder."""

    def __init__(self, settings_cls: type[BaseSettings], file: Path) -> None:
        self._file = file
        super().__init__(settings_cls, file)

    def __call__(self) -> dict[str, Any]:
        """Return what the file sets; raises ValueError for what only the command line may set."""
        data = super().__call__()
        if "config" in data:
            msg = f"{self._file}: config is set by --config or GHOSTCRAWL_CONFIG only"
            raise ValueError(msg)
        folder = self._file.parent
        urls = {
            name: anchored_url(data[name], folder)
            for name in URLS
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


def file_with(place: tuple[int | str, ...], files: Sequence[Path]) -> Path | None:
    """Return the strongest of `files` that sets the value at `place`, or the table it is missing in."""
    for file in files:
        inside: object = tomllib.loads(file.read_text("utf-8"))
        for part in place[:2]:
            inside = inside.get(part) if isinstance(inside, dict) else None
        if inside is not None:
            return file
    return None
