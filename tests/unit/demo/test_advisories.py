from collections.abc import Mapping

from workers.demo.model import World
from workers.demo.world import build


def _record(world: World, record_id: str) -> Mapping[str, object]:
    return next(record for record in world.advisories if record["id"] == record_id)


def _affected(record: Mapping[str, object]) -> Mapping[str, object]:
    affected = record["affected"]
    assert isinstance(affected, list)
    first = affected[0]
    assert isinstance(first, dict)
    return first


def test_a_record_with_digests_describes_the_very_files_that_were_uploaded() -> None:
    world = build()
    wallet = next(p for p in world.projects if p.name == "zz-ghost-wallet")
    uploaded = [file for files in wallet.unlisted.values() for file in files]

    specific = _affected(_record(world, "MAL-2026-9001"))["database_specific"]

    assert isinstance(specific, dict)
    stated = [
        (row["filename"], row["hashes"]["sha256"], row["hashes"]["blake2b_256"])
        for row in specific["indicators"]["package_integrity"]
    ]
    assert stated == [(file.filename, file.sha256, file.blake2b_256) for file in uploaded]


def test_the_record_of_a_reused_name_lists_the_version_and_not_the_first_owners_file() -> None:
    affected = _affected(_record(build(), "MAL-2026-9003"))

    assert affected["versions"] == ["0.1.1", "0.1.2"]
    assert "zz_ghost_umap-0.1.1-py3-none-any.whl" in str(affected["database_specific"])
    assert "zz_ghost_umap-0.1.1.tar.gz" not in str(affected["database_specific"])


def test_a_record_of_single_versions_names_the_bad_ones_only() -> None:
    affected = _affected(_record(build(), "MAL-2026-9012"))

    assert affected == {
        "package": {"ecosystem": "PyPI", "name": "zz-ghost-llm"},
        "versions": ["1.82.7", "1.82.8"],
    }


def test_a_record_of_every_version_names_none() -> None:
    affected = _affected(_record(build(), "MAL-2026-9011"))

    assert affected["ranges"] == [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
    assert "versions" not in affected


def test_one_record_is_withdrawn() -> None:
    withdrawn = [r["id"] for r in build().advisories if "withdrawn" in r]

    assert withdrawn == ["MAL-2026-9020"]


def test_what_is_suspicious_or_a_mere_vulnerability_has_no_malware_id() -> None:
    others = [r["id"] for r in build().advisories if not str(r["id"]).startswith("MAL-")]

    assert others == ["pypi/GENERIC-demo-pentest/zz-ghost-pentest", "PYSEC-2026-9030"]
