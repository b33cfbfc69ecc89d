"""What a pin and the verdicts on it amount to: the tiers, and every named reason that lowers one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.lockfiles import parse
from crawler.matching import VerdictIndex, match
from crawler.model import (
    Confidence,
    Distribution,
    Ecosystem,
    IndexState,
    Match,
    Origin,
    OriginKind,
    Pin,
    ProjectKey,
    Reason,
    Subject,
    Tier,
    Verdict,
    VerdictState,
)
from tests.values import (
    BLAKE,
    INDEX,
    OTHER_SHA,
    REGISTRIES,
    SHA,
    URL,
    WHEEL,
    blake2b,
    ghost_file,
    pin,
    sha256,
    verdict,
)


def judged(pinned: Pin, *verdicts: Verdict) -> Match | None:
    """Return the one match by a verdict, leaving tampering aside."""
    found = [m for m in match([pinned], VerdictIndex(verdicts), REGISTRIES) if m.tier is not Tier.T]
    assert len(found) <= 1
    return found[0] if found else None


def codes(found: Match | None) -> list[str]:
    return [] if found is None else [r.code for r in found.reasons]


def test_the_digest_in_the_url_path_confirms_a_malicious_file() -> None:
    found = judged(pin(), verdict(file=ghost_file()))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.A, Confidence.CONFIRMED)
    assert codes(found) == ["file-digest"]


def test_a_sha256_confirms_a_malicious_file_on_a_host_whose_path_says_nothing() -> None:
    found = judged(
        pin(
            url=f"https://nexus.example/packages/zz/1.0/{WHEEL}",
            origin=Origin(kind=OriginKind.REGISTRY, location="https://nexus.example/simple"),
            digests=(sha256(),),
        ),
        verdict(file=ghost_file()),
    )

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.A, Confidence.CONFIRMED)


def test_an_upper_case_escaped_path_is_the_same_file() -> None:
    shouted = URL.replace(BLAKE[:2], "AB", 1).replace("zz_ghost", "zz%5Fghost")

    found = judged(pin(url=shouted), verdict(file=ghost_file()))

    assert found is not None
    assert found.tier is Tier.A


def test_a_path_and_a_hash_of_different_files_are_no_confirmation() -> None:
    found = judged(pin(digests=(sha256(OTHER_SHA),)), verdict(file=ghost_file()))

    assert found is not None
    assert found.confidence is Confidence.LIKELY
    assert codes(found) == ["file-digest", "digest-conflict"]


def test_a_malicious_file_that_the_index_still_lists_is_only_likely() -> None:
    found = judged(pin(), verdict(file=ghost_file(), index_state=IndexState.LISTED))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.A, Confidence.LIKELY)
    assert codes(found) == ["file-digest", "release-still-listed"]


def test_a_hash_without_a_url_asks_the_index_which_no_longer_has_the_file() -> None:
    found = judged(pin(url=None, digests=(sha256(),)), verdict(file=ghost_file()))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.A, Confidence.LIKELY)
    assert codes(found) == ["file-digest", "asks-the-index"]


def test_a_malicious_file_that_lies_in_the_repository_itself_is_confirmed() -> None:
    vendored = Origin(kind=OriginKind.PATH, location="vendor/zz.whl")

    found = judged(pin(url=None, origin=vendored, digests=(sha256(),)), verdict(file=ghost_file()))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.A, Confidence.CONFIRMED)


def test_a_file_that_was_removed_from_a_listed_release_is_counted() -> None:
    removed = verdict(VerdictState.REMOVED, file=Distribution(filename=WHEEL))

    found = judged(pin(), removed)

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.U, Confidence.CENSUS)


def test_a_file_judged_by_an_every_version_record_is_only_possible() -> None:
    found = judged(pin(), verdict(file=ghost_file(), explicit=False))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert codes(found) == ["file-digest", "every-version-record"]


def test_a_listed_release_that_the_index_dropped_is_confirmed() -> None:
    found = judged(pin(), verdict())

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.B, Confidence.CONFIRMED)
    assert codes(found) == ["listed-release"]


@pytest.mark.parametrize(
    ("index_state", "code"),
    [
        (IndexState.LISTED, "release-still-listed"),
        (IndexState.UNKNOWN, "index-state-unknown"),
    ],
)
def test_a_listed_release_is_only_likely_while_the_index_does_not_say_it_is_gone(
    index_state: IndexState, code: str
) -> None:
    found = judged(pin(), verdict(index_state=index_state))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.B, Confidence.LIKELY)
    assert codes(found) == ["listed-release", code]


def test_a_good_neighbour_of_a_bad_release_is_not_found() -> None:
    neighbour = pin(
        version="1.0.1",
        url="https://files.index.example/packages/00/11/" + "2" * 60 + "/zz_ghost_one-1.0.1.tar.gz",
        filename="zz_ghost_one-1.0.1.tar.gz",
    )

    found = judged(neighbour, verdict(), verdict(file=ghost_file()))

    assert found is None


def test_the_wheel_s_own_name_is_judged_when_the_entry_calls_it_otherwise() -> None:
    found = judged(pin(name="requests"), verdict())

    assert found is not None
    assert found.tier is Tier.B


@pytest.mark.parametrize(
    ("origin", "code", "confidence"),
    [
        (
            Origin(kind=OriginKind.REGISTRY, location="https://private.example/simple"),
            "private-registry",
            Confidence.POSSIBLE,
        ),
        (
            Origin(kind=OriginKind.URL, location="https://cdn.example/zz.whl"),
            "foreign-url",
            Confidence.POSSIBLE,
        ),
        (
            Origin(kind=OriginKind.GIT, location="https://git.example/zz"),
            "git-source",
            Confidence.CENSUS,
        ),
        (Origin(kind=OriginKind.PATH, location="zz.whl"), "path-source", Confidence.CENSUS),
        (Origin(kind=OriginKind.DIRECTORY, location="zz"), "path-source", Confidence.CENSUS),
        (Origin(kind=OriginKind.EDITABLE, location="."), "workspace-source", Confidence.CENSUS),
        (Origin(kind=OriginKind.VIRTUAL, location="."), "workspace-source", Confidence.CENSUS),
        (Origin(kind=OriginKind.WORKSPACE, location="zz"), "workspace-source", Confidence.CENSUS),
    ],
)
def test_another_origin_of_the_same_name_is_a_named_reason(
    origin: Origin, code: str, confidence: Confidence
) -> None:
    found = judged(
        pin(origin=origin, url=f"https://cdn.example/{WHEEL}"),
        verdict(),
    )

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, confidence)
    assert code in codes(found)


@pytest.mark.parametrize("accused", [verdict(), verdict(file=ghost_file())])
def test_what_a_marker_lets_nobody_install_is_at_most_possible(accused: Verdict) -> None:
    found = judged(pin(flags=("manifest", "never-installed")), accused)

    assert found is not None
    assert found.confidence is Confidence.POSSIBLE
    assert codes(found)[-1] == "marker-holds-nowhere"


def test_a_package_of_swift_is_its_repository_so_that_its_git_source_lowers_nothing() -> None:
    lock = b"""{"version": 2, "pins": [{
      "identity": "zz", "kind": "remoteSourceControl", "location": "https://git.example/ZZ/Ghost.git",
      "state": {"revision": "00", "version": "1.0.0"}}]}"""
    project = ProjectKey(ecosystem=Ecosystem.SWIFT, name="git.example/zz/ghost")
    accused = replace(verdict(), subject=Subject(project=project, version="1.0.0"))
    (pinned,) = parse("Package.resolved", lock).pins

    found = judged(pinned, accused)

    assert found is not None
    assert (found.confidence, codes(found)) == (Confidence.CONFIRMED, ["listed-release"])


@pytest.mark.parametrize(
    "origin",
    [
        Origin(kind=OriginKind.PATH, location="vendor/zz.whl"),
        Origin(kind=OriginKind.FIND_LINKS, location="links"),
        Origin(kind=OriginKind.FIND_LINKS, location="file:///srv/links"),
        Origin(kind=OriginKind.REGISTRY, location="file:///srv/simple"),
        Origin(kind=OriginKind.URL, location="FILE:///srv/zz.whl"),
    ],
    ids=str,
)
def test_a_file_of_the_repository_is_counted_and_asks_no_index(origin: Origin) -> None:
    found = judged(pin(origin=origin, url=None), verdict())

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.CENSUS)
    assert codes(found) == ["listed-release", "path-source"]


@pytest.mark.parametrize(
    ("asked", "private"),
    [
        ("", False),
        (" https://wheels.other.example/cu118", False),
        ("https://private.example/simple https://index.example/simple/", False),
        ("https://private.example/simple https://mirror.example/simple", False),
        ("https://private.example/simple", True),
        ("https://private.example/simple https://wheels.other.example/cu118", True),
    ],
)
def test_of_several_indexes_the_public_one_is_not_excluded(asked: str, private: bool) -> None:  # noqa: FBT001
    origin = Origin(kind=OriginKind.REGISTRY, location=asked)

    found = judged(pin(origin=origin, url=None, filename=None), verdict())

    assert ("private-registry" in codes(found)) is private


def test_a_private_index_that_points_to_the_public_file_host_gives_its_files() -> None:
    private = Origin(kind=OriginKind.REGISTRY, location="https://private.example/simple")

    found = judged(pin(origin=private, url=f"https://files.index.example/{WHEEL}"), verdict())

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.B, Confidence.CONFIRMED)
    assert codes(found) == ["listed-release"]


def test_the_file_of_another_project_there_is_not_the_private_one_of_the_entry() -> None:
    private = Origin(kind=OriginKind.REGISTRY, location="https://private.example/simple")
    other = "zz_other-1.0-py3-none-any.whl"

    found = judged(
        pin(origin=private, url=f"https://files.index.example/{other}", filename=other), verdict()
    )

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert codes(found) == ["listed-release", "private-registry"]


def test_a_known_mirror_is_as_good_as_the_index() -> None:
    found = judged(
        pin(
            origin=Origin(kind=OriginKind.REGISTRY, location="https://mirror.example/simple"),
            url=f"https://mirror.example/web/{WHEEL}",
        ),
        verdict(),
    )

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.B, Confidence.CONFIRMED)


def test_another_file_under_a_known_file_name_is_name_reuse() -> None:
    found = judged(
        pin(url=f"https://mirror.example/web/{WHEEL}", digests=(sha256(OTHER_SHA),)),
        verdict(),
        verdict(file=ghost_file()),
    )

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert "name-reused" in codes(found)


SDIST = "zz_ghost_one-1.0.tar.gz"
THIRD_SHA = "12" * 32


def listing(*digests: str) -> Pin:
    """Return the pin of a lock that lists hashes and no files, as requirements and Pipfile.lock do."""
    return pin(url=None, filename=None, digests=tuple(map(sha256, digests)))


def test_a_hash_that_is_none_of_the_whole_release_is_name_reuse() -> None:
    wheel, sdist = (
        verdict(file=ghost_file(sha256(), filename=WHEEL)),
        verdict(file=ghost_file(sha256(OTHER_SHA), filename=SDIST)),
    )

    found = judged(listing(THIRD_SHA), verdict(), wheel, sdist)

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert codes(found) == ["listed-release", "name-reused", "asks-the-index"]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param([ghost_file(sha256())], id="an sdist may be there too"),
        pytest.param([ghost_file(sha256(), filename=SDIST)], id="a wheel may be there too"),
        pytest.param(
            [
                ghost_file(sha256(), filename="zz_ghost_one-1.0-cp311-cp311-win32.whl"),
                ghost_file(sha256(OTHER_SHA), filename=SDIST),
            ],
            id="wheels for other platforms may be there too",
        ),
        pytest.param(
            [ghost_file(sha256()), Distribution(filename=SDIST)],
            id="the digest of one file is not known",
        ),
        pytest.param(
            [ghost_file(sha256()), ghost_file(blake2b(), filename=SDIST)],
            id="one file is known by a digest of another algorithm",
        ),
    ],
)
def test_a_hash_that_may_be_that_of_an_unknown_file_lowers_nothing(
    files: list[Distribution],
) -> None:
    found = judged(listing(THIRD_SHA), verdict(), *[verdict(file=file) for file in files])

    assert codes(found) == ["listed-release", "asks-the-index"]


def test_the_hashes_of_several_files_do_not_contradict_each_other() -> None:
    found = judged(listing(SHA, OTHER_SHA), verdict(file=ghost_file(sha256())))

    assert codes(found) == ["file-digest", "asks-the-index"]


def test_a_file_that_is_known_to_be_good_is_name_reuse() -> None:
    good = verdict(
        VerdictState.NAME_REUSED, file=ghost_file(sha256(OTHER_SHA), filename="zz.tar.gz")
    )

    found = judged(
        pin(
            url="https://mirror.example/web/zz.tar.gz",
            filename="zz.tar.gz",
            digests=(sha256(OTHER_SHA),),
        ),
        verdict(),
        good,
    )

    assert found is not None
    assert found.confidence is Confidence.POSSIBLE
    assert "name-reused" in codes(found)


@pytest.mark.parametrize("uploaded_at", ["2020-01-01T00:00:00Z", "2026-12-24T00:00:00.123Z"])
def test_a_file_of_another_incarnation_is_name_reuse(uploaded_at: str) -> None:
    found = judged(
        pin(uploaded_at=uploaded_at),
        verdict(
            incarnation_from=datetime(2025, 1, 1, tzinfo=UTC),
            incarnation_until=datetime(2026, 1, 1, tzinfo=UTC),
        ),
    )

    assert found is not None
    assert found.confidence is Confidence.POSSIBLE
    assert "name-reused" in codes(found)


def test_an_upload_time_that_nobody_can_read_lowers_nothing() -> None:
    found = judged(
        pin(uploaded_at="soon"), verdict(incarnation_from=datetime(2025, 1, 1, tzinfo=UTC))
    )

    assert found is not None
    assert found.confidence is Confidence.CONFIRMED


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (VerdictState.QUARANTINED, "quarantine-only"),
        (VerdictState.SUSPICIOUS, "suspicious-only"),
        (VerdictState.NAME_REUSED, "name-reused"),
    ],
)
def test_what_is_no_verdict_is_only_possible(state: VerdictState, code: str) -> None:
    found = judged(pin(), verdict(state))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert codes(found)[0] == code


def test_a_record_on_every_version_is_only_possible() -> None:
    found = judged(pin(), verdict(version=None, explicit=False))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert codes(found) == ["every-version-record"]


@pytest.mark.parametrize(
    ("state", "code"),
    [(VerdictState.REMOVED, "unknown-ghost"), (VerdictState.OWNER_REMOVED, "owner-removed")],
)
def test_a_ghost_that_nobody_accuses_is_counted(state: VerdictState, code: str) -> None:
    found = judged(pin(), verdict(state))

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.U, Confidence.CENSUS)
    assert codes(found) == [code]


@pytest.mark.parametrize(
    "state", [VerdictState.YANKED, VerdictState.WITHDRAWN, VerdictState.ALLOWED]
)
def test_a_yank_a_withdrawn_record_or_an_allowance_finds_nothing(state: VerdictState) -> None:
    found = judged(pin(), verdict(state))

    assert found is None


def test_an_allowed_file_of_a_malicious_release_finds_nothing() -> None:
    allowed = verdict(VerdictState.ALLOWED, file=ghost_file())

    assert judged(pin(), verdict(), allowed) is None


def test_the_digest_of_an_allowed_file_does_not_hide_that_of_a_malicious_one() -> None:
    allowed = verdict(VerdictState.ALLOWED, file=ghost_file(sha256(OTHER_SHA)))
    malicious = verdict(file=ghost_file(blake2b()))

    found = judged(pin(digests=(sha256(OTHER_SHA),)), malicious, allowed)

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.A, Confidence.LIKELY)
    assert codes(found) == ["file-digest", "digest-conflict"]


def test_an_npm_package_from_another_host_is_not_that_of_the_registry() -> None:
    private = pin(
        url=f"https://packages.example/acme/{WHEEL}", origin=Origin(kind=OriginKind.REGISTRY)
    )

    found = judged(private, verdict())

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert codes(found) == ["listed-release", "private-registry"]


def _reasoned(judgement: Verdict, code: str) -> Verdict:
    return replace(judgement, reasons=(Reason(code=code, text=code),))


def test_where_the_feeds_disagree_a_person_looks_first() -> None:
    by_file = judged(pin(), _reasoned(verdict(file=ghost_file()), "feeds-disagree"))
    by_release = judged(pin(), _reasoned(verdict(), "feeds-disagree"))

    assert by_file is not None
    assert by_release is not None
    assert (by_file.confidence, by_release.confidence) == (Confidence.LIKELY, Confidence.LIKELY)
    assert codes(by_file) == ["file-digest", "feeds-disagree"]


def test_a_digest_that_is_only_said_to_be_of_a_file_counts_under_that_name_only() -> None:
    lent = _reasoned(verdict(file=ghost_file()), "known-file")
    innocent = pin(name="requests", filename="requests-2.0-py3-none-any.whl", digests=(sha256(),))

    ours = judged(pin(), lent)

    assert ours is not None
    assert ours.tier is Tier.A
    assert judged(innocent, lent) is None


def test_hearsay_takes_no_weight_from_what_is_proven() -> None:
    proven = verdict(file=ghost_file())
    other = replace(ghost_file(), filename="zz_other-1.0-py3-none-any.whl")
    made_up = _reasoned(verdict(file=other), "known-file")

    for verdicts in ([proven, made_up], [made_up, proven]):
        found = judged(pin(), *verdicts)

        assert found is not None
        assert (found.tier, found.confidence) == (Tier.A, Confidence.CONFIRMED)


def test_a_made_up_digest_of_its_file_does_not_clear_a_listed_release() -> None:
    other = replace(ghost_file(), digests=(sha256("99" * 32),))
    made_up = _reasoned(verdict(file=other), "known-file")

    found = judged(pin(), made_up, verdict())

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.B, Confidence.CONFIRMED)


def test_a_release_pinned_without_a_file_asks_the_index() -> None:
    found = judged(pin(url=None, filename=None), verdict())

    assert found is not None
    assert (found.tier, found.confidence) == (Tier.B, Confidence.LIKELY)
    assert codes(found) == ["listed-release", "asks-the-index"]


def test_a_look_alike_name_is_nobody_s_name() -> None:
    found = judged(
        pin(name="zz-ghost-\N{CYRILLIC SMALL LETTER O}ne", url=None, filename=None), verdict()
    )

    assert found is None


def test_the_index_url_means_the_same_with_and_without_its_slash() -> None:
    found = judged(pin(origin=Origin(kind=OriginKind.REGISTRY, location=f"{INDEX}/")), verdict())

    assert codes(found) == ["listed-release"]


def test_a_blake2b_in_the_hash_field_identifies_too() -> None:
    found = judged(
        pin(url=f"https://mirror.example/{WHEEL}", digests=(blake2b(),)), verdict(file=ghost_file())
    )

    assert found is not None
    assert found.tier is Tier.A
