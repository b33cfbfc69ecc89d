"""Everything that is said of the coverage of one host: what was found and read, what was not, and why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crawler import lockfiles
from crawler.model import Refs
from crawler.reporting.text import counted
from workers.addresses import names_of
from workers.ledger import budgets, coverage, pauses, verdicts, visit_coverage
from workers.ledger.budgets import Spending
from workers.ledger.coverage import HostCoverage, NotCovered
from workers.ledger.pauses import Pause
from workers.ledger.visit_coverage import RefRead

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.settings import HostSection

__all__ = ["CoveredHost", "covered_hosts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredHost:
    """Everything that is said of one host."""

    known: HostCoverage
    reasons: Sequence[NotCovered]
    pause: Pause | None
    refs: Sequence[RefRead]
    more_refs: int
    """How many more names of refs there are."""
    resting: Sequence[Spending]
    left_alone: Sequence[str] = ()
    """Formats of ecosystems of which no verdict speaks."""

    @property
    def state(self) -> Iterator[str]:
        """Say why nothing is asked of it now; nothing where it is at work."""
        if self.pause is not None:
            yield f"paused since {self.pause.since.isoformat(timespec='seconds')}: {self.pause.why}"
        for one in self.resting:
            until = "" if one.blocked_until is None else one.blocked_until.isoformat()
            times = f" after {one.failures} failures in a row" if one.failures else ""
            yield f"{one.bucket.host} ({one.bucket.resource}) rests until {until}{times}: {one.why}"

    @property
    def blind(self) -> Iterator[str]:
        """Say what the way in which it was crawled cannot see."""
        known = self.known
        if known.searched and not known.listed:
            yield (
                f"{counted(known.found, 'repository', 'repositories')} found by code search, which shows "
                "default branches, files below 384 KB, few forks, at most 1,000 hits a query and "
                "repositories of late; the rest cannot be counted; add --strategy list"
            )
        if not known.searched and not known.listed and known.found:
            yield "only repositories that were named (--repos, --owner) or pushed into the ledger are known"
        if known.at_root:
            yield (
                f"{counted(known.at_root, 'repository', 'repositories')} {'was' if known.at_root == 1 else 'were'} read at the root only; crawl with --depth all, on "
                "GitHub with --refs branches"
            )
        if default := known.refs.get(Refs.DEFAULT):
            yield (
                f"of {counted(default, 'repository', 'repositories')} no ref but the default branch was "
                "read; crawl with --refs branches or --refs all"
            )
        if branches := known.refs.get(Refs.BRANCHES):
            yield (
                f"of {counted(branches, 'repository', 'repositories')} no tag and no pull or merge request "
                "was read; crawl with --refs all"
            )
        if self.left_alone and known.visited:
            yield f"no verdict speaks of the ecosystems of {', '.join(self.left_alone)}: their locks are not read"
        if known.disabled:
            yield f"{counted(known.disabled, 'repository', 'repositories')} {'is' if known.disabled == 1 else 'are'} not visited again by themselves: gone or failing"


def covered_hosts(
    conn: Connection,
    now: datetime,
    sections: Mapping[str, HostSection],
    most_refs: int = 0,
) -> tuple[CoveredHost, ...]:
    """Return what is said of every host of which anything is known, by name.

    Args:
        conn: One state of the ledger.
        now: UTC.
        sections: The configured hosts.
        most_refs: Name at most so many refs of each host; 0: none is looked up.
    """
    reasons = coverage.why_not(conn)
    paused = {one.host: one for one in pauses.paused(conn)}
    resting = budgets.blocked(conn, now)
    told = verdicts.ecosystems(conn, lockfiles.OTHER_ECOSYSTEMS.values())
    alone = sorted(name for name, one in lockfiles.OTHER_ECOSYSTEMS.items() if one not in told)
    found = []
    for known in coverage.of_hosts(conn, now):
        section = sections.get(known.host)
        names = frozenset({known.host}) if section is None else names_of(known.host, section)
        refs, more_refs = (
            visit_coverage.refs_read(conn, known.host, most_refs) if most_refs else ((), 0)
        )
        found.append(
            CoveredHost(
                known=known,
                refs=refs,
                more_refs=more_refs,
                reasons=[reason for reason in reasons if reason.host == known.host],
                pause=paused.get(known.host, paused.get(pauses.ALL_HOSTS)),
                resting=[usage for usage in resting if usage.bucket.host in names],
                left_alone=alone,
            )
        )
    return tuple(found)
