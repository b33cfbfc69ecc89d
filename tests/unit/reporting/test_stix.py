"""The STIX bundle, as the library of OASIS reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stix2

from crawler.model import Algorithm, Confidence, Digest, FindingStatus, Report
from crawler.reporting.interface import Edition, ExportFile
from crawler.reporting.stix import StixBundles
from tests.unit.reporting.hostile import TRAPS, hostile
from tests.unit.reporting.letters import EVIDENCE, answered, confirmed, found, matched
from tests.values import NOW, REGISTRIES, REPOSITORY, SHA, URL, WHEEL, ghost_file, sha256, verdict

EDITION = Edition(
    at=NOW + timedelta(hours=1),
    contact="a.person@operator.example",
    tlp="TLP:GREEN",
    registries=REGISTRIES,
)


def documents(*reports: Report, edition: Edition = EDITION) -> list[ExportFile]:
    return list(StixBundles(edition).render(reports))


def objects(*reports: Report, edition: Edition = EDITION) -> list[dict[str, Any]]:
    (document,) = documents(*reports, edition=edition)
    found: list[dict[str, Any]] = json.loads(document.text)["objects"]
    return found


def only(kind: str, *reports: Report) -> dict[str, Any]:
    (one,) = [one for one in objects(*reports) if one["type"] == kind]
    return one


def references(one: dict[str, Any]) -> Iterator[str]:
    for name, value in one.items():
        if name.endswith("_ref"):
            yield value
        elif name.endswith("_refs"):
            yield from value


def test_the_library_reads_each_object_and_writes_it_as_we_did() -> None:
    (document,) = documents(confirmed())

    read = stix2.parse(document.text)

    assert json.loads(read.serialize()) == json.loads(document.text)
    assert [one.type for one in read.objects] == [
        "marking-definition",
        "identity",
        "malware",
        "file",
        "indicator",
        "relationship",
        "url",
        "indicator",
        "relationship",
        "infrastructure",
        "relationship",
        "note",
        "report",
    ]


def test_ids_of_files_and_urls_are_those_that_anybody_gives_them() -> None:
    assert only("url", confirmed())["id"] == stix2.URL(value=URL).id
    assert only("file", confirmed())["id"] == stix2.File(name=WHEEL, hashes={"SHA-256": SHA}).id


def test_the_id_of_a_file_with_two_hashes_is_that_of_the_library() -> None:
    long = Digest(algorithm=Algorithm.SHA512, hex="12" * 64)
    pin = replace(confirmed().finding.match.pin, digests=(sha256(), long))
    judged = verdict(file=ghost_file(sha256(), long))
    known = only("file", matched(confirmed(), pin=pin, verdict=judged))

    assert known["hashes"] == {"SHA-256": SHA, "SHA-512": "12" * 64}
    assert known["id"] == stix2.File(name=WHEEL, hashes=known["hashes"]).id


def test_every_reference_leads_to_an_object_of_the_bundle() -> None:
    other = found(confirmed(), key="f" * 64, repository=replace(REPOSITORY, path="acme/copy"))
    known = objects(confirmed(), other)

    assert {ref for one in known for ref in references(one)} <= {one["id"] for one in known}
    assert len({one["id"] for one in known}) == len(known)


def test_indicators_match_the_file_by_its_digest_and_its_url() -> None:
    patterns = [one["pattern"] for one in objects(confirmed()) if one["type"] == "indicator"]

    assert patterns == [f"[file:hashes.'SHA-256' = '{SHA}']", f"[url:value = '{URL}']"]


def test_a_repository_delivers_the_malware_that_its_lock_pins() -> None:
    known = {one["id"]: one for one in objects(confirmed())}
    delivers = [one for one in known.values() if one.get("relationship_type") == "delivers"]

    assert [
        (known[one["source_ref"]]["name"], known[one["target_ref"]]["name"]) for one in delivers
    ] == [("git.example/acme/task", "pkg:pypi/zz-ghost-one@1.0")]


def test_the_note_says_what_was_seen_and_when() -> None:
    assert only("note", confirmed())["content"] == (
        "uv.lock, line 5 at commit 1111111111111111111111111111111111111111 pins "
        "pkg:pypi/zz-ghost-one@1.0, listed as malicious since 2026-11-22T12:00:00Z by MAL-2026-1; "
        "last looked at 2026-11-22T12:00:00Z: "
        "https://git.example/acme/task/src/commit/1111/uv.lock#L5-L5"
    )


def test_it_speaks_for_the_organisation_and_names_no_person() -> None:
    (document,) = documents(confirmed())

    assert only("identity", confirmed())["name"] == "operator.example"
    assert "a.person" not in document.text


def test_without_an_operator_the_tool_speaks() -> None:
    said = objects(confirmed(), edition=replace(EDITION, contact=None))

    assert (said[1]["name"], said[1]["identity_class"]) == ("ghostcrawl", "system")


def test_two_operators_do_not_write_over_each_others_objects() -> None:
    def ids(contact: str) -> set[str]:
        known = objects(confirmed(), edition=replace(EDITION, contact=contact))
        return {one["id"] for one in known if "created_by_ref" in one}

    assert ids("a@one.example").isdisjoint(ids("a@two.example"))


@pytest.mark.parametrize(
    ("tlp", "marking", "level"),
    [
        ("TLP:CLEAR", "94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"),
        ("TLP:GREEN", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"),
        ("TLP:AMBER", "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"),
        ("TLP:AMBER+STRICT", "939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"),
        ("TLP:RED", "e828b379-4e03-4974-9ac4-e53a884c97c1", "red"),
    ],
)
def test_all_that_is_said_is_marked_with_the_level_of_the_edition(
    tlp: str, marking: str, level: str
) -> None:
    head, identity, *said = objects(confirmed(), edition=replace(EDITION, tlp=tlp))

    assert head["id"] == f"marking-definition--{marking}"
    assert [one["tlp_2_0"] for one in head["extensions"].values()] == [level]
    assert identity["type"] == "identity"
    assert all(one["object_marking_refs"] == [head["id"]] for one in said)


def test_a_repository_that_no_letter_may_accuse_is_not_in_it_but_its_file_is() -> None:
    (document,) = documents(answered(404))
    kinds = {one["type"] for one in objects(answered(404))}

    assert "acme" not in document.text
    assert {"file", "malware"} <= kinds
    assert kinds.isdisjoint({"infrastructure", "report", "note"})


@pytest.mark.parametrize(
    "report",
    [
        matched(confirmed(), confidence=Confidence.LIKELY),
        replace(confirmed(), status=FindingStatus.RETRACTED),
        matched(confirmed(), verdict=None),
    ],
)
def test_what_is_not_confirmed_open_and_malicious_makes_no_bundle(report: Report) -> None:
    assert documents(report) == []


def test_a_file_that_is_known_by_its_name_alone_is_no_indicator() -> None:
    pin = replace(confirmed().finding.match.pin, url=None, digests=())
    kinds = [one["type"] for one in objects(matched(confirmed(), pin=pin))]

    assert "file" in kinds
    assert "indicator" not in kinds


def test_writing_it_again_a_day_later_changes_no_byte() -> None:
    (before,) = documents(confirmed())
    (after,) = documents(confirmed(), edition=replace(EDITION, at=NOW + timedelta(hours=20)))

    assert before.text == after.text


def test_a_later_look_changes_when_it_was_modified_and_no_id() -> None:
    later = NOW + timedelta(hours=1)
    seen = replace(confirmed(), evidence=replace(EVIDENCE, verified_at=later))
    before, after = objects(confirmed()), objects(seen)

    assert [one["id"] for one in before] == [one["id"] for one in after]
    assert only("infrastructure", seen)["modified"] == "2026-11-22T13:00:00.000Z"


@pytest.mark.parametrize("trap", TRAPS)
def test_hostile_text_stays_text(trap: str) -> None:
    (document,) = documents(hostile(trap))

    read = stix2.parse(document.text)

    assert json.loads(read.serialize()) == json.loads(document.text)
    assert {one.type for one in read.objects} >= {"infrastructure", "note", "report", "file"}
    assert "good.example" not in {one.value for one in read.objects if one.type == "url"}
    for one in read.objects:
        texts = [value for value in one.values() if isinstance(value, str)]
        assert not any("\x1b" in text or "\u202e" in text or "\r" in text for text in texts)
