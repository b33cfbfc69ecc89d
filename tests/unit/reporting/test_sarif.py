"""SARIF of a scan: as its consumers read it, and the same alert wherever the checkout lies."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sarif_pydantic import Sarif

from crawler.model import Confidence, LineSpan, Report, Tier
from crawler.reporting.sarif import MOST_RESULTS, sarif_log
from tests.unit.reporting.letters import confirmed, found, matched
from tests.values import SIGHTING


def log(*reports: Report, left: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a log as a file of it would be read."""
    written = json.dumps(sarif_log(reports, left))
    Sarif.model_validate_json(written)
    read: dict[str, Any] = json.loads(written)
    return read


def results(*reports: Report) -> list[dict[str, Any]]:
    (run,) = log(*reports)["runs"]
    listed: list[dict[str, Any]] = run["results"]
    return listed


def fingerprint(report: Report) -> str:
    (result,) = results(report)
    mark: str = result["partialFingerprints"]["ghostcrawl/v1"]
    return mark


def test_a_finding_is_an_error_at_its_lines() -> None:
    lines = LineSpan(first=5, last=7)
    (result,) = results(
        matched(confirmed(), pin=replace(confirmed().finding.match.pin, lines=lines))
    )

    assert result["ruleId"] == "GC001"
    assert result["level"] == "error"
    assert result["properties"]["security-severity"] == "9.8"
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "uv.lock", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 5, "endLine": 7},
    }
    assert "zz-ghost-one 1.0" in result["message"]["text"]
    assert "Listed by MAL-2026-1." in result["message"]["text"]


def test_every_tier_has_a_rule_and_every_result_points_to_it() -> None:
    (run,) = log(*(matched(confirmed(), tier=tier) for tier in Tier))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]

    assert len(set(rules)) == len(Tier)
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])


def test_the_level_follows_from_the_confidence() -> None:
    levels = {how: results(matched(confirmed(), confidence=how))[0]["level"] for how in Confidence}

    assert levels == {
        Confidence.CONFIRMED: "error",
        Confidence.LIKELY: "error",
        Confidence.POSSIBLE: "warning",
        Confidence.CENSUS: "note",
    }


def test_the_alert_stays_the_same_in_another_checkout_commit_and_line() -> None:
    moved = found(
        confirmed(),
        key="f" * 64,
        repository=replace(confirmed().finding.repository, path="elsewhere"),
        sighting=replace(SIGHTING, commit="9" * 40, oid="8" * 40),
    )
    pin = replace(moved.finding.match.pin, lines=LineSpan(first=90, last=91))

    assert fingerprint(matched(moved, pin=pin)) == fingerprint(confirmed())


def test_another_lock_and_another_file_are_other_alerts() -> None:
    other_lock = found(confirmed(), sighting=replace(SIGHTING, path="app/uv.lock"))
    pin = replace(confirmed().finding.match.pin, filename="zz_ghost_one-1.0.tar.gz")

    marks = {fingerprint(confirmed()), fingerprint(other_lock)}
    assert len({*marks, fingerprint(matched(confirmed(), pin=pin))}) == 3


def test_what_was_not_looked_at_is_a_notification_of_the_run() -> None:
    (run,) = log(left=("poetry.lock: larger than 64 MB",))["runs"]
    (invocation,) = run["invocations"]

    assert run["results"] == []
    assert invocation["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "poetry.lock: larger than 64 MB"}}
    ]


def test_more_results_than_a_viewer_shows_are_counted_and_the_surest_stay() -> None:
    unsure = matched(confirmed(), confidence=Confidence.CENSUS)
    (run,) = log(*[unsure] * MOST_RESULTS, confirmed())["runs"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]

    assert len(run["results"]) == MOST_RESULTS
    assert run["results"][0]["level"] == "error"
    assert note["message"]["text"].startswith("1 more findings")


def test_hostile_paths_and_names_are_inert() -> None:
    path = "a b/\udcff\u202e#?\n::error::x/uv.lock"
    (result,) = results(found(confirmed(), sighting=replace(SIGHTING, path=path)))
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]

    assert place["uri"] == "a%20b/%FF%E2%80%AE%23%3F%0A%3A%3Aerror%3A%3Ax/uv.lock"
    name = "https://files.index.example/x\n::error::\u202e"
    (named,) = results(
        matched(confirmed(), verdict=None, pin=replace(confirmed().finding.match.pin, name=name))
    )
    assert "https://" not in named["message"]["text"]
    assert "\n::" not in named["message"]["text"]
    assert "\u202e" not in named["message"]["text"]
