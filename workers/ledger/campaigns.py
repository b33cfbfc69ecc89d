"""Campaigns of the cases that the ledger has, and the names that they keep. Asks nobody.

(The lists of malicious packages in `feeds/campaigns` only share the word.)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from crawler.errors import UsageError
from crawler.fields import stated_instant
from crawler.linking import CaseProfile, EarlierCampaign, joined, named
from crawler.model import CaseClass, CaseState, FindingStatus
from workers.ledger import cases, frontier
from workers.ledger.case_facts import files_of
from workers.ledger.case_relations import owner_of
from workers.ledger.case_signs import (
    accusing_verdict,
    first_history,
    with_what_visits_told,
)
from workers.ledger.findings import reports_of
from workers.ledger.sql.statements import in_turn
from workers.ledger.tables import campaign_case, case, repository

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from crawler.model import Campaign, Report, Repository
    from workers.ledger.cases import Case

__all__ = ["KeptCampaign", "chosen", "found", "kept", "kept_name", "store"]

_HARMLESS = frozenset({CaseState.FALSE_POSITIVE, CaseState.BENIGN})
_TAKEN_BACK = frozenset({FindingStatus.RETRACTED, FindingStatus.DISMISSED})
_JOINING = frozenset({CaseClass.LURE, CaseClass.UNCLEAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCampaign:
    """A campaign as it was when somebody last looked at campaigns."""

    id: str
    begun_at: datetime
    """UTC; when its first case was opened."""
    cases: int
    lures: int
    hosts: tuple[str, ...]


def found(conn: Connection) -> tuple[Campaign, ...]:
    """Return the campaigns as they are now, by the classes that cases followed last; nothing is written."""
    columns = (case.c.key, campaign_case.c.campaign, campaign_case.c.begun_at)
    kept = campaign_case.join(case, case.c.repository_id == campaign_case.c.repository_id)
    known = {
        key: EarlierCampaign(campaign=name, begun_at=begun)
        for key, name, begun in conn.execute(select(*columns).select_from(kept))
    }
    return named(joined(_profiles(conn)), known)


def store(conn: Connection, campaigns: Sequence[Campaign]) -> None:
    """Keep in which campaign each case is now, so that names stay."""
    in_turn(conn, "campaigns")
    numbers = {one.key: one.number for one in cases.all_cases(conn)}
    rows = {
        (numbers[member.case], one.id, one.begun_at, member.case_class.value)
        for one in campaigns
        for member in one.members
        if member.case in numbers
    }
    if rows == {tuple(row) for row in conn.execute(select(campaign_case))}:
        return
    conn.execute(delete(campaign_case))
    if rows:
        names = [column.name for column in campaign_case.columns]
        conn.execute(
            campaign_case.insert(), [dict(zip(names, row, strict=True)) for row in sorted(rows)]
        )


def kept(conn: Connection) -> tuple[KeptCampaign, ...]:
    """Return what `store` kept last, the campaign that began first first; cheap, since nothing is reckoned."""
    name, begun = campaign_case.c.campaign, campaign_case.c.begun_at
    parts = (name, begun, campaign_case.c.case_class, repository.c.host)
    rows = conn.execute(
        select(*parts, func.count())
        .join_from(campaign_case, repository)
        .group_by(*parts)
        .order_by(begun, name, repository.c.host)
    )
    by_name = defaultdict[tuple[str, datetime], list[tuple[str, str, int]]](list)
    for campaign, begun_at, case_class, host, count in rows:
        by_name[campaign, begun_at].append((case_class, host, count))
    return tuple(
        KeptCampaign(
            id=campaign,
            begun_at=begun_at,
            cases=sum(count for _, _, count in members),
            lures=sum(count for case_class, _, count in members if case_class == CaseClass.LURE),
            hosts=tuple(dict.fromkeys(host for _, host, _ in members)),
        )
        for (campaign, begun_at), members in by_name.items()
    )


def kept_name(conn: Connection, one: Case) -> str | None:
    """Return the id of the campaign that `store` kept for a case; None where it may be in none by now."""
    columns = (campaign_case.c.campaign, campaign_case.c.case_class)
    of_it = campaign_case.c.repository_id == one.number
    row = conn.execute(select(*columns).where(of_it)).one_or_none()
    if row is None or one.state is CaseState.DUPLICATE:
        return None
    name: str = row.campaign
    return name if _class_of(one, CaseClass(row.case_class)) in _JOINING else None


def chosen(campaigns: Sequence[Campaign], starts: Collection[str]) -> list[Campaign]:
    """Return the campaigns whose ids begin with one of `starts`, all for none; UsageError where that names not one."""
    if not starts:
        return list(campaigns)
    taken = []
    for start in starts:
        matching = [one for one in campaigns if one.id.startswith(start)]
        if len(matching) != 1:
            many = "several campaigns have" if matching else "no campaign has"
            msg = f"{many} an id that begins with {start!r}; `campaigns list` shows them"
            raise UsageError(msg)
        taken += matching
    return taken


def _profiles(conn: Connection) -> list[CaseProfile]:
    """Return what is known of each case; of duplicates and private repositories nothing is looked at."""
    everything = cases.all_cases(conn)
    private = frontier.private_among(conn, [one.number for one in everything])
    looked_at = {
        one.number: one
        for one in everything
        if one.number not in private and one.state is not CaseState.DUPLICATE
    }
    reports: dict[int, list[Report]] = defaultdict(list)
    for report in reports_of(conn, looked_at):
        if accusing_verdict(report) is not None and report.status not in _TAKEN_BACK:
            reports[report.repository_number or 0].append(report)
    columns = (campaign_case.c.repository_id, campaign_case.c.case_class)
    before = {number: CaseClass(value) for number, value in conn.execute(select(*columns))}
    rows = frontier.repositories(conn, looked_at)
    return [
        _profile(
            one,
            _class_of(one, before.get(number)),
            with_what_visits_told(rows.get(number), reports[number]),
            reports[number],
        )
        for number, one in looked_at.items()
        if reports[number]
    ]


def _class_of(one: Case, before: CaseClass | None) -> CaseClass | None:
    """Return what a case is; one of which nothing is left to tell stays what it was in its campaign."""
    return None if one.state in _HARMLESS else one.class_set or one.class_known or before


def _profile(
    one: Case,
    case_class: CaseClass | None,
    known: Repository,
    reports: Sequence[Report],
) -> CaseProfile:
    history = first_history(reports)
    return CaseProfile(
        case=one.key,
        opened_at=one.opened_at,
        case_class=case_class,
        host=one.host,
        path=one.path,
        owner=None if known.native_id is None else owner_of(one.path),
        files=frozenset[str]().union(*map(files_of, reports)),
        locks=frozenset(report.finding.sighting.oid for report in reports),
        fork_of=known.fork_of,
        made_at=stated_instant(known.created_at),
        readme=_readme(reports),
        entered_at=None if history is None else history.entered_at,
        utc_offset=None if history is None else history.utc_offset,
    )


def _readme(reports: Sequence[Report]) -> str:
    """Return the sketch of the README around the topmost lock that has one."""
    sketches: Mapping[tuple[int, str], str] = {
        (path.count("/"), path): report.evidence.surroundings.readme_sketch
        for report in reports
        for path in (report.finding.sighting.path,)
        if report.evidence is not None and report.evidence.surroundings is not None
    }
    return next((sketches[place] for place in sorted(sketches) if sketches[place]), "")
