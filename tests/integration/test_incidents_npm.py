"""Affairs about what a lock of npm pins: a name alone proves nothing there either."""

from __future__ import annotations

from crawler.model import Claim, Confidence, Ecosystem, ProjectKey, Tier, Verdict
from crawler.verdicts.judge import judge
from tests.integration.incident_locks import found
from tests.unit.verdicts.statements_of import NOW, key, says


def npm_verdicts(name: str, *bad: str) -> tuple[Verdict, ...]:
    """A malicious project of npm that is gone."""
    said = [
        *(says(Claim.MALICIOUS, name, v, at="2026-01-10", ecosystem=Ecosystem.NPM) for v in bad),
        says(Claim.REMOVED, name, at="2026-01-11", ecosystem=Ecosystem.NPM),
    ]
    return judge(ProjectKey(ecosystem=Ecosystem.NPM, name=name), said, NOW)


def package_lock(name: str, version: str, resolved: str) -> str:
    return f"""{{
  "name": "app", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": {{
    "": {{ "name": "app", "version": "1.0.0" }},
    "node_modules/{name}": {{
      "version": "{version}",
      "resolved": "{resolved}",
      "integrity": "sha512-{"A" * 86}=="
    }}
  }}
}}
"""


def test_a_bad_release_of_axios_is_confirmed_and_its_neighbour_is_nothing() -> None:
    verdicts = npm_verdicts("axios", "1.14.1", "0.30.4")
    base = "https://registry.npm.example/axios/-/axios-"

    bad = found("package-lock.json", package_lock("axios", "1.14.1", f"{base}1.14.1.tgz"), verdicts)
    good = found(
        "package-lock.json", package_lock("axios", "1.14.0", f"{base}1.14.0.tgz"), verdicts
    )

    assert [(m.tier, m.confidence) for m in bad] == [(Tier.B, Confidence.CONFIRMED)]
    assert [m for m in good if m.tier is not Tier.U] == []


def test_a_private_package_of_the_same_name_is_never_confirmed() -> None:
    resolved = "https://npm.packages.example/download/@deputyapp/copilot2/2.9.9/0123abcd"
    lock = package_lock("@deputyapp/copilot2", "2.9.9", resolved)

    matches = found(
        "package-lock.json", lock, npm_verdicts("@deputyapp/copilot2", "2.9.9", "2.10.11")
    )

    assert [m for m in matches if m.confidence.rank >= Confidence.LIKELY.rank] == []


def test_a_git_repository_of_the_same_name_is_never_more_than_counted() -> None:
    lock = """# yarn lockfile v1


"closure-net@git+https://github.example/google/closure-net.git":
  version "0.0.0"
  resolved "git+https://github.example/google/closure-net.git#0123456789012345678901234567890123456789"
"""

    matches = found("yarn.lock", lock, npm_verdicts("closure-net", "0.0.0"))

    assert [m for m in matches if m.confidence is not Confidence.CENSUS] == []


def test_an_advisory_made_of_a_withdrawn_record_accuses_no_lock() -> None:
    withdrawn = says(
        Claim.MALICIOUS,
        "astro",
        "7.1.0",
        at="2026-07-20",
        seen="2026-07-22",
        record="MAL-2026-10726",
        retracted="2026-07-22",
        ecosystem=Ecosystem.NPM,
    )
    advisory = says(
        Claim.MALICIOUS,
        "astro",
        "7.1.0",
        at="2026-07-27",
        feed="ghsa-malware:npm",
        record="GHSA-hpcx-pg6g-x697",
        root="MAL-2026-10726",
        ecosystem=Ecosystem.NPM,
    )
    verdicts = judge(key("astro", Ecosystem.NPM), [withdrawn, advisory], NOW)
    lock = package_lock("astro", "7.1.0", "https://registry.npm.example/astro/-/astro-7.1.0.tgz")

    assert found("package-lock.json", lock, verdicts) == []
