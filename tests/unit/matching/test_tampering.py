"""What of a pin is tampering, whatever any feed says."""

from __future__ import annotations

from crawler.matching import VerdictIndex, match
from crawler.model import Confidence, Match, Origin, OriginKind, Pin, Tier
from tests.values import REGISTRIES, URL, pin, sha256


def codes(found: Match | None) -> list[str]:
    return [] if found is None else [r.code for r in found.reasons]


def tampered(pinned: Pin) -> Match | None:
    found = [m for m in match([pinned], VerdictIndex(()), REGISTRIES) if m.tier is Tier.T]
    return found[0] if found else None


def test_a_wheel_of_another_project_is_tampering_without_any_feed() -> None:
    found = tampered(pin(name="requests", digests=(sha256(),)))

    assert found is not None
    assert found.confidence is Confidence.LIKELY
    assert found.verdict is None
    assert codes(found) == ["wheel-of-another-project"]


def test_a_foreign_file_host_behind_the_public_registry_is_tampering() -> None:
    found = tampered(
        pin(url=URL.replace("files.index.example", "cdn.example"), digests=(sha256(),))
    )

    assert codes(found) == ["foreign-file-host"]


def test_a_mirror_as_file_host_is_no_tampering() -> None:
    found = tampered(
        pin(url=URL.replace("files.index.example", "mirror.example"), digests=(sha256(),))
    )

    assert found is None


def test_a_removed_hash_of_the_public_registry_is_tampering() -> None:
    found = tampered(pin(flags=("no-hash",)))

    assert codes(found) == ["hash-removed"]


def test_a_hash_lost_in_a_broken_lock_is_no_tampering() -> None:
    found = tampered(pin(flags=("no-hash", "recovered")))

    assert found is None


def test_a_private_registry_without_hashes_is_no_tampering() -> None:
    found = tampered(
        pin(
            origin=Origin(kind=OriginKind.REGISTRY, location="https://private.example/simple"),
            flags=("no-hash",),
        )
    )

    assert found is None


def test_a_direct_url_under_another_name_is_no_tampering() -> None:
    found = tampered(pin(name="requests", origin=Origin(kind=OriginKind.URL, location=URL)))

    assert found is None
