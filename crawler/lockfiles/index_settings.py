"""Which registries a repository tells its tools to ask: what such a file says, and for which locks it counts.

A setting is kept as a pin of no package, so that whatever keeps pins keeps it: the flag `index-setting`, then
the formats of the locks that it counts for; its origin are the registries, its name is a scope
(`@acme/*`) or None for all packages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.lockfiles.pip_runs import RUN_FORMATS, PipRuns, says_of_runs
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import redact

__all__ = ["ANY_PACKAGE", "IndexSettings", "npm_setting", "python_setting", "settings_in"]

ANY_PACKAGE = "*"
"""Behind the slash of a scope: all of its packages."""
_SETTING = "index-setting"
_FROM_ABOVE = frozenset(
    {
        ".yarnrc",
        ".yarnrc.yml",
        "pip.conf",
        "pip.ini",
        "uv.toml",
        ("pyproject.toml", "requirements"),
        ("pyproject.toml", "requirements-input"),
        ("pyproject.toml", "pyproject"),
        (".npmrc", "package-json"),
        ("bunfig.toml", "package-json"),
    }
)
"""Names of files that count for the folders below them too; one only for locks of one format."""
_LONGEST = 500
"""Characters of a URL."""


def npm_setting(url: str, lines: LineSpan, formats: Sequence[str], scope: str = "") -> Pin | None:
    """Return the setting that packages of `scope` (or all) are taken from the registry at `url`.

    None where `url` cannot be told: it is empty, or stands in a variable.
    """
    name = f"@{scope.removeprefix('@')}/{ANY_PACKAGE}" if scope else None
    return _setting(Ecosystem.NPM, name, (url,), lines, formats)


def python_setting(urls: Sequence[str], lines: LineSpan, formats: Sequence[str]) -> Pin | None:
    """Return the setting that packages are looked for at all of `urls`; an empty one is the default index.

    None where one of them cannot be told, or where there is only that default.
    """
    return _setting(Ecosystem.PYPI, None, urls, lines, formats)


def _setting(
    ecosystem: Ecosystem,
    name: str | None,
    urls: Sequence[str],
    lines: LineSpan,
    formats: Sequence[str],
) -> Pin | None:
    known = all("$" not in url and len(url) <= _LONGEST for url in urls)
    if not known or not any(urls):
        return None
    location = " ".join(dict.fromkeys(redact(url.strip()).replace(" ", "%20") for url in urls))
    return Pin(
        ecosystem=ecosystem,
        name=name,
        version=None,
        origin=Origin(kind=OriginKind.REGISTRY, location=location),
        lines=lines,
        flags=(_SETTING, *formats),
    )


def settings_in(pins: Iterable[Pin]) -> tuple[Pin, ...]:
    """Return those of `pins` that say which registries are asked: settings, and what is said of runs of pip."""
    return tuple(pin for pin in pins if pin.flags[:1] == (_SETTING,) or says_of_runs(pin))


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What the files of a repository say of registries. Made once for all of its locks."""

    folders: Mapping[str, Mapping[str, Sequence[Pin]]]
    """Folder -> name of a file -> the settings in it."""
    runs: PipRuns

    @classmethod
    def among(cls, read: Mapping[str, Sequence[Pin]]) -> IndexSettings:
        """Return what was `read` of each file, by its path."""
        folders = defaultdict[str, dict[str, Sequence[Pin]]](dict)
        for path, pins in read.items():
            folder, _, name = path.rpartition("/")
            if said := [pin for pin in pins if pin.flags[:1] == (_SETTING,)]:
                folders[folder][name] = said
        return cls(folders, PipRuns.among(read))

    def governing(self, path: str, lock_format: str) -> tuple[Pin, ...]:
        """Return the settings that count for the lock at `path`.

        Of files of one name that say anything for such a lock the nearest one counts.
        """
        own = folder = path.rpartition("/")[0]
        found: dict[str, Sequence[Pin]] = {}
        while True:
            for name, said in self.folders.get(folder, {}).items():
                above = name in _FROM_ABOVE or (name, lock_format) in _FROM_ABOVE
                pins = [pin for pin in said if lock_format in pin.flags[1:]]
                if pins and name not in found and (above or folder == own):
                    found[name] = pins
            if not folder:
                return tuple(pin for pins in found.values() for pin in pins)
            folder = folder.rpartition("/")[0]

    def runs_at(self, path: str, lock_format: str) -> tuple[Origin, ...]:
        """Return where the runs of pip look that install the lock at `path`; none where nothing says so.

        What is configured is taken from the settings beside the file with which each run begins.
        """
        runs = self.runs.at(path) if lock_format in RUN_FORMATS else {}
        every = (
            origin if setting is None else origin.configured(setting.origin.location)
            for start, origin in runs.items()
            for setting in self.governing(start, lock_format) or (None,)
        )
        return tuple(dict.fromkeys(every))
