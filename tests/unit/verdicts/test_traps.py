"""What looks like malice in the data of the feeds and is none; each has misled somebody once."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crawler.errors import Malformed
from crawler.model import (
    Assertion,
    Claim,
    Ecosystem,
    IndexState,
    VerdictState,
    normalize_name,
    normalize_version,
)
from crawler.verdicts.judge import judge
from feeds.osv.record import read_record
from tests.unit.verdicts.statements_of import NOW, codes, day, dist, key, listed, says, verdicts

_PACKAGE = {"ecosystem": "PyPI", "name": "zz-ghost"}
_EVERYTHING = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
_REPORT, _INSIDE, _ARCHIVE = "a" * 64, "b" * 64, "c" * 64


def _told(affected: Mapping[str, object], **more: object) -> tuple[Assertion, ...]:
    """What the OSV feed makes of a record; nothing where it is none."""
    document = {
        "id": "MAL-2026-1",
        "published": "2026-05-01T00:00:00Z",
        "modified": "2026-05-02T00:00:00Z",
        "affected": [{"package": _PACKAGE, **affected}],
        **more,
    }
    try:
        return read_record(document, "osv-mal", Ecosystem.PYPI).record.assertions
    except Malformed:
        return ()


def _digests(assertions: tuple[Assertion, ...]) -> set[str]:
    found = judge(key("zz-ghost"), assertions, NOW)
    return {d.hex for v in found if v.subject.file for d in v.subject.file.digests}


def test_the_digest_of_a_report_is_not_that_of_a_file() -> None:
    origins = [{"source": "checkmarx", "sha256": _REPORT, "import_time": "2026-05-01T00:00:00Z"}]

    said = _told(
        {"versions": ["1.0"]},
        details=f"## Source: checkmarx ({_REPORT})",
        database_specific={"malicious-packages-origins": origins},
    )

    assert _digests(said) == set()


def test_the_digest_of_a_file_inside_the_archive_is_not_that_of_the_archive() -> None:
    indicators = {
        "package_integrity": [
            {"filename": "zz_ghost-1.0.tar.gz", "hashes": {"sha256": _ARCHIVE, "md5": "d" * 32}}
        ],
        "evidence_files": [{"path": "zz_ghost/__init__.py", "sha256": _INSIDE}],
    }

    said = _told({"versions": ["1.0"], "database_specific": {"indicators": indicators}})

    assert _digests(said) == {_ARCHIVE}


def test_of_a_record_with_versions_and_all_versions_the_versions_count() -> None:
    said = _told({"versions": ["1.0"], "ranges": _EVERYTHING})
    neighbour = says(Claim.CREATED, "zz-ghost", "1.1", at="2026-05-03")

    found = verdicts("zz-ghost", [*said, neighbour])

    assert {name: v.state for name, v in found.items()} == {"1.0": VerdictState.MALICIOUS}


def test_introduced_0_names_no_version() -> None:
    file = dist("zz_ghost-1.0.tar.gz", blake="a")
    born = says(Claim.CREATED, "zz-ghost", "1.0", at="2026-04-30", file=file)

    found = verdicts("zz-ghost", [*_told({"ranges": _EVERYTHING}), born])

    assert {name: v.explicit for name, v in found.items()} == {
        "": False,
        "1.0": False,
        "zz_ghost-1.0.tar.gz": False,
    }


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        (Claim.REMOVED, VerdictState.REMOVED),
        (Claim.OWNER_REMOVED, VerdictState.OWNER_REMOVED),
        (Claim.QUARANTINED, VerdictState.QUARANTINED),
        (Claim.YANKED, VerdictState.YANKED),
        (Claim.SUSPICIOUS, VerdictState.SUSPICIOUS),
    ],
)
def test_what_the_index_does_or_a_feed_suspects_is_no_malice(
    claim: Claim, state: VerdictState
) -> None:
    found = verdicts("zz-ghost", [says(claim, "zz-ghost", "1.0", at="2026-05-01")])

    assert {v.state for v in found.values()} == {state}


def test_a_quarantine_that_was_lifted_leaves_no_suspicion() -> None:
    said = [
        says(Claim.QUARANTINED, "zz-ghost", "1.0", at="2026-05-01"),
        says(Claim.QUARANTINE_CLEARED, "zz-ghost", "1.0", at="2026-05-02"),
    ]

    found = verdicts("zz-ghost", said)

    assert {v.state for v in found.values()} == {VerdictState.WITHDRAWN}


def test_who_takes_a_name_after_the_accused_is_not_meant() -> None:
    said = [
        *_told({"ranges": _EVERYTHING}),
        says(Claim.REMOVED, "zz-ghost", at="2026-05-02"),
        says(Claim.CREATED, "zz-ghost", at="2026-09-01"),
        *listed("zz-ghost", "1.0", at="2026-11-20"),
    ]

    found = verdicts("zz-ghost", said)

    assert found[""].state is VerdictState.NAME_REUSED
    assert VerdictState.MALICIOUS not in {v.state for v in found.values() if v.explicit}


def test_a_record_that_was_modified_before_it_was_published_can_be_withdrawn() -> None:
    odd = _told({"versions": ["1.0"]}, modified="2026-04-01T00:00:00Z")
    withdrawn = _told(
        {"versions": ["1.0"]}, modified="2026-04-01T00:00:00Z", withdrawn="2026-05-03T00:00:00Z"
    )

    found = verdicts("zz-ghost", [*odd, *withdrawn])

    assert {v.state for v in found.values()} == {VerdictState.WITHDRAWN}


def test_a_record_from_the_future_does_not_win_for_ever() -> None:
    future = _told({"versions": ["1.0"]}, modified="2099-01-01T00:00:00Z")
    withdrawn = _told({"versions": ["1.0"]}, withdrawn="2026-06-01T00:00:00Z")

    found = verdicts("zz-ghost", [*future, *withdrawn], now=day("2026-06-02"))

    assert {v.state for v in found.values()} == {VerdictState.WITHDRAWN}


def test_an_id_that_is_used_again_for_another_project_says_nothing_of_the_first() -> None:
    first = says(Claim.MALICIOUS, "zz-ghost", "1.0", at="2026-05-01", retracted="2026-05-09")
    again = says(Claim.MALICIOUS, "zz-other", "1.0", at="2026-05-09")

    assert verdicts("zz-ghost", [first, again])["1.0"].state is VerdictState.WITHDRAWN
    assert verdicts("zz-other", [first, again])["1.0"].state is VerdictState.MALICIOUS


def test_a_record_of_npm_says_nothing_of_the_same_name_on_the_python_index() -> None:
    said = says(Claim.MALICIOUS, "zz-ghost", "1.0", at="2026-05-01", ecosystem=Ecosystem.NPM)

    assert verdicts("zz-ghost", [said]) == {}
    assert _told({"package": {"ecosystem": "npm", "name": "zz-ghost"}, "versions": ["1.0"]}) == ()


def test_three_records_that_cite_one_are_one_source() -> None:
    said = [
        says(Claim.MALICIOUS, "zz-ghost", "1", at=f"2026-05-0{n}", record=own, root=root, feed=feed)
        for n, own, root, feed in (
            (1, "MAL-2026-1", "kam193", "osv-mal"),
            (2, "GHSA-aaaa-bbbb-cccc", "MAL-2026-1", "ghsa-malware"),
            (3, "PYSEC-2026-7", "GHSA-aaaa-bbbb-cccc", "pysec"),
        )
    ]

    assert [s.root_source for s in verdicts("zz-ghost", said)["1"].sources] == ["kam193"]


def test_what_is_withdrawn_in_one_feed_falls_in_its_late_copy() -> None:
    late = says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-05-01", seen="2026-05-02", feed="mirror")
    here = says(
        Claim.MALICIOUS, "zz-ghost", "1", at="2026-05-01", seen="2026-05-03", retracted="2026-05-03"
    )

    assert verdicts("zz-ghost", [late, here])["1"].state is VerdictState.WITHDRAWN


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("1.1.5.post1", "1.1.5"),
        ("1.1.5", "1.1.5.post1"),
        ("0.1a0", "0.1"),
        ("1a1", "1"),
        ("1.0", "1.0+local"),
        ("1.0", "1.0.dev1"),
        ("0.1rc1", "0.1rc2"),
    ],
)
def test_a_post_pre_or_local_release_is_a_release_of_its_own(bad: str, good: str) -> None:
    neighbour = says(Claim.CREATED, "zz-ghost", good, at="2026-04-01")

    found = verdicts("zz-ghost", [*_told({"versions": [bad]}), neighbour])

    assert {name: v.state for name, v in found.items()} == {bad: VerdictState.MALICIOUS}


@pytest.mark.parametrize(
    ("stated", "canonical"),
    [
        ("1.1.5-1", "1.1.5.post1"),
        ("0.1.alpha.0", "0.1a0"),
        ("1.A1", "1a1"),
        ("v1.0", "1.0"),
        ("1.0+Local", "1.0+local"),
    ],
)
def test_spellings_of_one_version_are_one_release(stated: str, canonical: str) -> None:
    assert list(verdicts("zz-ghost", _told({"versions": [stated]}))) == [canonical]
    assert normalize_version(Ecosystem.PYPI, stated) == canonical


def test_spellings_of_one_name_are_one_project() -> None:
    said = _told({"package": {"ecosystem": "PyPI", "name": "ZZ._-Ghost"}, "versions": ["1.0"]})

    assert verdicts("zz-ghost", said)["1.0"].state is VerdictState.MALICIOUS


@pytest.mark.parametrize("name", ["\u212aeras", "r\u0435quests", "zz-ghost\u200b", "zz ghost", ""])
def test_a_name_with_look_alike_letters_is_no_project(name: str) -> None:
    assert normalize_name(Ecosystem.PYPI, name) is None
    assert _told({"package": {"ecosystem": "PyPI", "name": name}, "versions": ["1.0"]}) == ()


def test_the_security_holder_of_npm_is_no_verdict() -> None:
    npm = Ecosystem.NPM
    said = [
        says(Claim.REMOVED, "zz", at="2026-06-01", ecosystem=npm),
        *listed("zz", "0.0.1-security", at="2026-06-02", ecosystem=npm),
    ]

    found = verdicts("zz", said, ecosystem=npm)

    assert {name: v.state for name, v in found.items()} == {"": VerdictState.NAME_REUSED}


def test_a_name_in_a_list_that_is_a_real_project_elsewhere_is_possible_at_most() -> None:
    said = [
        says(
            Claim.MALICIOUS, "detectron2", at="2024-01-01", feed="datadog", record="pypi/detectron2"
        ),
        says(Claim.CREATED, "detectron2", "0.6", at="2021-11-01"),
        *listed("detectron2", "0.6", at="2026-11-20"),
    ]

    found = verdicts("detectron2", said)

    assert {(v.state, v.explicit) for v in found.values()} == {(VerdictState.SUSPICIOUS, False)}
    assert codes(found["0.6"]) == ("every-version", "still-listed")
    assert found["0.6"].index_state is IndexState.LISTED


def test_a_weak_digest_identifies_no_file() -> None:
    integrity = {"filename": "zz_ghost-1.0.tar.gz", "hashes": {"md5": "d" * 32, "sha1": "e" * 40}}
    affected = {
        "versions": ["1.0"],
        "database_specific": {"indicators": {"package_integrity": [integrity]}},
    }

    found = judge(key("zz-ghost"), _told(affected), NOW)

    assert {v.subject.file.digests for v in found if v.subject.file} <= {()}
    assert found[0].state is VerdictState.MALICIOUS


def test_a_quarantine_seen_after_the_journal_cleared_it_ends_with_the_next_listing() -> None:
    late = says(
        Claim.QUARANTINED,
        "zz-ghost",
        at="2026-06-01",
        seen="2026-06-02",
        retracted="2026-06-02",
        feed="pypi-status",
        record="status:zz-ghost",
    )
    said = [
        says(Claim.QUARANTINED, "zz-ghost", at="2026-05-19"),
        says(Claim.QUARANTINE_CLEARED, "zz-ghost", at="2026-05-30"),
        late,
        says(
            Claim.LISTED, "zz-ghost", at="2026-06-02", feed="pypi-status", record="status:zz-ghost"
        ),
    ]

    (found,) = judge(key("zz-ghost"), said, NOW)

    assert found.state is VerdictState.WITHDRAWN
