"""Pins of npm: the tarball tells the registry, and a release is one tarball."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from crawler.lockfiles.registry import parse
from crawler.matching import VerdictIndex, match
from crawler.model import (
    Algorithm,
    Confidence,
    Digest,
    Distribution,
    Ecosystem,
    IndexState,
    Match,
    Origin,
    OriginKind,
    ProjectKey,
    Registry,
    Source,
    Subject,
    Tier,
    Verdict,
    VerdictState,
)
from tests.values import NOW

REGISTRY = Registry(
    ecosystem=Ecosystem.NPM,
    index_url="https://registry.npm.example/",
    mirrors=frozenset({"https://nexus.example/repository/npm-proxy/"}),
)
BAD = Digest(algorithm=Algorithm.SHA512, hex="ab" * 64)
SRI = f"sha512-{base64.b64encode(bytes.fromhex('ab' * 64)).decode()}"
OTHER_SRI = f"sha512-{base64.b64encode(bytes.fromhex('cd' * 64)).decode()}"
PUBLIC = "https://registry.npm.example/axios/-/axios-1.14.1.tgz"


def verdict(name: str, version: str, *digests: Digest) -> Verdict:
    project = ProjectKey(ecosystem=Ecosystem.NPM, name=name)
    file = Distribution(filename=f"{name}-{version}.tgz", digests=digests) if digests else None
    return Verdict(
        subject=Subject(project=project, version=version, file=file),
        state=VerdictState.MALICIOUS,
        since=NOW,
        reasons=(),
        sources=(Source(feed="osv-mal:npm", record_id="MAL-2026-1", root_source="acme-labs"),),
        index_state=IndexState.GONE,
    )


def judged(lock: str, *verdicts: Verdict, path: str = "package-lock.json") -> Match:
    (pin,) = parse(path, lock.encode()).pins
    (found,) = match([pin], VerdictIndex(verdicts), {Ecosystem.NPM: REGISTRY})
    return found


def package_lock(name: str, version: str, resolved: str, integrity: str = "") -> str:
    hashed = f', "integrity": "{integrity}"' if integrity else ""
    return (
        f'{{"lockfileVersion": 3, "packages": {{"node_modules/{name}": '
        f'{{"version": "{version}", "resolved": "{resolved}"{hashed}}}}}}}'
    )


def pnpm_lock(key: str, integrity: str) -> str:
    return f"lockfileVersion: '9.0'\npackages:\n  '{key}':\n    resolution: {{integrity: {integrity}}}\n"


def test_an_integrity_that_is_known_as_malicious_is_tier_a_wherever_it_lies() -> None:
    lock = package_lock("axios", "1.14.1", "https://anywhere.example/a.tgz", SRI)

    found = judged(lock, verdict("axios", "1.14.1", BAD))

    assert (found.tier, found.confidence) == (Tier.A, Confidence.CONFIRMED)


@pytest.mark.parametrize(
    "resolved",
    [
        PUBLIC,
        PUBLIC.replace("https:", "http:"),
        "https://REGISTRY.npm.example:443/axios/-/axios-1.14.1.tgz",
        "https://nexus.example/repository/npm-proxy/axios/-/axios-1.14.1.tgz",
    ],
)
def test_a_listed_release_of_the_public_registry_is_tier_b(resolved: str) -> None:
    found = judged(package_lock("axios", "1.14.1", resolved), verdict("axios", "1.14.1"))

    assert (found.tier, found.confidence) == (Tier.B, Confidence.CONFIRMED)


@pytest.mark.parametrize(
    "resolved",
    [
        "https://npm.private.example/download/@deputyapp/copilot2/2.9.9/abc",
        "https://nexus.example/repository/npm-own/@deputyapp/copilot2/-/copilot2-2.9.9.tgz",
        "https://registry.npm.example.evil.example/@deputyapp/copilot2/-/copilot2-2.9.9.tgz",
        "https://registry.npm.example@evil.example/@deputyapp/copilot2/-/copilot2-2.9.9.tgz",
    ],
)
def test_the_same_name_in_another_registry_accuses_nobody(resolved: str) -> None:
    lock = package_lock("@deputyapp/copilot2", "2.9.9", resolved)

    found = judged(lock, verdict("@deputyapp/copilot2", "2.9.9"))

    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert "private-registry" in [reason.code for reason in found.reasons]


def test_a_scope_that_a_registry_of_its_own_serves_accuses_nobody() -> None:
    lock = (
        '{"lockfileVersion": 1, "workspaces": {"": {"name": "x"}}, "packages": {"@deputyapp/copilot2": '
        '["@deputyapp/copilot2@2.9.9", "https://npm.private.example/", {}, ""]}}'
    )

    found = judged(lock, verdict("@deputyapp/copilot2", "2.9.9"), path="bun.lock")

    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)


@pytest.mark.parametrize("known", [(), (verdict("zz-inner", "1.0.0", BAD),)])
def test_what_comes_in_another_archive_is_possible_whatever_the_lock_says_of_it(
    known: tuple[Verdict, ...],
) -> None:
    lock = (
        '{"lockfileVersion": 3, "packages": {'
        '"node_modules/zz-outer": {"version": "1.0.0", "bundleDependencies": ["zz-inner"]}, '
        '"node_modules/zz-outer/node_modules/zz-inner": '
        f'{{"version": "1.0.0", "inBundle": true, "integrity": "{SRI}"}}}}}}'
    )

    pin = parse("package-lock.json", lock.encode()).pins[1]
    verdicts = VerdictIndex([verdict("zz-inner", "1.0.0"), *known])

    (found,) = match([pin], verdicts, {Ecosystem.NPM: REGISTRY})

    assert found.confidence is Confidence.POSSIBLE
    assert "bundled-source" in [reason.code for reason in found.reasons]
    assert "asks-the-index" not in [reason.code for reason in found.reasons]


def test_another_integrity_than_that_of_the_release_is_another_package() -> None:
    known = verdict("@deputyapp/copilot2", "2.9.9", BAD)
    lock = pnpm_lock("@deputyapp/copilot2@2.9.9", OTHER_SRI)

    found = judged(lock, verdict("@deputyapp/copilot2", "2.9.9"), known, path="pnpm-lock.yaml")

    assert (found.tier, found.confidence) == (Tier.C, Confidence.POSSIBLE)
    assert "name-reused" in [reason.code for reason in found.reasons]


def locks(name: str, version: str, url: str) -> dict[str, str]:
    """Return locks of every tool whose entry `name` has its tarball at `url`."""
    return {
        "package-lock.json": package_lock(name, version, url, SRI),
        "pnpm-lock.yaml": (
            f"lockfileVersion: '9.0'\npackages:\n  '{name}@{version}':\n"
            f"    resolution: {{integrity: {SRI}, tarball: {url}}}\n"
        ),
        "yarn.lock": f'{name}@^1.0.0:\n  version "{version}"\n  resolved "{url}"\n  integrity {SRI}\n',
        "bun.lock": (
            f'{{"lockfileVersion": 1, "packages": {{"{name}": ["{name}@{version}", "{url}", {{}}, "{SRI}"]}}}}'
        ),
    }


@pytest.mark.parametrize("path", list(locks("", "", "")))
@pytest.mark.parametrize(
    ("entry", "url", "ghost", "code"),
    [
        pytest.param(
            ("zzsubst", "3.5.1"),
            "https://registry.npm.example/zzevil/-/zzevil-3.5.1.tgz",
            ("zzevil", "3.5.1"),
            "wheel-of-another-project",
            id="another package",
        ),
        pytest.param(
            ("zzdown", "3.5.1"),
            "https://registry.npm.example/zzdown/-/zzdown-1.0.0.tgz",
            ("zzdown", "1.0.0"),
            "tarball-of-another-release",
            id="another version",
        ),
        pytest.param(
            ("zzsubst", "1.0.0"),
            "https://registry.npm.example/@zz%2fevil/-/evil-1.0.0.tgz",
            ("@zz/evil", "1.0.0"),
            "wheel-of-another-project",
            id="another package of a scope",
        ),
    ],
)
def test_the_tarball_counts_and_not_what_its_entry_is_called(
    path: str, entry: tuple[str, str], url: str, ghost: tuple[str, str], code: str
) -> None:
    (pin,) = parse(path, locks(*entry, url)[path].encode()).pins

    found = match([pin], VerdictIndex([verdict(*ghost)]), {Ecosystem.NPM: REGISTRY})

    assert [(one.tier, one.confidence) for one in found] == [
        (Tier.B, Confidence.CONFIRMED),
        (Tier.T, Confidence.LIKELY),
    ]
    assert [reason.code for reason in found[1].reasons] == [code]
    assert [one.release for one in found] == [ghost, entry]


def test_an_honest_tarball_is_no_tampering() -> None:
    (pin,) = parse("package-lock.json", package_lock("axios", "1.14.1", PUBLIC, SRI).encode()).pins

    assert match([pin], VerdictIndex([]), {Ecosystem.NPM: REGISTRY}) == ()


def test_a_lock_that_names_no_url_asks_the_registry() -> None:
    found = judged(
        pnpm_lock("axios@1.14.1", OTHER_SRI), verdict("axios", "1.14.1"), path="pnpm-lock.yaml"
    )

    assert (found.tier, found.confidence) == (Tier.B, Confidence.LIKELY)


def test_a_git_source_accuses_nobody() -> None:
    lock = package_lock(
        "closure-net", "0.0.0", f"git+ssh://git@git.example/g/closure-net.git#{'1' * 40}"
    )

    found = judged(lock, verdict("closure-net", "0.0.0"))

    assert found.confidence is Confidence.CENSUS


@pytest.mark.parametrize(
    ("url", "confidence"),
    [(PUBLIC, Confidence.CONFIRMED), ("https://files.example/axios.tgz", Confidence.POSSIBLE)],
)
def test_a_bare_url_counts_where_the_registry_serves_it(url: str, confidence: Confidence) -> None:
    (pin,) = parse("package-lock.json", package_lock("axios", "1.14.1", url).encode()).pins
    bare = replace(pin, origin=Origin(kind=OriginKind.URL, location=url))

    (found,) = match([bare], VerdictIndex([verdict("axios", "1.14.1")]), {Ecosystem.NPM: REGISTRY})

    assert found.confidence is confidence
