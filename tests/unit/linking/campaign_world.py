"""The world of tests/data/campaigns as the rules take it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.linking import CaseProfile, readme_sketch
from crawler.model import CaseClass

WORLD = Path(__file__).parents[2] / "data/campaigns/labelled.jsonl"
START = datetime(2026, 11, 1, tzinfo=UTC)


def lines() -> list[dict[str, Any]]:
    return list(map(json.loads, WORLD.read_text("utf-8").splitlines()))


def profile(line: Mapping[str, Any], number: int) -> CaseProfile:
    return CaseProfile(
        case=line["id"],
        opened_at=START + timedelta(minutes=number),
        case_class=CaseClass(line["class"]),
        host=line["host"],
        path=f"{line['owner']}/{line['name']}" if line["owner"] else line["name"],
        owner=line["owner"],
        files=frozenset(line["files"]),
        locks=frozenset(line["locks"]),
        fork_of=line.get("fork_of"),
        made_at=_instant(line.get("made_at")),
        readme=readme_sketch(line.get("readme", "")),
        entered_at=_instant(line.get("entered_at")),
        utc_offset=line.get("utc_offset"),
    )


def world() -> list[CaseProfile]:
    return [profile(line, number) for number, line in enumerate(lines())]


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
