"""Affairs in which somebody was accused, or could have been, and was innocent."""

from __future__ import annotations

from crawler.model import Claim, Ecosystem, VerdictState
from tests.unit.verdicts.statements_of import codes, dist, listed, says, verdicts


def test_umap_of_the_first_owner_is_not_that_of_the_hijacker() -> None:
    files = {
        "umap-0.1.1.tar.gz": dist("umap-0.1.1.tar.gz", blake="a", uploaded="2015-01-01T00:00:00Z"),
        "umap-0.1.1-py3-none-any.whl": dist(
            "umap-0.1.1-py3-none-any.whl", blake="b", uploaded="2025-12-02T00:00:00Z"
        ),
    }
    said = [
        says(Claim.REMOVED, "umap", at="2018-01-01"),
        says(Claim.CREATED, "umap", at="2025-12-01"),
        says(Claim.CREATED, "umap", "0.1.2", at="2025-12-03"),
        *(says(Claim.KNOWN, "umap", "0.1.1", at="2026-05-01", file=f) for f in files.values()),
        *(says(Claim.MALICIOUS, "umap", v, at="2025-12-31") for v in ("0.0.0", "0.1.1", "0.1.2")),
    ]

    found = verdicts("umap", said)

    assert found["umap-0.1.1.tar.gz"].state is VerdictState.NAME_REUSED
    assert found["umap-0.1.1-py3-none-any.whl"].state is VerdictState.MALICIOUS
    assert found["0.1.1"].state is VerdictState.NAME_REUSED
    assert found["0.1.2"].state is VerdictState.MALICIOUS


def test_jcodemunch_was_locked_and_restored() -> None:
    said = [
        says(Claim.CREATED, "jcodemunch-mcp", "1.108.20", at="2026-05-18"),
        says(Claim.QUARANTINED, "jcodemunch-mcp", at="2026-05-19"),
    ]
    restored = [
        says(Claim.QUARANTINE_CLEARED, "jcodemunch-mcp", at="2026-06-02"),
        *listed("jcodemunch-mcp", "1.108.19", "1.108.20", at="2026-11-20"),
    ]

    before = verdicts("jcodemunch-mcp", said)
    after = verdicts("jcodemunch-mcp", [*said, *restored])

    assert {name: v.state for name, v in before.items()} == {"": VerdictState.QUARANTINED}
    assert {name: v.state for name, v in after.items()} == {"": VerdictState.WITHDRAWN}


def test_mistralai_of_other_versions_is_collateral() -> None:
    said = [
        *(says(Claim.CREATED, "mistralai", v, at="2026-04-01") for v in ("1.12.4", "2.4.5")),
        says(Claim.MALICIOUS, "mistralai", "2.4.6", at="2026-05-12"),
        says(Claim.QUARANTINED, "mistralai", at="2026-05-12"),
    ]

    found = verdicts("mistralai", said)

    assert {v: found[v].state for v in ("1.12.4", "2.4.5", "2.4.6")} == {
        "1.12.4": VerdictState.QUARANTINED,
        "2.4.5": VerdictState.QUARANTINED,
        "2.4.6": VerdictState.MALICIOUS,
    }


def test_nined_memory_was_removed_by_its_owner() -> None:
    file = dist("nined_memory-0.1.1-py3-none-any.whl", blake="a", uploaded="2026-08-01T00:00:00Z")
    said = [
        says(Claim.CREATED, "nined-memory", at="2026-08-01"),
        says(Claim.CREATED, "nined-memory", "0.1.1", at="2026-08-01", file=file),
        says(Claim.REMOVED, "nined-memory", at="2026-08-10", record="39895281"),
        says(Claim.OWNER_REMOVED, "nined-memory", at="2026-08-10", feed="file:own"),
    ]

    found = verdicts("nined-memory", said)

    assert {name: v.state for name, v in found.items()} == {"": VerdictState.OWNER_REMOVED}


def test_stylus_was_put_into_security_holding_by_mistake() -> None:
    record = says(
        Claim.MALICIOUS,
        "stylus",
        at="2025-07-22",
        feed="ghsa-malware:npm",
        record="GHSA-fh4q-jc76-r59p",
        root="ghsa:GHSA-fh4q-jc76-r59p",
        ecosystem=Ecosystem.NPM,
    )
    withdrawal = says(
        Claim.MALICIOUS,
        "stylus",
        at="2025-07-22",
        seen="2025-07-23",
        feed="ghsa-malware:npm",
        record="GHSA-fh4q-jc76-r59p",
        root="ghsa:GHSA-fh4q-jc76-r59p",
        retracted="2025-07-23",
        ecosystem=Ecosystem.NPM,
    )
    added_again = says(
        Claim.MALICIOUS,
        "stylus",
        at="2025-08-01",
        feed="datadog",
        record="npm/stylus",
        root="datadog",
        ecosystem=Ecosystem.NPM,
    )

    at_first = verdicts("stylus", [record], ecosystem=Ecosystem.NPM)
    after = verdicts("stylus", [record, withdrawal], ecosystem=Ecosystem.NPM)
    again = verdicts("stylus", [record, withdrawal, added_again], ecosystem=Ecosystem.NPM)

    assert at_first[""].state is VerdictState.SUSPICIOUS
    assert after[""].state is VerdictState.WITHDRAWN
    assert (again[""].state, codes(again[""])) == (
        VerdictState.SUSPICIOUS,
        ("every-version", "most-used-project", "feeds-disagree"),
    )


def test_fastapi_middleware_cors_is_malicious_whoever_named_it_before() -> None:
    said = [
        says(Claim.CREATED, "fastapi-middleware-cors", at="2026-03-01"),
        says(Claim.MALICIOUS, "fastapi-middleware-cors", "1.0.0", at="2026-03-02"),
        says(Claim.REMOVED, "fastapi-middleware-cors", at="2026-03-03"),
    ]

    found = verdicts("fastapi-middleware-cors", said)

    assert found["1.0.0"].state is VerdictState.MALICIOUS
    assert found["1.0.0"].incarnation_from == said[0].valid_from
