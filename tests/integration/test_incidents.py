"""Affairs about what a lock pins: from the text of the lock to the finding, never further than proved.

Shapes of public incident reports; hosts are replaced by reserved names.
"""

from __future__ import annotations

import pytest

from crawler.model import (
    Claim,
    Confidence,
    Distribution,
    Tier,
    Verdict,
    digest_in_path,
    path_of,
)
from crawler.verdicts.judge import judge
from tests.integration.incident_locks import found, summary, uv_lock
from tests.unit.verdicts.statements_of import NOW, dist, key, listed, says


def hijacked(name: str, bad: str, *good: str) -> tuple[Verdict, ...]:
    """A project that was locked, cleaned and restored."""
    said = [
        says(Claim.MALICIOUS, name, bad, at="2026-05-12"),
        says(Claim.QUARANTINED, name, at="2026-05-12"),
        says(Claim.QUARANTINE_CLEARED, name, at="2026-05-14"),
        *listed(name, *good, at="2026-11-20"),
    ]
    return judge(key(name), said, NOW)


def test_the_bad_release_of_a_hijacked_project_is_confirmed() -> None:
    lock = uv_lock("litellm", "1.82.7", "litellm-1.82.7-py3-none-any.whl")

    matches = found("uv.lock", lock, hijacked("litellm", "1.82.7", "1.82.6", "1.83.0"))

    assert summary(matches) == [("litellm", Tier.B, Confidence.CONFIRMED, ["listed-release"])]


@pytest.mark.parametrize("version", ["1.82.6", "1.83.0", "1.82.70", "1.82.7.post1", "1.82"])
def test_a_good_release_of_a_hijacked_project_is_nothing(version: str) -> None:
    lock = uv_lock("litellm", version, f"litellm-{version}-py3-none-any.whl")

    assert found("uv.lock", lock, hijacked("litellm", "1.82.7", "1.82.6", "1.83.0")) == []


def test_a_post_release_is_not_the_release_before_it() -> None:
    verdicts = hijacked("dydx-v4-client", "1.1.5.post1", "1.1.5")

    bad = found("requirements.txt", "dydx_v4.client==1.1.5-1\n", verdicts)
    good = found("requirements.txt", "dydx-v4-client==1.1.5\n", verdicts)

    assert [(m.tier, m.confidence) for m in bad] == [(Tier.B, Confidence.LIKELY)]
    assert good == []


def test_the_known_file_of_aiocpa_is_confirmed_on_any_host() -> None:
    filename = "aiocpa-0.1.13.tar.gz"
    blake = "ab987343281068a2c39086d0b877219668a487508197f46e89b3f41046a4a8ba"
    digest = digest_in_path(path_of(blake, filename))
    assert digest is not None
    file = Distribution(filename=filename, digests=(digest,))
    verdicts = judge(
        key("aiocpa"),
        [
            says(Claim.MALICIOUS, "aiocpa", "0.1.13", at="2024-11-25"),
            says(Claim.KNOWN, "aiocpa", "0.1.13", at="2026-01-01", file=file),
            says(Claim.QUARANTINED, "aiocpa", at="2024-11-21"),
            says(Claim.REMOVED, "aiocpa", at="2024-11-25"),
        ],
        NOW,
    )
    url = f"https://nexus.example/repository/pypi{path_of(blake, filename)}"

    bad = found("requirements.txt", f"aiocpa @ {url}\n", verdicts)
    good = found("uv.lock", uv_lock("aiocpa", "0.1.12", "aiocpa-0.1.12.tar.gz"), verdicts)

    assert summary(bad) == [("aiocpa", Tier.A, Confidence.CONFIRMED, ["file-digest"])]
    assert [(m.tier, m.confidence) for m in good] == [(Tier.C, Confidence.POSSIBLE)]


def test_a_lock_of_mistralai_during_its_quarantine_is_a_possibility_at_most() -> None:
    verdicts = judge(
        key("mistralai"),
        [
            says(Claim.CREATED, "mistralai", "2.4.5", at="2026-04-01"),
            says(Claim.MALICIOUS, "mistralai", "2.4.6", at="2026-05-12"),
            says(Claim.QUARANTINED, "mistralai", at="2026-05-12"),
        ],
        NOW,
    )

    matches = [
        match
        for version in ("1.12.4", "2.4.5")
        for match in found(
            "uv.lock", uv_lock("mistralai", version, f"mistralai-{version}.tar.gz"), verdicts
        )
    ]

    assert summary(matches) == [
        ("mistralai", Tier.C, Confidence.POSSIBLE, ["quarantine-only"]),
        ("mistralai", Tier.C, Confidence.POSSIBLE, ["quarantine-only"]),
    ]


def test_the_file_of_umaps_first_owner_is_not_the_hijackers() -> None:
    sdist = "umap-0.1.1.tar.gz"
    first = dist(sdist, blake="a", uploaded="2015-01-01T00:00:00Z")
    verdicts = judge(
        key("umap"),
        [
            says(Claim.REMOVED, "umap", at="2018-01-01"),
            says(Claim.CREATED, "umap", at="2025-12-01"),
            says(Claim.CREATED, "umap", "0.1.1", at="2025-12-02"),
            says(Claim.MALICIOUS, "umap", "0.1.1", at="2025-12-31"),
            says(Claim.KNOWN, "umap", "0.1.1", at="2026-05-01", file=first),
        ],
        NOW,
    )
    lock = uv_lock("umap", "0.1.1", sdist, blake="a" * 64, uploaded="2015-01-01T00:00:00Z")

    matches = found("uv.lock", lock, verdicts)

    assert [(m.tier, m.confidence) for m in matches] == [(Tier.C, Confidence.POSSIBLE)]
    assert "name-reused" in [r.code for r in matches[0].reasons]


def test_a_restored_project_is_nothing() -> None:
    verdicts = judge(
        key("jcodemunch-mcp"),
        [
            says(Claim.QUARANTINED, "jcodemunch-mcp", at="2026-05-19"),
            says(Claim.QUARANTINE_CLEARED, "jcodemunch-mcp", at="2026-06-02"),
            *listed("jcodemunch-mcp", "1.108.20", at="2026-11-20"),
        ],
        NOW,
    )
    lock = uv_lock("jcodemunch-mcp", "1.108.20", "jcodemunch_mcp-1.108.20-py3-none-any.whl")

    assert found("uv.lock", lock, verdicts) == []


def test_a_project_that_its_owner_removed_is_counted_and_nothing_more() -> None:
    verdicts = judge(
        key("nined-memory"),
        [
            says(Claim.CREATED, "nined-memory", at="2026-08-01"),
            says(Claim.REMOVED, "nined-memory", at="2026-08-10"),
            says(Claim.OWNER_REMOVED, "nined-memory", at="2026-08-10", feed="file:own"),
        ],
        NOW,
    )
    lock = uv_lock("nined-memory", "0.1.1", "nined_memory-0.1.1-py3-none-any.whl")

    assert summary(found("uv.lock", lock, verdicts)) == [
        ("nined-memory", Tier.U, Confidence.CENSUS, ["owner-removed"])
    ]


def test_who_named_a_package_before_it_existed_is_never_confirmed() -> None:
    verdicts = judge(
        key("fastapi-middleware-cors"),
        [
            says(Claim.CREATED, "fastapi-middleware-cors", at="2026-03-01"),
            says(Claim.MALICIOUS, "fastapi-middleware-cors", "1.0.0", at="2026-03-02"),
            says(Claim.REMOVED, "fastapi-middleware-cors", at="2026-03-03"),
        ],
        NOW,
    )

    named = found("requirements.txt", "fastapi\nfastapi-middleware-cors\n", verdicts)
    pinned = found("requirements.txt", "fastapi-middleware-cors==1.0.0\n", verdicts)

    assert [m for m in named if m.confidence.rank >= Confidence.LIKELY.rank] == []
    assert summary(pinned) == [
        (
            "fastapi-middleware-cors",
            Tier.B,
            Confidence.LIKELY,
            ["listed-release", "asks-the-index"],
        )
    ]


def test_a_lock_that_forbids_the_bad_releases_is_nothing() -> None:
    lock = """version = 1

[[package]]
name = "my-app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "litellm", specifier = "!=1.82.7,!=1.82.8" }]

[package.metadata]
requires-dist = [{ name = "litellm", specifier = "!=1.82.7,!=1.82.8" }]

[manifest]
constraints = [{ name = "litellm", specifier = "!=1.82.7,!=1.82.8" }]
"""
    verdicts = hijacked("litellm", "1.82.7", "1.82.6")

    locked = found("uv.lock", lock, verdicts)
    required = found("requirements.txt", "litellm!=1.82.7,!=1.82.8\n", verdicts)

    assert (locked, required) == ([], [])


def test_a_wheel_on_a_look_alike_host_is_tampering() -> None:
    wheel = "requests-2.32.5-py3-none-any.whl"

    matches = found("uv.lock", uv_lock("requests", "2.32.5", wheel, host="files.indxe.example"))

    assert summary(matches) == [
        ("requests", Tier.T, Confidence.LIKELY, ["foreign-file-host"]),
    ]


def test_a_mirror_that_still_serves_a_removed_file_hides_nothing() -> None:
    wheel = "request-1.0-py3-none-any.whl"
    bad = dist(wheel, blake="a", uploaded="2018-10-01T00:00:00Z")
    removed = says(Claim.REMOVED, "request", at="2018-10-12")
    listed_version = says(Claim.MALICIOUS, "request", "1.0", at="2018-10-12")
    known = says(Claim.KNOWN, "request", "1.0", at="2026-01-01", file=bad)
    mirrored = uv_lock(
        "request",
        "1.0",
        wheel,
        blake="a" * 64,
        host="mirror.example",
        index="https://mirror.example/simple",
        uploaded="2018-10-01T00:00:00Z",
    )
    blanket = says(Claim.MALICIOUS, "request", at="2018-10-12")

    by_file = found(
        "uv.lock", mirrored, judge(key("request"), [removed, listed_version, known], NOW)
    )
    by_release = found("uv.lock", mirrored, judge(key("request"), [removed, listed_version], NOW))
    by_name = found("uv.lock", mirrored, judge(key("request"), [removed, blanket], NOW))

    assert [(m.tier, m.confidence) for m in by_file] == [(Tier.A, Confidence.CONFIRMED)]
    assert [(m.tier, m.confidence) for m in by_release] == [(Tier.B, Confidence.CONFIRMED)]
    assert [(m.tier, m.confidence) for m in by_name] == [(Tier.C, Confidence.POSSIBLE)]


def test_a_fork_in_a_git_repository_is_read_as_one_and_accuses_nobody() -> None:
    line = "requests @ git+https://github.example/pypls/requests.git\n"
    verdicts = judge(key("requests"), [says(Claim.MALICIOUS, "requests", at="2026-11-21")], NOW)

    matches = found("requirements.txt", line, verdicts)

    assert [m for m in matches if m.confidence is not Confidence.CENSUS] == []


def test_a_tarball_on_a_look_alike_file_host_is_tampering() -> None:
    path = path_of("ab" * 32, "colorama-0.4.6.tar.gz")

    matches = found("requirements.txt", f"colorama @ https://files.indxe.example{path}\n")

    assert [(m.tier, m.confidence) for m in matches] == [(Tier.T, Confidence.LIKELY)]
