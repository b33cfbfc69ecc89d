from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import FeedError
from crawler.model import Algorithm, Assertion, Claim
from feeds.imports.misp import MispFeed
from feeds.interface import FeedPage, PollRequest
from tests.values import BLAKE, SHA, URL, WHEEL

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
TIME = str(int(MAY.timestamp()))
EVENT = "0" * 8 + "-0000-4000-8000-" + "0" * 12
SDIST = "zz_ghost_one-1.0.tar.gz"


def uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{'1' * 12}"


def attribute(kind: str, value: str, number: int = 1, **more: object) -> dict[str, object]:
    common = {"uuid": uuid(number), "category": "Payload delivery", "timestamp": TIME}
    return {"type": kind, "value": value, "to_ids": True, **common, **more}


def misp_object(
    *attributes: dict[str, object], name: str = "file", number: int = 90, **more: object
) -> dict[str, object]:
    common = {"uuid": uuid(number), "name": name, "timestamp": TIME}
    return {**common, "Attribute": list(attributes), **more}


def event(*entries: dict[str, object], **more: object) -> dict[str, object]:
    """Return an event as MISP exports it; people and organisations come along."""
    person = {"Orgc": {"name": "Acme CERT"}, "event_creator_email": "someone@acme.example"}
    return {
        "uuid": EVENT,
        "info": "packages of a campaign",
        "date": "2026-05-01",
        "timestamp": TIME,
        **person,
        "Attribute": [e for e in entries if "type" in e],
        "Object": [e for e in entries if "type" not in e],
        **more,
    }


def write(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document))
    return path


def poll(path: Path, cursor: str | None = None, *, accept: bool = False) -> list[FeedPage]:
    request = PollRequest(cursor=cursor, now=NOW, accept_change=accept)
    return list(MispFeed(path).poll(request))


def read(tmp_path: Path, *entries: dict[str, object]) -> tuple[list[Assertion], list[str]]:
    pages = poll(write(tmp_path / "event.json", {"Event": event(*entries)}))
    said = [a for page in pages for record in page.records for a in record.assertions]
    return said, [s.reason for page in pages for s in page.skipped]


def test_a_file_name_with_its_digest_is_a_file(tmp_path: Path) -> None:
    said, skipped = read(tmp_path, attribute("filename|sha256", f"{SDIST}|{SHA.upper()}"))

    (assertion,) = said
    file = assertion.subject.file
    assert str(assertion.subject) == f"pkg:pypi/zz-ghost-one@1.0 {SDIST}"
    assert file is not None
    assert file.digest(Algorithm.SHA256) == SHA
    assert assertion.claim is Claim.MALICIOUS
    assert assertion.record_id == f"misp:{uuid(1)}"
    assert assertion.root_source == f"misp:{EVENT}"
    assert (assertion.valid_from, assertion.observed_at) == (MAY, MAY)
    assert assertion.retracted_at is None
    assert skipped == []


def test_a_file_object_is_one_file_with_all_its_digests(tmp_path: Path) -> None:
    parts = misp_object(
        attribute("filename", WHEEL, 1, object_relation="filename"),
        attribute("sha256", SHA, 2, object_relation="sha256"),
        attribute("sha512", "a" * 128, 3, object_relation="sha512"),
        attribute("md5", "b" * 32, 4, object_relation="md5"),
        attribute("size-in-bytes", "1234", 5, to_ids=False),
        attribute("malware-sample", f"{WHEEL}|{'b' * 32}", 6, data="UEsDBA=="),
    )

    said, skipped = read(tmp_path, parts)

    (assertion,) = said
    file = assertion.subject.file
    assert file is not None
    assert [d.algorithm for d in file.digests] == [Algorithm.SHA256, Algorithm.SHA512]
    assert assertion.record_id == f"misp:{uuid(90)}"
    assert skipped == []


@pytest.mark.parametrize(
    ("entry", "subject"),
    [
        (attribute("url", URL), f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}"),
        (attribute("link", f"{URL}/"), f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}"),
        (attribute("filename", WHEEL), f"pkg:pypi/zz-ghost-one@1.0 {WHEEL}"),
        (attribute("text", "pkg:pypi/zz@1.0"), "pkg:pypi/zz@1.0"),
        (attribute("other", "pkg:npm/%40zz/a@1.0.0"), "pkg:npm/@zz/a@1.0.0"),
        (attribute("sha256", SHA, comment="pkg:pypi/zz@1.0"), "pkg:pypi/zz@1.0"),
        (
            misp_object(attribute("sha256", SHA), comment="pkg:npm/a@1", name="other"),
            "pkg:npm/a@1",
        ),
    ],
)
def test_what_names_a_distribution_is_read(
    tmp_path: Path, entry: dict[str, object], subject: str
) -> None:
    said, _ = read(tmp_path, entry)

    assert [str(a.subject) for a in said] == [subject]
    assert said[0].claim is Claim.MALICIOUS


@pytest.mark.parametrize(
    "entry",
    [
        attribute("filename|sha256", f"{SDIST}|{SHA}", to_ids=False),
        attribute("filename|sha256", f"{SDIST}|{SHA}", to_ids="0"),
        attribute("text", "seen beside pkg:pypi/zz-ghost-one@1.0"),
        attribute("sha256", SHA, comment="looks like pkg:pypi/zz-ghost-one@1.0"),
        misp_object(attribute("filename", WHEEL), attribute("sha256", SHA, 2, to_ids=False)),
        misp_object(
            attribute("filename", WHEEL),
            attribute("sha256", SHA, 2),
            attribute("sha512", "a" * 128, 3, to_ids=False),
        ),
    ],
)
def test_what_is_not_meant_for_detection_is_a_suspicion(
    tmp_path: Path, entry: dict[str, object]
) -> None:
    said, _ = read(tmp_path, entry)

    assert [a.claim for a in said] == [Claim.SUSPICIOUS]
    assert said[0].subject.project.name == "zz-ghost-one"


@pytest.mark.parametrize(
    "entry",
    [
        attribute("filename|sha256", f"{SDIST}|{SHA}", deleted=True),
        attribute("filename|sha256", f"{SDIST}|{SHA}", deleted="1"),
        misp_object(attribute("filename", WHEEL), deleted=True),
        misp_object(attribute("filename", WHEEL, deleted=True)),
    ],
)
def test_what_was_deleted_is_retracted(tmp_path: Path, entry: dict[str, object]) -> None:
    said, _ = read(tmp_path, entry)

    assert [a.retracted_at for a in said] == [MAY]


def test_a_deleted_attribute_of_an_object_no_longer_counts(tmp_path: Path) -> None:
    parts = misp_object(
        attribute("filename", WHEEL),
        attribute("sha256", SHA, 2),
        attribute("sha256", "0" * 64, 3, deleted=True),
    )

    said, _ = read(tmp_path, parts)

    file = said[0].subject.file
    assert file is not None
    assert file.digest(Algorithm.SHA256) == SHA


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (attribute("sha256", SHA), "a digest without a package: name the package with a purl"),
        (attribute("filename", "invoice-2.zip"), "expected a wheel, an sdist"),
        (attribute("filename|sha256", f"{SDIST}|zz"), "not a sha256 digest"),
        (attribute("url", "https://evil.example/a"), "neither a file of a package index"),
        (attribute("filename", WHEEL, timestamp="9" * 10), "is years off"),
        (attribute("filename", WHEEL, timestamp="9" * 400), "invalid time"),
        (attribute("filename", WHEEL, timestamp="-1"), "invalid time"),
        (attribute("filename", WHEEL, timestamp=7), "is years off"),
        (attribute("filename", WHEEL, first_seen="2036-01-01T00:00:00Z"), "is years off"),
        (attribute("filename", WHEEL, first_seen="soon"), "invalid date"),
        (attribute("filename", WHEEL, to_ids="maybe"), "expected bool"),
        (attribute("filename", WHEEL, uuid="../1"), "invalid UUID"),
        (attribute("filename", "a" * 5000), "characters, got 5000"),
        ({"type": 1}, "expected str, got int"),
        (misp_object(attribute("filename", WHEEL), attribute("text", "Harmless", 2)), "harmless"),
        (
            misp_object(
                attribute("filename", WHEEL), attribute("filename", "a-1-py3-none-any.whl")
            ),
            "two files in one entry",
        ),
        (misp_object(attribute("filename", WHEEL), uuid=None), "expected str"),
    ],
)
def test_an_entry_that_names_nothing_is_skipped_with_its_reason(
    tmp_path: Path, entry: dict[str, object], reason: str
) -> None:
    good = attribute("filename", "zz_good-1.0-py3-none-any.whl", 50)

    said, skipped = read(tmp_path, entry, good)

    assert [str(a.subject.project.name) for a in said] == ["zz-good"]
    assert len(skipped) == 1
    assert reason in skipped[0]


def test_what_is_about_other_things_is_counted(tmp_path: Path) -> None:
    others = [attribute("domain", "evil.example", n) for n in range(3)]

    said, skipped = read(tmp_path, *others, misp_object(name="domain-ip"))

    assert said == []
    assert skipped == ["4 entries that name no package: 3 'domain', 1 'object domain-ip'"]


REPORT = (
    attribute("text", "PyPI", 1, object_relation="ecosystem", to_ids=False),
    attribute("text", "ZZ.Ghost", 2, object_relation="package-name", to_ids=False),
    attribute("text", "pkg:pypi/zz-ghost", 3, object_relation="package-purl", to_ids=False),
    attribute("text", "1.0", 4, object_relation="affected-version", to_ids=False),
    attribute("text", "1.1", 5, object_relation="affected-version", to_ids=False),
    attribute("text", "MAL-2026-2144", 6, object_relation="report-id", to_ids=False),
    attribute("sha256", SHA, 7, object_relation="origin-sha256", to_ids=False),
)


def test_a_package_report_is_malicious_and_counts_as_the_record_it_cites(tmp_path: Path) -> None:
    said, _ = read(tmp_path, misp_object(*REPORT, name="malicious-package-report"))

    assert [str(a.subject) for a in said] == ["pkg:pypi/zz-ghost@1.0", "pkg:pypi/zz-ghost@1.1"]
    assert {(a.claim, a.root_source) for a in said} == {(Claim.MALICIOUS, "MAL-2026-2144")}


def test_a_withdrawn_package_report_is_retracted(tmp_path: Path) -> None:
    state = attribute("text", "withdrawn", 8, object_relation="state")

    said, _ = read(tmp_path, misp_object(*REPORT, state, name="malicious-package-report"))

    assert {a.retracted_at for a in said} == {MAY}


def test_a_package_report_without_versions_is_skipped(tmp_path: Path) -> None:
    bare = (REPORT[0], REPORT[1], REPORT[5])

    said, skipped = read(tmp_path, misp_object(*bare, name="malicious-package-report"))

    assert said == []
    assert "without an explicit version" in skipped[0]


ONE = event(attribute("filename", WHEEL))


@pytest.mark.parametrize(
    "document",
    [
        {"Event": ONE},
        ONE,
        [{"Event": ONE}],
        [ONE],
        {"response": [{"Event": ONE}]},
        {"response": {"Event": ONE}},
    ],
)
def test_an_event_is_found_in_whatever_it_is_wrapped(tmp_path: Path, document: object) -> None:
    (page,) = poll(write(tmp_path / "event.json", document))

    assert [record.id for record in page.records] == [f"misp:{uuid(1)}"]


def test_a_directory_of_events_is_read_without_its_manifest(tmp_path: Path) -> None:
    write(tmp_path / "manifest.json", {EVENT: {"info": "x"}})
    write(tmp_path / f"{EVENT}.json", {"Event": ONE})
    packed = json.dumps({"Event": event(attribute("url", URL, 2))}).encode()
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(packed))
    (tmp_path / "hashes.csv").write_text("x")
    (tmp_path / "link.json").symlink_to(tmp_path / "manifest.json")

    (page,) = poll(tmp_path)

    assert sorted(r.id for r in page.records) == [f"misp:{uuid(1)}", f"misp:{uuid(2)}"]
    assert [s.context for s in page.skipped] == ["'hashes.csv'", "'link.json'"]


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_the_newer_of_two_exports_of_an_attribute_counts(tmp_path: Path, names: str) -> None:
    later = str(int(TIME) + 60)
    gone = event(attribute("filename", WHEEL, deleted=True, timestamp=later))
    write(tmp_path / f"{names[0]}.json", ONE)
    write(tmp_path / f"{names[1]}.json", gone)

    (page,) = poll(tmp_path)

    assert [a.retracted_at is None for a in page.records[0].assertions] == [False]


def test_nobody_is_named(tmp_path: Path) -> None:
    pages = poll(write(tmp_path / "event.json", {"Event": ONE}))

    assert "acme" not in repr(pages).lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "[]",
        "{}",
        "7",
        '{"Event"',
        "[" * 100_000,
        '{"Event": {}, "Event": {}}',
        '{"type": "bundle", "objects": []}',
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "event.json").write_text(text)

    with pytest.raises(FeedError, match=r"^misp:"):
        poll(tmp_path / "event.json")


@pytest.mark.parametrize("kept", [0, 1, 20, 200, -1])
def test_a_torn_event_among_others_changes_nothing(tmp_path: Path, kept: int) -> None:
    write(tmp_path / "a.json", {"Event": ONE})
    whole = json.dumps({"Event": ONE})
    (tmp_path / "b.json").write_text(whole[:kept])

    with pytest.raises(FeedError, match=r"^misp:"):
        poll(tmp_path)


def test_an_event_without_an_id_is_told(tmp_path: Path) -> None:
    (page,) = poll(write(tmp_path / "event.json", [ONE, {"Event": {"Attribute": []}}]))

    assert [s.context for s in page.skipped] == ["event.json event[1]"]


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    (tmp_path / "event.json.gz").write_bytes(gzip.compress(b" " * 70_000_000, 9))

    with pytest.raises(FeedError, match="holds more than"):
        poll(tmp_path / "event.json.gz")


def test_an_unchanged_event_is_nothing_new_and_a_lost_attribute_takes_back(tmp_path: Path) -> None:
    many = [attribute("filename", f"zz_{n}-1.0-py3-none-any.whl", n) for n in range(1, 31)]
    path = write(tmp_path / "event.json", {"Event": event(*many)})
    cursor = poll(path)[-1].cursor

    again = poll(path, cursor)
    (fewer,) = poll(write(path, {"Event": event(*many[1:])}), cursor)

    assert again == []
    assert [r.id for r in fewer.records if not r.assertions] == [f"misp:{uuid(1)}"]
    with pytest.raises(FeedError, match="--accept-change"):
        poll(write(path, {"Event": event(*many[10:])}), cursor)


def test_the_digest_in_a_path_is_kept(tmp_path: Path) -> None:
    said, _ = read(tmp_path, attribute("url", URL))

    file = said[0].subject.file
    assert file is not None
    assert file.digest(Algorithm.BLAKE2B_256) == BLAKE
