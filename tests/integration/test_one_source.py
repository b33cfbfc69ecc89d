"""One row of one feed convicts nobody: from what feeds say and the text of a lock to the finding."""

from __future__ import annotations

import base64
from collections.abc import Iterable

import pytest

from crawler.model import (
    Algorithm,
    Assertion,
    Claim,
    Confidence,
    Digest,
    Distribution,
    Ecosystem,
    Tier,
    Verdict,
)
from crawler.verdicts.judge import judge
from tests.integration.incident_locks import found, uv_lock
from tests.unit.verdicts.statements_of import NOW, listed, says

WHEEL = "zz_ghost-1.0-py3-none-any.whl"
GOOD = "requests-2.32.4-py3-none-any.whl"
AT = "2026-11-01"
SHA = "cd"
"""Two digits of the SHA-256 in each lock of `uv_lock`."""


def sha(digits: str = SHA) -> Digest:
    return Digest(algorithm=Algorithm.SHA256, hex=digits * 32)


def blake(digits: str = "ab") -> Digest:
    return Digest(algorithm=Algorithm.BLAKE2B_256, hex=digits * 32)


def file(name: str, *digests: Digest) -> Distribution:
    return Distribution(filename=name, digests=tuple(sorted(digests)))


def accuses(
    name: str,
    version: str,
    accused: Distribution | None,
    root: str = "kam193",
    record: str = "MAL-2026-1",
) -> Assertion:
    return says(
        Claim.MALICIOUS, name, version, at=AT, file=accused, root=root, record=record, feed=root
    )


def judged(said: Iterable[Assertion]) -> list[Verdict]:
    """Judge every project that is spoken of, as a ledger does that knows all of it."""
    known = tuple(said)
    projects = sorted({a.subject.project for a in known})
    return [verdict for project in projects for verdict in judge(project, known, NOW)]


def outcome(lock: str, said: Iterable[Assertion], path: str = "uv.lock") -> list[object]:
    """Return confidence and codes of the match of tier A; nothing where there is none."""
    (match,) = [m for m in found(path, lock, judged(said)) if m.tier is not Tier.T]
    assert match.tier is Tier.A
    return [match.confidence, *(r.code for r in match.reasons)]


REQUESTS = uv_lock("requests", "2.32.4", GOOD)
GHOST = uv_lock("zz-ghost", "1.0", WHEEL)
REMOVED = says(Claim.REMOVED, "zz-ghost", "1.0", at="2026-11-02")


def test_a_wrong_digest_is_no_conviction_of_the_project_whose_name_the_pinned_file_has() -> None:
    wrong = accuses("zz-ghost", "1.0", file(WHEEL, sha()))

    assert outcome(REQUESTS, [wrong]) == [
        Confidence.POSSIBLE,
        "file-digest",
        "one-source-other-name",
    ]


def test_that_the_accused_release_was_removed_does_not_tell_whose_a_digest_is() -> None:
    wrong = accuses("zz-ghost", "1.0", file(WHEEL, sha()))

    assert outcome(REQUESTS, [wrong, REMOVED])[0] is Confidence.POSSIBLE


@pytest.mark.parametrize("name", ["requests", "zz-ghost"])
def test_a_digest_that_the_index_lists_as_another_project_s_is_no_conviction(name: str) -> None:
    wrong = accuses("zz-ghost", "1.0", file(WHEEL, sha()))
    good = listed("requests", "2.32.4", at="2026-11-20", files=(file(GOOD, sha()),))
    lock = uv_lock(name, "1.0", WHEEL)

    assert outcome(lock, [wrong, REMOVED, *good]) == [
        Confidence.POSSIBLE,
        "file-digest",
        "one-source-other-file",
    ]


def test_a_hash_without_a_file_name_is_no_conviction_either() -> None:
    wrong = accuses("zz-ghost", "1.0", file(WHEEL, sha()))
    good = listed("requests", "2.32.4", at="2026-11-20", files=(file(GOOD, sha()),))
    line = f"requests==2.32.4 --hash=sha256:{SHA * 32}\n"

    confidence, *codes = outcome(line, [wrong, REMOVED, *good], "requirements.txt")

    assert confidence is Confidence.POSSIBLE
    assert "one-source-other-file" in codes


def test_a_file_that_the_index_lists_as_good_is_no_conviction() -> None:
    wrong = accuses("zz-lib", "1.0", file("zz_lib-1.0.tar.gz", sha()))
    good = listed("zz-lib", "1.0", at="2026-11-20", files=(file("zz_lib-1.0.tar.gz", sha()),))
    lock = uv_lock("zz-lib", "1.0", "zz_lib-1.0.tar.gz")

    assert outcome(lock, [wrong, *good]) == [
        Confidence.POSSIBLE,
        "file-digest",
        "one-source-listed",
        "release-still-listed",
    ]


def test_another_source_that_knows_the_digest_as_another_project_s_is_enough() -> None:
    wrong = accuses("zz-ghost", "1.0", file(WHEEL, sha()))
    known = says(
        Claim.KNOWN, "zz-other", "3.0", at=AT, file=file("zz_other-3.0.tar.gz", sha()), root="pypi"
    )

    assert outcome(GHOST, [wrong, REMOVED, known])[0] is Confidence.POSSIBLE


def test_a_digest_under_the_wrong_version_is_no_conviction() -> None:
    wrong = accuses("zz-lib", "1.1", file("zz_lib-1.1.tar.gz", sha()))
    gone = says(Claim.REMOVED, "zz-lib", "1.1", at="2026-11-02")
    good = listed("zz-lib", "1.0", at="2026-11-20", files=(file("zz_lib-1.0.tar.gz", sha()),))
    lock = uv_lock("zz-lib", "1.0", "zz_lib-1.0.tar.gz")

    confidence, *codes = outcome(lock, [wrong, gone, *good])

    assert confidence is Confidence.POSSIBLE
    assert codes == ["file-digest", "one-source-other-file", "one-source-other-name"]


def test_a_record_that_calls_another_project_s_file_its_own_is_no_conviction() -> None:
    wrong = accuses("zz-ghost", "1.0", file(GOOD, sha(), blake()))

    assert outcome(REQUESTS, [wrong, REMOVED])[0] is Confidence.POSSIBLE


def test_one_record_is_no_conviction_of_a_most_used_project_that_the_index_lists() -> None:
    wrong = accuses("requests", "2.32.4", file(GOOD, sha()))
    there = says(Claim.LISTED, "requests", "2.32.4", at="2026-11-20", feed="pypi-status")

    assert outcome(REQUESTS, [wrong, there]) == [
        Confidence.POSSIBLE,
        "file-digest",
        "one-source-protected",
    ]


def test_before_the_index_was_asked_one_record_on_a_most_used_project_is_likely_at_most() -> None:
    wrong = accuses("requests", "2.32.4", file(GOOD, sha()))

    assert outcome(REQUESTS, [wrong]) == [
        Confidence.LIKELY,
        "file-digest",
        "one-source-unchecked",
    ]


def test_a_record_that_names_the_release_and_shows_its_file_is_one_source() -> None:
    named = accuses("requests", "2.32.4", None)
    shown = says(Claim.KNOWN, "requests", "2.32.4", at=AT, file=file(GOOD, blake()), root="kam193")
    there = says(Claim.LISTED, "requests", "2.32.4", at="2026-11-20", feed="pypi-status")

    assert outcome(REQUESTS, [named, shown, there]) == [
        Confidence.POSSIBLE,
        "file-digest",
        "one-source-protected",
    ]


@pytest.mark.parametrize(
    ("root", "record"),
    [
        ("kam193", "GHSA-aaaa-bbbb-cccc"),
        ("MAL-2026-1", "GHSA-aaaa-bbbb-cccc"),
        ("a-mirror", "MAL-2026-1"),
    ],
    ids=["the same root", "a citation", "a copy of the record"],
)
def test_a_copy_of_the_record_is_no_second_source(root: str, record: str) -> None:
    wrong = accuses("zz-ghost", "1.0", file(WHEEL, sha()))
    copy = accuses("zz-ghost", "1.0", file(WHEEL, sha()), root=root, record=record)

    assert outcome(REQUESTS, [wrong, copy, REMOVED])[0] is Confidence.POSSIBLE


def test_the_digest_of_the_empty_file_is_nobody_s() -> None:
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    wrong = [
        accuses("zz-ghost", "1.0", file(WHEEL, Digest(algorithm=Algorithm.SHA256, hex=nothing)), r)
        for r in ("kam193", "ossf")
    ]
    line = f"requests==2.32.4 --hash=sha256:{nothing}\n"

    assert found("requirements.txt", line, judged([*wrong, REMOVED])) == []


def test_a_digest_that_was_corrected_convicts_nobody_any_more() -> None:
    accused = accuses("zz-ghost", "1.0", None)
    wrong = says(
        Claim.MALICIOUS, "zz-ghost", "1.0", at=AT, file=file(WHEEL, sha()), retracted="2026-11-03"
    )
    right = says(Claim.MALICIOUS, "zz-ghost", "1.0", at=AT, file=file(WHEEL, sha("ef")))

    assert found("uv.lock", REQUESTS, judged([accused, wrong, right, REMOVED])) == []


def test_a_blake2b_is_corrected_too() -> None:
    wrong = says(
        Claim.MALICIOUS, "zz-ghost", "1.0", at=AT, file=file(WHEEL, blake()), retracted="2026-11-03"
    )
    right = says(Claim.MALICIOUS, "zz-ghost", "1.0", at=AT, file=file(WHEEL, sha("ef")))

    assert found("uv.lock", REQUESTS, judged([wrong, right, REMOVED])) == []


def npm(name: str, version: str, *, at: str = AT, claim: Claim = Claim.MALICIOUS) -> Assertion:
    tarball = f"{name.rpartition('/')[2]}-{version}.tgz"
    bytes_of = Distribution(
        filename=tarball, digests=(Digest(algorithm=Algorithm.SHA512, hex="00ff" * 32),)
    )
    return says(claim, name, version, at=at, file=bytes_of, ecosystem=Ecosystem.NPM)


def package_lock(name: str, version: str, tarball: str | None) -> str:
    integrity = base64.b64encode(bytes.fromhex("00ff" * 32)).decode()
    resolved = f'"resolved": "https://registry.npm.example/{name}/-/{tarball}",' if tarball else ""
    return f"""{{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {{
  "": {{"name": "app", "version": "1.0.0"}},
  "node_modules/{name}": {{"version": "{version}", {resolved} "integrity": "sha512-{integrity}"}}
}}}}
"""


def test_a_wrong_integrity_is_no_conviction_of_another_tarball_of_npm() -> None:
    lock = package_lock("zz-good", "4.17.21", "zz-good-4.17.21.tgz")

    confidence, *codes = outcome(lock, [npm("@zz/ghost", "1.0.0")], "package-lock.json")

    assert (confidence, codes) == (Confidence.POSSIBLE, ["file-digest", "one-source-other-name"])


def test_a_wrong_integrity_without_a_url_is_told_by_the_registry() -> None:
    lock = package_lock("zz-good", "4.17.21", None)
    good = npm("zz-good", "4.17.21", claim=Claim.LISTED)

    confidence, *codes = outcome(lock, [npm("@zz/ghost", "1.0.0"), good], "package-lock.json")

    assert confidence is Confidence.POSSIBLE
    assert "one-source-other-file" in codes


def test_the_scope_is_not_part_of_a_tarball_s_name() -> None:
    lock = package_lock("@zz/ghost", "1.0.0", "ghost-1.0.0.tgz")
    gone = says(Claim.REMOVED, "@zz/ghost", "1.0.0", at="2026-11-02", ecosystem=Ecosystem.NPM)

    found_there = outcome(lock, [npm("@zz/ghost", "1.0.0"), gone], "package-lock.json")

    assert found_there == [Confidence.CONFIRMED, "file-digest"]


# What stands.


def test_one_source_with_nothing_against_it_stands() -> None:
    assert outcome(GHOST, [accuses("zz-ghost", "1.0", file(WHEEL, sha()))]) == [
        Confidence.CONFIRMED,
        "file-digest",
    ]


def test_the_name_of_the_entry_is_no_contradiction() -> None:
    tampered = uv_lock("requests", "1.0", WHEEL)

    matches = found("uv.lock", tampered, judged([accuses("zz-ghost", "1.0", file(WHEEL, sha()))]))

    assert [(m.tier, m.confidence) for m in matches] == [
        (Tier.A, Confidence.CONFIRMED),
        (Tier.T, Confidence.LIKELY),
    ]


@pytest.mark.parametrize(
    "said",
    [
        [accuses("zz-ghost", "1.0", file(WHEEL, sha()), root="ossf", record="MAL-2026-2")],
        [accuses("zz-other", "1.0", file(WHEEL, sha()), root="ossf", record="MAL-2026-2")],
        [accuses("zz-ghost", "1.0", file(WHEEL, blake()), root="ossf", record="MAL-2026-2")],
        [says(Claim.REMOVED, "zz-ghost", "1.0", at="2026-11-02", file=file(WHEEL, sha()))],
        [
            says(
                Claim.KNOWN, "zz-ghost", "1.0", at=AT, file=file(WHEEL, sha(), blake()), root="pypi"
            )
        ],
        [
            says(
                Claim.LISTED,
                "zz-ghost",
                "1.0",
                at="2026-10-01",
                file=file(WHEEL, sha()),
                retracted="2026-11-02",
            ),
            REMOVED,
        ],
    ],
    ids=[
        "a second root",
        "a second root, under another name",
        "a second root, by the URL path",
        "a row of the journal",
        "the path that the index's own table knows",
        "what the index listed until it removed it",
    ],
)
def test_a_file_that_was_renamed_is_convicted_by_who_confirms_its_digest(
    said: list[Assertion],
) -> None:
    accused = accuses("zz-ghost", "1.0", file(WHEEL, sha()))

    assert outcome(REQUESTS, [accused, *said])[:2] == [Confidence.CONFIRMED, "file-digest"]


def test_two_sources_stand_against_a_most_used_project_that_the_index_lists() -> None:
    one = accuses("requests", "2.32.4", file(GOOD, sha()))
    two = accuses("requests", "2.32.4", file(GOOD, sha()), root="ossf", record="MAL-2026-2")
    there = says(Claim.LISTED, "requests", "2.32.4", at="2026-11-20", feed="pypi-status")

    assert outcome(REQUESTS, [one, two, there]) == [Confidence.CONFIRMED, "file-digest"]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("litellm", "1.82.7"),
        ("telnyx", "4.87.1"),
        ("elementary-data", "0.23.3"),
        ("lightning", "2.6.2"),
        ("mistralai", "2.4.6"),
        ("guardrails-ai", "0.10.1"),
        ("ultralytics", "8.3.41"),
        ("num2words", "0.5.15"),
    ],
)
@pytest.mark.parametrize("how", ["release", "file", "listing"])
def test_a_hijacked_release_that_the_index_removed_stays_confirmed(
    name: str, version: str, how: str
) -> None:
    wheel = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    bad = file(wheel, sha())
    removal = {
        "release": [says(Claim.REMOVED, name, version, at="2026-11-02")],
        "file": [says(Claim.REMOVED, name, version, at="2026-11-02", file=bad)],
        "listing": listed(name, "0.0.1", at="2026-11-20"),
    }[how]

    assert outcome(uv_lock(name, version, wheel), [accuses(name, version, bad), *removal]) == [
        Confidence.CONFIRMED,
        "file-digest",
    ]


def test_a_hijacked_release_of_axios_stays_confirmed() -> None:
    lock = package_lock("axios", "1.14.1", "axios-1.14.1.tgz")
    gone = says(Claim.REMOVED, "axios", "1.14.1", at="2026-11-02", ecosystem=Ecosystem.NPM)

    assert outcome(lock, [npm("axios", "1.14.1"), gone], "package-lock.json") == [
        Confidence.CONFIRMED,
        "file-digest",
    ]


def test_of_two_projects_that_one_source_accuses_of_one_file_the_pin_s_own_is_told() -> None:
    said = [
        accuses("zz-another", "1.0", file("zz_another-1.0-py3-none-any.whl", sha())),
        accuses("zz-ghost", "1.0", file(WHEEL, sha())),
    ]

    assert outcome(GHOST, said) == [Confidence.CONFIRMED, "file-digest"]
