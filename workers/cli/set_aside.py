"""Findings that a company has looked at: ignored with a reason until a day, or known from a baseline.

Both files are named by the operator. One that lies in a checkout is data like all that lies there: it
is mentioned and never applied.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import tomli

from crawler.errors import UsageError
from crawler.reporting.jsonl import purl
from crawler.reporting.sarif import fingerprint
from crawler.reporting.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from crawler.model import Report

__all__ = [
    "IGNORE_FILE",
    "IgnoreRule",
    "SetAside",
    "in_checkouts",
    "read_baseline",
    "read_ignore_file",
]

IGNORE_FILE = ".ghostcrawl-ignore.toml"
"""What such a file may be called in a checkout, to be mentioned."""
_KEYS = {"package", "path", "reason", "expires"}
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """One decision about findings, with its reason and its end."""

    number: int
    """In its file, from 1."""
    package: str
    """Package URL, with or without version: `pkg:pypi/zz-ghost-one@1.0`."""
    path: str
    """Glob over the path of the lock."""
    reason: str
    expires: date
    """The last day on which it is applied."""

    def covers(self, report: Report) -> bool:
        """Say whether it is about this finding."""
        package = purl(report.finding.match) or ""
        same = self.package in {package, package.rpartition("@")[0]}
        return same and fnmatchcase(report.finding.sighting.path, self.path)


@dataclass(slots=True, kw_only=True)
class SetAside:
    """Which findings count, and which do not and why."""

    rules: Sequence[IgnoreRule] = ()
    baseline: frozenset[str] | None = None
    """Fingerprints of the findings of an earlier run; None where none was named."""
    today: date
    used: Counter[int] = field(default_factory=Counter)

    def why_ignored(self, report: Report) -> str | None:
        """Return the reason for which a finding is ignored, or None; the rule is counted as used."""
        for rule in self.rules:
            if rule.expires >= self.today and rule.covers(report):
                self.used[rule.number] += 1
                return rule.reason
        return None

    def is_known(self, report: Report) -> bool:
        """Say whether the baseline has this finding."""
        return self.baseline is not None and fingerprint(report) in self.baseline

    def sentences(self) -> Iterator[str]:
        """Yield what a person should know of the rules, once all findings were asked about."""
        if ignored := self.used.total():
            soonest = min(rule.expires for rule in self.rules if self.used[rule.number])
            yield f"{counted(ignored, 'finding')} ignored; the first rule ends after {soonest}"
        for rule in self.rules:
            if rule.expires < self.today:
                yield f"ignore rule {rule.number} ended after {rule.expires} and is not applied"
            elif not self.used[rule.number]:
                yield f"ignore rule {rule.number} ({rule.package}) matches nothing; remove it"


def read_ignore_file(path: Path) -> tuple[IgnoreRule, ...]:
    """Return the rules of a file of `[[ignore]]` tables; raises UsageError for anything else."""
    try:
        document = tomli.loads(_text(path))
    except tomli.TOMLDecodeError as error:
        msg = f"invalid {path}: expected TOML: {error}"
        raise UsageError(msg) from error
    tables = document.get("ignore", [])
    if set(document) - {"ignore"} or not isinstance(tables, list):
        msg = f"invalid {path}: expected [[ignore]] tables only"
        raise UsageError(msg)
    return tuple(_rule(path, number, table) for number, table in enumerate(tables, 1))


def _rule(path: Path, number: int, table: Any) -> IgnoreRule:  # noqa: ANN401 - whatever TOML has
    where = f"invalid {path}: ignore rule {number}"
    if not isinstance(table, dict) or (unknown := set(table) - _KEYS):
        names = ", ".join(sorted(unknown)) if isinstance(table, dict) else "no table"
        msg = f"{where}: expected {', '.join(sorted(_KEYS))}; got {names}"
        raise UsageError(msg)
    package, reason, expires = table.get("package"), table.get("reason"), table.get("expires")
    lock = table.get("path", "*")
    if not (isinstance(package, str) and package.startswith("pkg:")):
        msg = f'{where}: expected package = "pkg:pypi/NAME" or "pkg:pypi/NAME@VERSION"'
        raise UsageError(msg)
    if not (isinstance(reason, str) and reason.strip() and isinstance(lock, str)):
        msg = f'{where}: expected reason = "why it is ignored", and path, if any, as text'
        raise UsageError(msg)
    if type(expires) is not date:
        msg = f"{where}: expected expires = 2027-01-31, the last day on which it is applied"
        raise UsageError(msg)
    return IgnoreRule(number=number, package=package, path=lock, reason=reason, expires=expires)


def read_baseline(path: Path) -> frozenset[str]:
    """Return the fingerprints in a log of `scan --format sarif`; raises UsageError for anything else."""
    try:
        runs = json.loads(_text(path))["runs"]
        return frozenset(
            result["partialFingerprints"]["ghostcrawl/v1"]
            for run in runs
            for result in run["results"]
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        msg = f"invalid {path}: expected a log that scan --format sarif has written"
        raise UsageError(msg) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            msg = f"{path} is larger than {_MOST_BYTES} bytes; name another file"
            raise UsageError(msg)
        return data.decode("utf-8")
    except OSError as error:
        msg = f"{path}: {error.strerror}; name a file that can be read"
        raise UsageError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"invalid {path}: expected UTF-8"
        raise UsageError(msg) from error


def in_checkouts(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the ignore files that lie at the top of what is scanned; they are never applied."""
    for path in paths:
        if (file := path / IGNORE_FILE).is_file():
            yield file
