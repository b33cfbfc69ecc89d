"""Incidents as they happened, in a few statements each (shapes of public incident reports)."""

from __future__ import annotations

import pytest

from crawler.model import Claim, IndexState, VerdictState
from crawler.verdicts.judge import judge
from tests.unit.verdicts.statements_of import NOW, codes, dist, key, listed, says, verdicts


def test_two_bad_releases_of_a_good_project_do_not_touch_their_neighbours() -> None:
    bad = [says(Claim.MALICIOUS, "litellm", v, at="2026-03-24") for v in ("1.82.7", "1.82.8")]
    quarantine = [
        says(Claim.QUARANTINED, "litellm", at="2026-03-24"),
        says(Claim.QUARANTINE_CLEARED, "litellm", at="2026-03-26"),
    ]
    now_listed = listed("litellm", "1.82.6", "1.83.0", at="2026-11-20")

    found = verdicts("litellm", [*bad, *quarantine, *now_listed])

    assert {name: v.state for name, v in found.items()} == {
        "": VerdictState.WITHDRAWN,
        "1.82.7": VerdictState.MALICIOUS,
        "1.82.8": VerdictState.MALICIOUS,
    }
    assert codes(found[""]) == ("quarantine-cleared",)
    assert found["1.82.7"].index_state is IndexState.GONE
    assert found["1.82.7"].explicit


def test_interleaved_bad_releases_are_judged_one_by_one() -> None:
    bad = [says(Claim.MALICIOUS, "ultralytics", v, at="2024-12-05") for v in ("8.3.41", "8.3.45")]
    good = listed("ultralytics", "8.3.40", "8.3.43", "8.3.44", "8.3.47", at="2026-11-20")

    found = verdicts("ultralytics", [*bad, *good])

    assert sorted(found) == ["8.3.41", "8.3.45"]


def test_the_first_owners_file_is_not_the_hijackers() -> None:
    umap = [
        says(Claim.CREATED, "umap", at="2015-01-01"),
        says(Claim.CREATED, "umap", "0.1.1", at="2015-01-01", file=dist("umap-0.1.1.tar.gz")),
        says(Claim.REMOVED, "umap", at="2018-01-01"),
        says(Claim.CREATED, "umap", at="2025-12-01"),
        says(
            Claim.CREATED,
            "umap",
            "0.1.1",
            at="2025-12-02",
            file=dist("umap-0.1.1-py3-none-any.whl"),
        ),
        says(Claim.CREATED, "umap", "0.1.2", at="2025-12-03"),
        says(Claim.MALICIOUS, "umap", "0.1.1", at="2025-12-31"),
        says(Claim.MALICIOUS, "umap", "0.1.2", at="2025-12-31"),
    ]

    found = verdicts("umap", umap)

    assert found["umap-0.1.1.tar.gz"].state is VerdictState.NAME_REUSED
    assert found["umap-0.1.1-py3-none-any.whl"].state is VerdictState.MALICIOUS
    assert found["0.1.1"].state is VerdictState.NAME_REUSED
    assert codes(found["0.1.1"]) == ("version-in-two-incarnations",)
    assert found["0.1.2"].state is VerdictState.MALICIOUS
    assert found["0.1.2"].incarnation_from == umap[3].valid_from


def test_a_withdrawn_record_accuses_neither_release_nor_file() -> None:
    wheel = dist("fastapi-0.136.3-py3-none-any.whl", blake="e")
    record = [
        says(Claim.MALICIOUS, "fastapi", "0.136.3", at="2026-05-23"),
        says(Claim.MALICIOUS, "fastapi", "0.136.3", at="2026-05-23", file=wheel),
    ]
    withdrawal = [
        says(
            Claim.MALICIOUS,
            "fastapi",
            "0.136.3",
            at="2026-05-23",
            seen="2026-05-26",
            retracted="2026-05-26",
            file=file,
        )
        for file in (None, wheel)
    ]

    found = verdicts("fastapi", [*record, *withdrawal])

    assert {v.state for v in found.values()} == {VerdictState.WITHDRAWN}
    assert codes(found["0.136.3"]) == ("record-withdrawn",)
    assert found["0.136.3"].since == withdrawal[0].retracted_at


def test_a_withdrawn_record_that_is_issued_again_stands() -> None:
    history = [
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-05-01"),
        says(
            Claim.MALICIOUS,
            "zz-ghost",
            "1",
            at="2026-05-01",
            seen="2026-05-02",
            retracted="2026-05-02",
        ),
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-05-01", seen="2026-05-09"),
    ]

    found = verdicts("zz-ghost", history)

    assert found["1"].state is VerdictState.MALICIOUS


def test_a_withdrawal_reaches_the_copy_of_the_record_in_another_feed() -> None:
    copy = says(Claim.MALICIOUS, "astro", "7.1.0", at="2026-07-20", feed="file:list")
    withdrawn = says(
        Claim.MALICIOUS,
        "astro",
        "7.1.0",
        at="2026-07-20",
        seen="2026-07-22",
        retracted="2026-07-22",
    )

    found = verdicts("astro", [copy, withdrawn])

    assert found["7.1.0"].state is VerdictState.WITHDRAWN


def test_one_of_two_records_withdrawn_leaves_the_other() -> None:
    withdrawn = says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-05-01", retracted="2026-05-02")
    other = says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-05-01", record="MAL-2026-2")

    found = verdicts("zz-ghost", [withdrawn, other])

    assert found["1"].state is VerdictState.MALICIOUS
    assert [source.record_id for source in found["1"].sources] == ["MAL-2026-2"]


def test_a_project_that_its_owner_removed_is_never_malicious() -> None:
    said = [
        says(Claim.CREATED, "nined-memory", at="2026-08-01"),
        says(Claim.REMOVED, "nined-memory", at="2026-08-10"),
        says(Claim.OWNER_REMOVED, "nined-memory", at="2026-08-10", feed="file:own"),
    ]

    found = verdicts("nined-memory", said)

    assert found[""].state is VerdictState.OWNER_REMOVED
    assert found[""].index_state is IndexState.GONE


def test_a_404_alone_is_removed_and_nothing_more() -> None:
    gone = says(Claim.REMOVED, "zz-gone", at="2026-08-10", feed="pypi-status")

    found = verdicts("zz-gone", [gone])

    assert [(v.state, codes(v)) for v in found.values()] == [(VerdictState.REMOVED, ("removed",))]


def test_a_cleared_quarantine_retracts_itself() -> None:
    said = [
        says(Claim.QUARANTINED, "jcodemunch-mcp", at="2026-05-19"),
        says(Claim.QUARANTINE_CLEARED, "jcodemunch-mcp", at="2026-06-02"),
        *listed("jcodemunch-mcp", "1.108.20", at="2026-11-20"),
    ]

    found = verdicts("jcodemunch-mcp", said)

    assert found[""].state is VerdictState.WITHDRAWN
    assert found[""].since == said[1].valid_from
    assert list(found) == [""]


def test_a_quarantine_that_only_the_status_page_told_ends_when_the_page_lists_again() -> None:
    lapsed = says(
        Claim.QUARANTINED,
        "zz-ghost",
        at="2026-05-19",
        feed="pypi-status",
        record="status:zz-ghost",
        retracted="2026-06-02",
    )

    found = verdicts("zz-ghost", [lapsed, *listed("zz-ghost", "1", at="2026-06-02")])

    assert found[""].state is VerdictState.WITHDRAWN


def test_versions_of_a_quarantined_project_are_collateral() -> None:
    said = [
        says(Claim.CREATED, "mistralai", "2.4.5", at="2026-05-01"),
        says(Claim.MALICIOUS, "mistralai", "2.4.6", at="2026-05-12"),
        says(Claim.QUARANTINED, "mistralai", at="2026-05-12"),
    ]

    found = verdicts("mistralai", said)

    assert found[""].state is VerdictState.QUARANTINED
    assert found["2.4.6"].state is VerdictState.MALICIOUS
    assert found["2.4.6"].index_state is IndexState.QUARANTINED
    assert found["2.4.5"].state is VerdictState.QUARANTINED
    assert codes(found["2.4.5"]) == ("collateral-quarantine",)
    assert codes(found[""]) == ("quarantined", "collateral-quarantine")


def test_quarantined_and_then_removed_stays_a_suspicion() -> None:
    said = [
        says(Claim.QUARANTINED, "zz-ghost", at="2026-05-12"),
        says(Claim.REMOVED, "zz-ghost", at="2026-05-13"),
    ]

    found = verdicts("zz-ghost", said)

    assert found[""].state is VerdictState.QUARANTINED
    assert codes(found[""]) == ("quarantined", "removed-after-quarantine")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(Claim.QUARANTINED, "2"), (Claim.REMOVED, "2")], ("quarantined", "removed-after-quarantine")),
        ([(Claim.QUARANTINED, "2"), (Claim.REMOVED, None)], ("quarantined", "removed-after-quarantine")),
        ([(Claim.QUARANTINED, "2"), (Claim.QUARANTINE_CLEARED, "2"), (Claim.REMOVED, "2")], ("removed",)),
        ([(Claim.REMOVED, "2")], ("removed",)),
        ([(Claim.OWNER_REMOVED, "2")], ("owner-removed",)),
    ],
)  # fmt: skip
def test_who_removed_a_release_is_told_only_where_its_owner_could_not(
    events: list[tuple[Claim, str | None]], expected: tuple[str, ...]
) -> None:
    said = [
        says(Claim.CREATED, "zz-ghost", "2", at="2026-06-01"),
        *(
            says(claim, "zz-ghost", version, at=f"2026-06-1{day}")
            for day, (claim, version) in enumerate(events)
        ),
    ]

    assert codes(verdicts("zz-ghost", said)["2"]) == expected


def test_a_quarantined_release_is_absent_from_the_listing_and_still_quarantined() -> None:
    said = [
        says(Claim.QUARANTINED, "zz-ghost", "2", at="2026-06-12"),
        *listed("zz-ghost", "1", at="2026-06-13"),
    ]

    found = verdicts("zz-ghost", said)

    assert (found["2"].state, found["2"].index_state) == (
        VerdictState.QUARANTINED,
        IndexState.QUARANTINED,
    )
    assert codes(found["2"]) == ("quarantined",)


def test_pentest_packages_are_suspicious_only() -> None:
    pentest = says(Claim.SUSPICIOUS, "zz-pentest", "1", at="2026-05-12")
    removed = says(Claim.REMOVED, "zz-pentest", at="2026-05-13")

    found = verdicts("zz-pentest", [pentest, removed])

    assert found["1"].state is VerdictState.SUSPICIOUS
    assert found[""].state is VerdictState.REMOVED


def test_every_known_file_of_a_malicious_release_is_malicious() -> None:
    wheel = dist(
        "renderctx-1.1.1-py3-none-any.whl", blake="a", uploaded="2026-04-29T00:00:00+00:00"
    )
    other = dist("renderctx-9.0.tar.gz", blake="b")
    said = [
        says(Claim.MALICIOUS, "renderctx", "1.1.1", at="2026-04-30"),
        says(
            Claim.LISTED, "renderctx", "1.1.1", at="2026-04-29", file=wheel, retracted="2026-05-01"
        ),
        says(Claim.LISTED, "renderctx", "9.0", at="2026-04-29", file=other, retracted="2026-05-01"),
        says(Claim.REMOVED, "renderctx", at="2026-05-01"),
    ]

    found = verdicts("renderctx", said)

    assert found["renderctx-1.1.1-py3-none-any.whl"].state is VerdictState.MALICIOUS
    assert found["renderctx-1.1.1-py3-none-any.whl"].subject.file == wheel
    assert "renderctx-9.0.tar.gz" not in found


def test_a_record_of_every_version_is_never_explicit() -> None:
    said = [
        says(Claim.CREATED, "graphdict", at="2025-07-01"),
        says(Claim.CREATED, "graphdict", "3.4.0", at="2025-07-01"),
        says(
            Claim.CREATED,
            "graphdict",
            "3.4.0",
            at="2025-07-01",
            file=dist("graphdict-3.4.0.tar.gz"),
        ),
        says(Claim.REMOVED, "graphdict", at="2025-07-20"),
        says(Claim.MALICIOUS, "graphdict", at="2025-07-21"),
    ]

    found = verdicts("graphdict", said)

    assert {name: (v.state, v.explicit) for name, v in found.items()} == {
        "": (VerdictState.MALICIOUS, False),
        "3.4.0": (VerdictState.MALICIOUS, False),
        "graphdict-3.4.0.tar.gz": (VerdictState.MALICIOUS, False),
    }


def test_the_next_owner_of_a_name_is_not_meant_by_a_record_of_every_version() -> None:
    file = dist("zz_ghost-5.0.tar.gz", blake="c", uploaded="2026-03-02T00:00:00+00:00")
    said = [
        says(Claim.CREATED, "zz-ghost", at="2024-01-01"),
        says(Claim.REMOVED, "zz-ghost", at="2024-01-03"),
        says(Claim.MALICIOUS, "zz-ghost", at="2024-01-04"),
        says(Claim.CREATED, "zz-ghost", at="2026-03-01"),
        *listed("zz-ghost", "5.0", at="2026-11-01", files=(file,)),
    ]

    found = verdicts("zz-ghost", said)

    assert {v.state for v in found.values()} == {VerdictState.NAME_REUSED}
    assert sorted(found) == ["", "5.0", "zz_ghost-5.0.tar.gz"]


def test_without_known_incarnations_a_younger_listed_file_is_not_meant() -> None:
    file = dist("zz_ghost-5.0.tar.gz", blake="c", uploaded="2026-03-02T00:00:00+00:00")
    said = [
        says(Claim.MALICIOUS, "zz-ghost", at="2024-01-04"),
        *listed("zz-ghost", "5.0", at="2026-11-01", files=(file,)),
    ]

    found = verdicts("zz-ghost", said)

    assert found["zz_ghost-5.0.tar.gz"].state is VerdictState.NAME_REUSED
    assert codes(found["5.0"]) == ("uploaded-after-record",)
    assert found[""].state is VerdictState.SUSPICIOUS


def test_a_poisoned_record_on_a_project_that_stays_listed_is_only_suspicious() -> None:
    file = dist("requests-2.0.tar.gz", blake="d", uploaded="2013-01-01T00:00:00+00:00")
    said = [
        says(Claim.MALICIOUS, "requests", at="2026-11-01"),
        *listed("requests", "2.0", at="2026-11-20", files=(file,)),
    ]

    found = verdicts("requests", said)

    assert {v.state for v in found.values()} == {VerdictState.SUSPICIOUS}
    assert codes(found["2.0"]) == ("every-version", "most-used-project", "still-listed")


def test_what_the_index_still_lists_is_said_of_a_malicious_release() -> None:
    said = [
        says(Claim.MALICIOUS, "zz-ghost", "5.0", at="2026-11-21"),
        *listed("zz-ghost", "5.0", at="2026-11-21"),
    ]

    found = verdicts("zz-ghost", said)

    assert codes(found["5.0"]) == ("listed-version", "still-listed")
    assert found["5.0"].index_state is IndexState.LISTED


def test_a_yank_holds_until_it_is_taken_back() -> None:
    yanked = says(Claim.YANKED, "zz-lib", "1", at="2026-01-01")
    unyanked = says(Claim.UNYANKED, "zz-lib", "1", at="2026-01-02")

    assert verdicts("zz-lib", [yanked])["1"].state is VerdictState.YANKED
    assert verdicts("zz-lib", [unyanked, yanked]) == {}


def test_citing_another_record_is_no_second_source() -> None:
    said = [
        says(
            Claim.MALICIOUS, "zz-ghost", "1", at="2024-07-01", record="MAL-2024-4722", root="kam193"
        ),
        says(
            Claim.MALICIOUS,
            "zz-ghost",
            "1",
            at="2026-07-21",
            record="MAL-2026-9",
            root="MAL-2024-4722",
        ),
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-07-22", feed="file:kam", record="x/y"),
        says(
            Claim.MALICIOUS,
            "zz-ghost",
            "1",
            at="2026-07-23",
            record="MAL-2026-10",
            root="checkmarx",
        ),
    ]

    found = verdicts("zz-ghost", said)

    assert [(s.record_id, s.root_source) for s in found["1"].sources] == [
        ("MAL-2024-4722", "kam193"),
        ("MAL-2026-10", "checkmarx"),
    ]


def test_records_that_cite_each_other_in_a_circle_end() -> None:
    said = [
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-07-01", record="A-1", root="A-2"),
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-07-02", record="A-2", root="A-1"),
    ]

    found = verdicts("zz-ghost", said)

    assert found["1"].state is VerdictState.MALICIOUS


def test_a_date_in_the_future_does_not_outlive_its_withdrawal() -> None:
    said = [
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-07-01", seen="2099-01-01"),
        says(
            Claim.MALICIOUS,
            "zz-ghost",
            "1",
            at="2026-07-01",
            seen="2026-11-22",
            retracted="2026-11-22",
        ),
    ]

    found = verdicts("zz-ghost", said)

    assert found["1"].state is VerdictState.WITHDRAWN


def test_two_files_of_one_name_and_different_digests_are_kept_apart() -> None:
    bad, good = dist("zz_ghost-1.tar.gz", blake="a"), dist("zz_ghost-1.tar.gz", blake="b")
    said = [
        says(Claim.MALICIOUS, "zz-ghost", "1", at="2026-07-01", file=bad),
        *listed("zz-ghost", "1", at="2026-11-01", files=(good,)),
    ]

    found = judge(key("zz-ghost"), said, NOW)

    assert [(v.subject.file, v.state) for v in found] == [(bad, VerdictState.MALICIOUS)]
