"""Known attacks: every bad release is malicious, and no good one beside it ever is."""

from __future__ import annotations

import pytest

from crawler.model import Claim, Distribution, Ecosystem, IndexState, VerdictState, digest_in_path
from tests.unit.verdicts.incidents import BORN_BAD, HIJACKED, Incident
from tests.unit.verdicts.statements_of import codes, listed, says, verdicts


def _id(incident: Incident) -> str:
    return f"{incident.id}:{incident.name}"


@pytest.mark.parametrize("incident", HIJACKED, ids=_id)
def test_a_hijacked_project_is_malicious_in_its_bad_releases_only(incident: Incident) -> None:
    said = [*incident.record(), *incident.uploads(), *incident.locked(), *incident.restored()]

    found = verdicts(incident.name, said, ecosystem=incident.ecosystem)

    bad = [found.pop(version) for version in incident.bad]
    assert {(v.state, v.explicit, v.index_state) for v in bad} == {
        (VerdictState.MALICIOUS, True, IndexState.GONE)
    }
    assert {name: v.state for name, v in found.items()} == {"": VerdictState.WITHDRAWN}
    assert codes(found[""]) == ("quarantine-cleared",)


@pytest.mark.parametrize("incident", HIJACKED, ids=_id)
def test_while_the_project_is_locked_its_good_releases_are_collateral(incident: Incident) -> None:
    said = [*incident.record(), *incident.uploads(), *incident.locked()]

    found = verdicts(incident.name, said, ecosystem=incident.ecosystem)

    assert {found[v].state for v in incident.bad} == {VerdictState.MALICIOUS}
    assert {(found[v].state, codes(found[v])) for v in incident.good} == {
        (VerdictState.QUARANTINED, ("collateral-quarantine",))
    }
    assert codes(found[""]) == ("quarantined", "collateral-quarantine")


@pytest.mark.parametrize("incident", HIJACKED, ids=_id)
def test_a_record_that_lost_its_versions_does_not_accuse_what_is_listed(incident: Incident) -> None:
    blanket = says(Claim.MALICIOUS, incident.name, at=incident.on, ecosystem=incident.ecosystem)
    said = [blanket, *incident.uploads(), *incident.locked(), *incident.restored()]

    found = verdicts(incident.name, said, ecosystem=incident.ecosystem)

    assert {found[version].state for version in incident.good} == {VerdictState.SUSPICIOUS}
    assert all(not v.explicit for v in found.values() if v.state is VerdictState.MALICIOUS)


@pytest.mark.parametrize("incident", BORN_BAD, ids=_id)
def test_a_project_made_for_an_attack_is_malicious_in_what_the_record_lists(
    incident: Incident,
) -> None:
    said = [*incident.gone(), *incident.uploads(), *incident.record()]

    found = verdicts(incident.name, said, ecosystem=incident.ecosystem)

    assert {found.pop(v).state for v in incident.bad} == {VerdictState.MALICIOUS}
    assert {name: v.state for name, v in found.items()} == {"": VerdictState.REMOVED}


def test_of_aiocpa_two_releases_are_malicious_and_all_are_gone() -> None:
    digest = digest_in_path(
        "/packages/ab/98/7343281068a2c39086d0b877219668a487508197f46e89b3f41046a4a8ba/"
        "aiocpa-0.1.13.tar.gz"
    )
    assert digest is not None
    file = Distribution(
        filename="aiocpa-0.1.13.tar.gz", digests=(digest,), uploaded_at="2024-11-20T00:00:00Z"
    )
    said = [
        says(Claim.CREATED, "aiocpa", at="2024-09-01"),
        *(says(Claim.CREATED, "aiocpa", f"0.1.{n}", at="2024-09-01") for n in range(13)),
        says(Claim.QUARANTINED, "aiocpa", at="2024-11-21"),
        says(Claim.REMOVED, "aiocpa", at="2024-11-25"),
        says(Claim.MALICIOUS, "aiocpa", "0.1.13", at="2024-11-25"),
        says(Claim.MALICIOUS, "aiocpa", "0.1.14", at="2024-11-25"),
        says(Claim.KNOWN, "aiocpa", "0.1.13", at="2026-01-01", file=file),
    ]

    found = verdicts("aiocpa", said)

    malicious = sorted(name for name, v in found.items() if v.state is VerdictState.MALICIOUS)
    assert malicious == ["0.1.13", "0.1.14", "aiocpa-0.1.13.tar.gz"]
    assert {found[f"0.1.{n}"].state for n in range(13)} == {VerdictState.QUARANTINED}


def test_the_placeholder_in_the_place_of_a_removed_package_is_not_meant() -> None:
    said = [
        says(Claim.MALICIOUS, "plain-crypto-js", "4.2.1", at="2026-03-31", ecosystem=Ecosystem.NPM),
        says(Claim.REMOVED, "plain-crypto-js", at="2026-03-31", ecosystem=Ecosystem.NPM),
        *listed("plain-crypto-js", "0.0.1-security.0", at="2026-04-02", ecosystem=Ecosystem.NPM),
    ]

    found = verdicts("plain-crypto-js", said, ecosystem=Ecosystem.NPM)

    assert found["4.2.1"].state is VerdictState.MALICIOUS
    assert "0.0.1-security.0" not in found
    assert found[""].state is VerdictState.NAME_REUSED
