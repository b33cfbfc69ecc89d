from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import FeedError
from crawler.model import Algorithm, Assertion, Claim
from feeds.imports.stix import StixFeed
from feeds.interface import FeedPage, PollRequest
from tests.values import SHA, URL, WHEEL

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
SDIST = "zz_ghost_one-1.0.tar.gz"
GHOST = f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}"


def stix_id(kind: str, number: int = 1) -> str:
    return f"{kind}--{number:08x}-0000-4000-8000-000000000000"


ACME = stix_id("identity")
IDENTITY = {"type": "identity", "id": ACME, "name": "Acme CERT", "contact_information": "x@acme"}


def sdo(kind: str, number: int = 1, **more: object) -> dict[str, object]:
    """Return a domain object: created and signed."""
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": stix_id(kind, number),
        "created_by_ref": ACME,
        "created": "2026-05-01T00:00:00.000Z",
        "modified": "2026-05-01T00:00:00.000Z",
        **more,
    }


def indicator(pattern: str, number: int = 1, **more: object) -> dict[str, object]:
    known = {"pattern_type": "stix", "valid_from": "2026-05-01T00:00:00Z"}
    kinds = {"indicator_types": ["malicious-activity"]}
    return sdo("indicator", number, pattern=pattern, **{**known, **kinds, **more})


def observable(kind: str, number: int = 1, **more: object) -> dict[str, object]:
    return {"type": kind, "spec_version": "2.1", "id": stix_id(kind, number), **more}


def link(source: dict[str, object], kind: str, target: dict[str, object]) -> dict[str, object]:
    refs = {"source_ref": source["id"], "target_ref": target["id"]}
    return sdo("relationship", 9, relationship_type=kind, **refs)


def bundle(*objects: object) -> dict[str, object]:
    return {"type": "bundle", "id": stix_id("bundle"), "objects": [IDENTITY, *objects]}


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def poll(path: Path, cursor: str | None = None) -> list[FeedPage]:
    return list(StixFeed(path).poll(PollRequest(cursor=cursor, now=NOW)))


def read(tmp_path: Path, *objects: object) -> tuple[list[Assertion], list[str]]:
    pages = poll(write(tmp_path / "bundle.json", bundle(*objects)))
    said = [a for page in pages for record in page.records for a in record.assertions]
    return said, [s.reason for page in pages for s in page.skipped]


def test_an_indicator_of_a_file_is_malicious(tmp_path: Path) -> None:
    pattern = f"[file:name = '{SDIST}' AND file:hashes.'SHA-256' = '{SHA}']"
    blog = {"source_name": "blog", "url": "https://blog.example/1"}

    said, skipped = read(tmp_path, indicator(pattern, external_references=[blog]))

    (assertion,) = said
    file = assertion.subject.file
    assert str(assertion.subject) == f"pkg:pypi/zz-ghost-one@1.0 {SDIST}"
    assert file is not None
    assert file.digest(Algorithm.SHA256) == SHA
    assert assertion.claim is Claim.MALICIOUS
    assert assertion.record_id == stix_id("indicator")
    assert assertion.root_source == f"stix:{ACME}"
    assert assertion.reference == "https://blog.example/1"
    assert (assertion.valid_from, assertion.observed_at) == (MAY, MAY)
    assert skipped == []


MALWARE = sdo("malware", 5, name="stealer", is_family=False)
FILE = observable("file", 2, name=WHEEL, hashes={"SHA-256": SHA, "MD5": "0" * 32})
BARE = indicator(f"[file:name = '{WHEEL}']", indicator_types=[])


@pytest.mark.parametrize(
    ("objects", "subject", "claim"),
    [
        ([indicator(f"[url:value = '{URL}']")], GHOST, Claim.MALICIOUS),
        (
            [indicator(f"[file:hashes.'SHA-256' = '{SHA}']", name="pkg:pypi/zz@1.0")],
            "pkg:pypi/zz@1.0",
            Claim.MALICIOUS,
        ),
        ([indicator("[software:purl = 'pkg:npm/a@1.0.0']")], "pkg:npm/a@1.0.0", Claim.MALICIOUS),
        ([BARE], GHOST, Claim.SUSPICIOUS),
        ([BARE, MALWARE, link(BARE, "indicates", MALWARE)], GHOST, Claim.MALICIOUS),
        ([BARE | {"labels": ['misp:to_ids="True"']}], GHOST, Claim.MALICIOUS),
        (
            [indicator(f"[file:name = '{WHEEL}']", labels=['misp:to_ids="False"'])],
            GHOST,
            Claim.SUSPICIOUS,
        ),
        (
            [indicator(f"[file:name = '{WHEEL}'] AND [domain-name:value = 'a.example']")],
            GHOST,
            Claim.SUSPICIOUS,
        ),
        (
            [indicator("[domain-name:value = 'a']", description="drops pkg:pypi/zz@1.0")],
            "pkg:pypi/zz@1.0",
            Claim.SUSPICIOUS,
        ),
        ([FILE, MALWARE | {"sample_refs": [FILE["id"]]}], GHOST, Claim.MALICIOUS),
        ([FILE, MALWARE, link(MALWARE, "downloads", FILE)], GHOST, Claim.SUSPICIOUS),
        ([FILE, MALWARE, link(FILE, "related-to", MALWARE)], GHOST, Claim.SUSPICIOUS),
        ([MALWARE | {"name": "pkg:pypi/zz@1.0"}], "pkg:pypi/zz@1.0", Claim.MALICIOUS),
        (
            [
                observable("software", 3, name="zz", purl="pkg:pypi/zz@1.0"),
                MALWARE | {"sample_refs": [stix_id("software", 3)]},
            ],
            "pkg:pypi/zz@1.0",
            Claim.MALICIOUS,
        ),
    ],
)
def test_only_what_somebody_calls_malicious_is(
    tmp_path: Path, objects: list[object], subject: str, claim: Claim
) -> None:
    said, _ = read(tmp_path, *objects)

    assert [(str(a.subject), a.claim) for a in said] == [(subject, claim)]


def test_each_alternative_of_a_pattern_is_a_file(tmp_path: Path) -> None:
    names = ("zz_a-1.0-py3-none-any.whl", "zz_b-1.0-py3-none-any.whl")
    pattern = f"[file:name IN ('{names[0]}', '{names[1]}') OR ipv4-addr:value = '1.1.1.1']"

    said, _ = read(tmp_path, indicator(pattern))

    assert [a.subject.project.name for a in said] == ["zz-a", "zz-b"]


@pytest.mark.parametrize(
    "objects",
    [
        [indicator(f"[file:name = '{WHEEL}']", revoked=True)],
        [FILE, MALWARE | {"sample_refs": [FILE["id"]], "revoked": True}],
    ],
)
def test_what_was_revoked_is_retracted(tmp_path: Path, objects: list[object]) -> None:
    said, _ = read(tmp_path, *objects)

    assert [a.retracted_at for a in said] == [MAY]


def test_the_newest_version_of_an_object_counts(tmp_path: Path) -> None:
    old = indicator(f"[file:name = '{WHEEL}']")
    new = old | {"revoked": True, "modified": "2026-05-02T00:00:00Z"}

    said, _ = read(tmp_path, new, old)
    write(tmp_path / "older.json", bundle(old))
    pages = poll(tmp_path)

    assert [a.retracted_at for a in said] == [datetime(2026, 5, 2, tzinfo=UTC)]
    assert [a for p in pages for r in p.records for a in r.assertions if not a.retracted_at] == []


def test_a_revoked_relationship_makes_nothing_malicious(tmp_path: Path) -> None:
    said, _ = read(tmp_path, BARE, MALWARE, link(BARE, "indicates", MALWARE) | {"revoked": True})

    assert [a.claim for a in said] == [Claim.SUSPICIOUS]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (indicator(f"[file:hashes.'SHA-256' = '{SHA}']"), "name the package with a purl"),
        (indicator("[file:name = 'invoice-2.zip']"), "expected a wheel, an sdist"),
        (indicator(f"[file:hashes.'SHA-256' = '{SHA}'"), "] is missing"),
        (indicator("rule a { }", pattern_type="yara"), "of type 'yara' is not read"),
        (indicator(f"[file:name = '{WHEEL}']", indicator_types=["benign"]), "calls it benign"),
        (indicator(f"[file:name = '{WHEEL}']", valid_from="2036-01-01T00:00:00Z"), "years off"),
        (indicator(f"[file:name = '{WHEEL}']", modified="1970-01-01T00:00:00Z"), "years off"),
        (indicator(f"[file:name = '{WHEEL}']", revoked="no"), "expected bool"),
        (indicator(f"[file:name = '{WHEEL}']", id="indicator--1"), "expected indicator--UUID"),
        (FILE, "nothing in the bundle calls it malicious"),
        ({"type": "file"}, "expected str"),
        (7, "expected object, got int"),
    ],
)
def test_an_object_that_says_nothing_of_use_is_skipped_with_its_reason(
    tmp_path: Path, found: object, reason: str
) -> None:
    good = indicator("[file:name = 'zz_good-1.0-py3-none-any.whl']", 7)

    said, skipped = read(tmp_path, found, good)

    assert [a.subject.project.name for a in said] == ["zz-good"]
    assert len(skipped) == 1
    assert reason in skipped[0]


def test_what_is_about_other_things_is_counted(tmp_path: Path) -> None:
    cpe = observable("software", 1, name="zz", cpe="cpe:2.3:a:zz:zz:1:*:*:*:*:*:*:*")

    _, skipped = read(tmp_path, cpe, MALWARE, indicator("[domain-name:value = 'a.example']"))

    assert skipped == ["3 objects that name no package: 1 'software', 1 'malware', 1 'indicator'"]


def test_without_a_creator_the_bundle_says_it(tmp_path: Path) -> None:
    said, _ = read(tmp_path, indicator(f"[file:name = '{WHEEL}']", created_by_ref=None))

    assert [a.root_source for a in said] == [f"stix:{stix_id('bundle')}"]


def test_nobody_is_named(tmp_path: Path) -> None:
    pages = poll(write(tmp_path / "bundle.json", bundle(BARE)))

    assert "acme" not in repr(pages).lower()


@pytest.mark.parametrize(
    "url",
    ["http://blog.example/", "https://a:b@blog.example/", "https://blog.example/\n", "https://["],
)
def test_an_address_that_is_not_fit_to_be_shown_is_left_out(tmp_path: Path, url: str) -> None:
    blog = {"source_name": "blog", "url": url}

    said, _ = read(tmp_path, indicator(f"[file:name = '{WHEEL}']", external_references=[blog]))

    assert [a.reference for a in said] == [None]


@pytest.mark.parametrize("text", ["", "<html>", "[]", "{}", "7", '{"objects"', "[" * 100_000])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bundle.json").write_text(text)

    with pytest.raises(FeedError, match=r"^stix:"):
        poll(tmp_path / "bundle.json")


@pytest.mark.parametrize("kept", [0, 1, 20, 200, -1])
def test_a_torn_bundle_changes_nothing(tmp_path: Path, kept: int) -> None:
    whole = json.dumps(bundle(BARE))
    (tmp_path / "bundle.json").write_text(whole[:kept])

    with pytest.raises(FeedError, match=r"^stix:"):
        poll(tmp_path / "bundle.json")


def test_an_unchanged_bundle_is_nothing_new_under_any_name(tmp_path: Path) -> None:
    path = write(tmp_path / "bundle.json", bundle(BARE))
    cursor = poll(path)[-1].cursor

    again = poll(path, cursor)
    renamed = poll(path.rename(tmp_path / "other.json"), cursor)

    assert (again, renamed) == ([], [])


def test_an_answer_of_taxii_is_a_bundle_too(tmp_path: Path) -> None:
    (page,) = poll(write(tmp_path / "answer.json", {"more": False, "objects": [BARE]}))

    assert [record.id for record in page.records] == [stix_id("indicator")]
