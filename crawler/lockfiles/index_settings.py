"""Which registries a repository tells its tools to ask: what such a file says, and for which locks it counts.

A setting is kept as a pin of no package, so that whatever keeps pins keeps it: the flag `index-setting`, then
the formats of the locks that it counts for; its origin are the registries, its name is a scope
(`@acme/*`) or None for all packages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from crawler.lockfiles.pip_runs import RUN_FORMATS, runs_of, says_of_runs
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin
from crawler.model.urls import redact

__all__ = ["ANY_PACKAGE", "governing", "npm_setting", "python_setting", "runs_at", "settings_in"]

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


def governing(path: str, lock_format: str, read: Mapping[str, Sequence[Pin]]) -> tuple[Pin, ...]:
    """Return the settings that count for the lock at `path`, of those that were `read` of each file by its path.

    Of files of one name that say anything for such a lock the nearest one counts.
    """
    folder = path.rpartition("/")[0]
    nearest: defaultdict[str, dict[int, list[Pin]]] = defaultdict(dict)
    for place, said in read.items():
        around, _, name = place.rpartition("/")
        above = name in _FROM_ABOVE or (name, lock_format) in _FROM_ABOVE
        if around == folder or (above and f"{folder}/".startswith(f"{around}/" if around else "")):
            pins = [pin for pin in said if _counts_for(pin, lock_format)]
            nearest[name].update({len(around): pins} if pins else {})
    return tuple(pin for files in nearest.values() if files for pin in files[max(files)])


def runs_at(path: str, lock_format: str, read: Mapping[str, Sequence[Pin]]) -> tuple[Origin, ...]:
    """Return where the runs of pip look that install the lock at `path`; none where nothing says so.

    What is configured is taken from the settings beside the file with which each run begins.
    """
    runs = runs_of(path, read) if lock_format in RUN_FORMATS else {}
    every = (
        origin if setting is None else origin.configured(setting.origin.location)
        for start, origin in runs.items()
        for setting in governing(start, lock_format, read) or (None,)
    )
    return tuple(dict.fromkeys(every))


def _counts_for(pin: Pin, lock_format: str) -> bool:
    return pin.flags[:1] == (_SETTING,) and lock_format in pin.flags[1:]
