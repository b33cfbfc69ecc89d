from __future__ import annotations

import gzip
import json
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from crawler.errors import FeedError
from crawler.model import Algorithm, Claim, Ecosystem, Record
from feeds.imports.file import FileFeed
from feeds.imports.rows_of_file import lines_of
from feeds.interface import FeedPage, PollRequest

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AS_OF = datetime(2026, 8, 22, tzinfo=UTC)
ROOT = Path(__file__).parents[4]
SCHEMA = json.loads((ROOT / "feeds/schema/assertion-v1.schema.json").read_text())
ROW: dict[str, object] = {
    "ecosystem": "pypi",
    "name": "ZZ_Ghost",
    "level": "release",
    "versions": ["1.0"],
    "claim": "malicious",
    "record_id": "own-1",
    "observed_at": "2026-05-01T00:00:00Z",
}
MAL = {
    "id": "MAL-2026-1",
    "name": "zz-ghost",
    "published": "2026-05-01T00:00:00Z",
    "modified": "2026-05-02T00:00:00Z",
    "sources": ["checkmarx"],
    "aliases": [],
    "snapshot": "2026-05-17",
}

CAMPAIGN = {"name": "zz", "category": "malicious", "campaign": "2025-03-zz"}


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def poll(
    path: Path,
    cursor: str | None = None,
    *,
    accept: bool = False,
    ecosystem: Ecosystem | None = Ecosystem.PYPI,
) -> list[FeedPage]:
    feed = FileFeed(path, ecosystem=ecosystem, as_of=AS_OF)
    return list(feed.poll(PollRequest(cursor=cursor, now=NOW, accept_change=accept)))


def only(pages: list[FeedPage]) -> Record:
    (found,) = [record for page in pages for record in page.records]
    return found


def test_a_row_of_the_documented_shape_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", ROW)

    found = only(poll(path))

    (assertion,) = found.assertions
    assert assertion.feed == f"file:{path}"
    assert assertion.record_id == found.id == "own-1"
    assert assertion.claim is Claim.MALICIOUS
    assert str(assertion.subject) == "pkg:pypi/zz-ghost@1.0"
    assert assertion.valid_from == datetime(2026, 5, 1, tzinfo=UTC)


def test_rows_of_one_record_are_one_record(tmp_path: Path) -> None:
    file_row = ROW | {"level": "file", "filename": "zz_ghost-1.0.tar.gz", "sha256": "A" * 64}
    path = write(tmp_path / "own.jsonl", ROW, ROW | {"record_id": "own-2"}, file_row, ROW)

    (page,) = poll(path)

    assert [(r.id, len(r.assertions)) for r in page.records] == [("own-1", 2), ("own-2", 1)]
    file = page.records[0].assertions[1].subject.file
    assert file is not None
    assert file.digest(Algorithm.SHA256) == "a" * 64


BROKEN: list[object] = [
    ROW | {"level": "galaxy"},
    ROW | {"claim": "evil"},
    ROW | {"ecosystem": "crates"},
    ROW | {"versions": []},
    ROW | {"versions": [1]},
    ROW | {"versions": ["a/b"]},
    ROW | {"name": ""},
    ROW | {"observed_at": None},
    ROW | {"record_id": "a b"},
    ROW | {"schema": "ghostcrawl.assertion/v2"},
    ROW | {"level": "file"},
    ROW | {"level": "file", "filename": "a/b", "versions": []},
    ROW | {"level": "file", "filename": "zz-1.tar.gz", "sha256": "xyz"},
    {key: value for key, value in ROW.items() if key != "record_id"},
    ROW | {"range": "<2.0"},
    ROW | {"level": "project"},
    [],
]


@pytest.mark.parametrize("row", BROKEN)
def test_a_row_that_the_schema_refuses_is_skipped_with_its_line(
    tmp_path: Path, row: object
) -> None:
    path = write(tmp_path / "own.jsonl", ROW, row)

    (page,) = poll(path)

    assert [record.id for record in page.records] == ["own-1"]
    assert [skipped.context for skipped in page.skipped] == ["line 2"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(row, SCHEMA)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROW | {"range": ">=1"}, "unknown key 'range': expected blake2b_256, claim, "),
        (
            ROW | {"level": "project"},
            "versions: a project row accuses all; use level release",
        ),
        (MAL | {"affected_versions": ["1"]}, "unknown key 'affected_versions': expected "),
        (MAL | {"affected": []}, "unknown key 'affected': expected aliases, "),
        (CAMPAIGN | {"Versions": ["1"]}, "unknown key 'Versions': expected assigned_at, "),
        (
            MAL | {"files": [{"filename": "zz-1.whl", "sha256": "a" * 64}]},
            "files[0]: unknown key 'sha256': expected filename, hashes",
        ),
        (
            MAL | {"files": [{"filename": "zz-1.whl", "hashes": {"SHA256": "a" * 64}}]},
            "files[0].hashes: unknown key 'SHA256': expected blake2b_256, md5, ",
        ),
        (ROW | {"\x1b[31m" * 99: 1}, "unknown key '\\x1b[31m\\x1b[31m"),
    ],
)
def test_a_key_that_nobody_reads_refuses_its_row_and_no_other(
    tmp_path: Path, row: dict[str, object], reason: str
) -> None:
    path = write(tmp_path / "own.jsonl", ROW, row, ROW | {"record_id": "own-3"})

    (page,) = poll(path)

    assert [record.id for record in page.records] == ["own-1", "own-3"]
    (skipped,) = page.skipped
    assert skipped.reason.startswith(reason)


def test_one_document_over_several_lines_is_refused_with_the_command_that_helps(
    tmp_path: Path,
) -> None:
    path = tmp_path / "my one.json"
    path.write_text(json.dumps(MAL, indent=2))

    with pytest.raises(FeedError) as error:
        poll(path)

    assert f"one document a line is expected: `jq -c . '{path}'`" in str(error.value)


def test_a_folder_is_refused_as_one(tmp_path: Path) -> None:
    with pytest.raises(FeedError) as error:
        poll(tmp_path)

    assert str(error.value) == f"file:{tmp_path}: a folder: expected a file; name one file in it"


def test_a_key_without_a_value_narrows_nothing_down(tmp_path: Path) -> None:
    (page,) = poll(write(tmp_path / "own.jsonl", ROW | {"range": None, "sha256": None}))

    assert (len(page.records), page.skipped) == (1, ())


def test_a_row_that_names_no_source_has_the_file_for_one_without_its_folders(
    tmp_path: Path,
) -> None:
    (assertion,) = only(poll(write(tmp_path / "own.jsonl", ROW))).assertions

    assert assertion.root_source == "file:own.jsonl"


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        ROW | {"schema": "ghostcrawl.assertion/v1", "retracted_at": "2026-06-01T00:00:00Z"},
        ROW
        | {
            "level": "project",
            "versions": [],
            "reference": "https://forge.example/1",
            "root_source": "me",
        },
        ROW | {"level": "file", "filename": "zz-1.tar.gz", "blake2b_256": "a" * 64},
    ],
)
def test_what_the_schema_allows_is_read(tmp_path: Path, row: dict[str, object]) -> None:
    jsonschema.validate(row, SCHEMA)

    (page,) = poll(write(tmp_path / "own.jsonl", row))

    assert (len(page.records), page.skipped) == (1, ())


def test_the_schema_itself_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("row", "subjects"),
    [
        (MAL | {"all_versions": True, "versions": []}, ["pkg:pypi/zz-ghost"]),
        (MAL | {"all_versions": True, "versions": ["1"]}, ["pkg:pypi/zz-ghost@1"]),
        ({"id": "MAL-2024-1", "name": "zz-ghost", "snapshot": "2026-05-17"}, ["pkg:pypi/zz-ghost"]),
        (
            MAL
            | {
                "versions": ["1"],
                "files": [{"filename": "zz-1.whl", "hashes": {"sha256": "a" * 64}}],
            },
            ["pkg:pypi/zz-ghost@1", "pkg:pypi/zz-ghost@1 zz-1.whl"],
        ),
    ],
)
def test_rows_of_malicious_records_are_read(
    tmp_path: Path, row: dict[str, object], subjects: list[str]
) -> None:
    found = only(poll(write(tmp_path / "mal.jsonl", row)))

    assert [str(assertion.subject) for assertion in found.assertions] == subjects


@pytest.mark.parametrize(
    ("row", "retracted"),
    [
        (
            MAL | {"versions": ["1"], "withdrawn": "2026-06-01T00:00:00Z"},
            datetime(2026, 6, 1, tzinfo=UTC),
        ),
        (
            {"id": "MAL-2024-1", "name": "zz", "snapshot": "2026-09 index", "withdrawn": True},
            datetime(2026, 9, 1, tzinfo=UTC),
        ),
        (MAL | {"versions": ["1"], "withdrawn": False}, None),
    ],
)
def test_withdrawn_is_a_date_or_true(
    tmp_path: Path, row: dict[str, object], retracted: datetime | None
) -> None:
    found = only(poll(write(tmp_path / "mal.jsonl", row)))

    assert found.assertions[0].retracted_at == retracted


def test_a_record_known_by_name_only_is_dated_within_the_year_of_its_id(tmp_path: Path) -> None:
    row = {"id": "MAL-2024-1", "name": "zz-ghost", "snapshot": "2026-05-17"}

    found = only(poll(write(tmp_path / "mal.jsonl", row)))

    assert found.assertions[0].valid_from == datetime(2024, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert found.assertions[0].observed_at == datetime(2026, 5, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("versions", "ranges", "subjects"),
    [
        ([], [[{"introduced": "1.2.2"}]], ["@vers:pypi/>=1.2.2"]),
        (
            [],
            [[{"introduced": "0"}, {"last_affected": "1.23.0"}], [{"introduced": "3.0"}]],
            ["@vers:pypi/>=0|<=1.23.0|>=3.0"],
        ),
        ([], [{"type": "ECOSYSTEM", "events": [{"introduced": "1.2.2"}]}], ["@vers:pypi/>=1.2.2"]),
        ([], [[{"introduced": "0"}]], [""]),
        ([], [], [""]),
        (["1.0"], [[{"introduced": "0"}, {"fixed": "2.0"}]], ["@1.0"]),
    ],
)
def test_ranges_of_a_row_are_kept(
    tmp_path: Path, versions: list[str], ranges: list[object], subjects: list[str]
) -> None:
    row = MAL | {"all_versions": False, "versions": versions, "ranges": ranges}

    found = only(poll(write(tmp_path / "mal.jsonl", row)))

    assert [str(a.subject) for a in found.assertions] == [f"pkg:pypi/zz-ghost{s}" for s in subjects]


@pytest.mark.parametrize(
    "ranges", [[[{"introduced": "none"}]], [[{"fixed": "1"}]], ["x"], [[3]], "x"]
)
def test_a_range_that_cannot_be_read_is_told(tmp_path: Path, ranges: object) -> None:
    row = MAL | {"all_versions": False, "versions": [], "ranges": ranges}

    (page,) = poll(write(tmp_path / "mal.jsonl", MAL | {"id": "MAL-2026-2"}, row))

    assert [skipped.context for skipped in page.skipped] == ["line 2"]


def test_rows_without_ecosystem_need_to_be_told_one(tmp_path: Path) -> None:
    path = write(tmp_path / "mal.jsonl", MAL)

    with pytest.raises(FeedError, match="ecosystem=pypi or npm"):
        poll(path, ecosystem=None)


@pytest.mark.parametrize(
    ("category", "claim"),
    [
        ("malicious", Claim.MALICIOUS),
        ("probably_pentest", Claim.SUSPICIOUS),
        ("spam", Claim.SUSPICIOUS),
        ("highly_suspicious", Claim.SUSPICIOUS),
    ],
)
def test_only_malicious_campaigns_are_malicious(
    tmp_path: Path, category: str, claim: Claim
) -> None:
    row = {
        "name": "zz",
        "category": category,
        "campaign": "2025-03- zz",
        "versions": ["1"],
        "assigned_at": None,
        "modified_at": None,
    }

    found = only(poll(write(tmp_path / "kam.jsonl", row), ecosystem=None))

    assert found.id == "2025-03--zz/zz"
    assert found.assertions[0].claim is claim
    assert found.assertions[0].valid_from == datetime(2025, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"name": "a", "name": "b"}',
        b"[" * 100_000,
        b'{"id": NaN}',
        b"\xff\xfe",
        b"9" * 9999,
        b'{"id": "MAL-2026-9", "name": "\\ud800"}',
    ],
)
def test_a_line_that_is_no_json_is_skipped(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(json.dumps(ROW).encode() + b"\n" + line + b"\n")

    (page,) = poll(path)

    assert len(page.records) == 1
    assert [skipped.context for skipped in page.skipped] == ["line 2"]


def test_a_gzipped_file_is_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(ROW).encode()))

    assert only(poll(path)).id == "own-1"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"<!doctype html><html>",
        b"{}\n",
        b"\x1f\x8bnot really",
        gzip.compress(b'{"id": 1}\n' * 1000, mtime=0)[:-20],
        b"x" * 2_000_000,
    ],
)
def test_a_file_that_is_not_believable_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.jsonl"
    path.write_bytes(content)

    with pytest.raises(FeedError):
        poll(path)


def test_a_file_of_more_than_two_million_lines_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"0\n" * 2_000_001)

    with pytest.raises(FeedError, match="too large at line 2000001"):
        deque(lines_of(path, "file:rows"), maxlen=0)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="not readable"):
        poll(tmp_path / "none.jsonl")


def rows(count: int) -> list[object]:
    return [ROW | {"record_id": f"own-{number}"} for number in range(count)]


def test_a_poll_that_is_killed_goes_on_after_the_last_saved_page(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", *rows(2500))
    feed = FileFeed(path, as_of=AS_OF)
    first = next(iter(feed.poll(PollRequest(cursor=None, now=NOW))))

    rest = poll(path, first.cursor)

    assert [len(page.records) for page in (first, *rest)] == [1000, 1000, 500]
    assert len({r.id for page in (first, *rest) for r in page.records}) == 2500


def test_an_unchanged_file_says_nothing_again(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", ROW)
    (page,) = poll(path)

    assert poll(path, page.cursor) == []


def test_a_record_that_vanished_takes_back_what_it_said(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", *rows(20))
    (first,) = poll(path)
    write(path, *rows(19))

    (second,) = poll(path, first.cursor)

    assert second.records[-1] == Record(id="own-19", assertions=())


def test_a_file_that_shrank_by_more_than_a_tenth_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "own.jsonl", *rows(20))
    (first,) = poll(path)
    write(path, *rows(17))

    with pytest.raises(FeedError, match="shrank from 20 to 17"):
        poll(path, first.cursor)
    (accepted,) = poll(path, first.cursor, accept=True)

    assert len(accepted.records) == 20


ARCHIVE = ROOT / "../shared/feeds"


@pytest.mark.skipif(not ARCHIVE.is_dir(), reason="the archive of feed facts is not here")
@pytest.mark.parametrize(
    ("name", "ecosystem", "records", "skipped"),
    [
        ("ossf_pypi", Ecosystem.PYPI, 11_180, 0),
        ("ossf_npm", Ecosystem.NPM, 22_296, 0),
        ("kam193_pypi", None, 3_996, 0),
    ],
)
def test_every_row_of_the_archive_becomes_a_record_or_a_skip(
    name: str, ecosystem: Ecosystem | None, records: int, skipped: int
) -> None:
    pages = poll(ARCHIVE / f"{name}.jsonl.gz", ecosystem=ecosystem)

    assert sum(len(page.records) for page in pages) == records
    assert sum(len(page.skipped) for page in pages) == skipped


def test_a_withdrawn_record_on_a_name_that_is_none_is_taken_as_a_withdrawal(tmp_path: Path) -> None:
    path = tmp_path / "zz_pypi.jsonl"
    path.write_text(
        '{"id":"MAL-2024-1","name":"zz-ghost-","snapshot":"2026-09 index","withdrawn":true}\n'
        '{"id":"MAL-2024-2","name":"zz-ghost","all_versions":true,"versions":[]}\n'
    )

    (page,) = FileFeed(path).poll(PollRequest(cursor=None, now=NOW))

    assert [(r.id, len(r.assertions)) for r in page.records] == [
        ("MAL-2024-1", 0),
        ("MAL-2024-2", 1),
    ]
    assert page.skipped == ()


def test_the_name_of_a_file_tells_the_ecosystem_of_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "zz_npm.jsonl"
    path.write_text('{"id":"MAL-2024-2","name":"@zz/ghost","all_versions":true,"versions":[]}\n')

    (page,) = FileFeed(path).poll(PollRequest(cursor=None, now=NOW))

    assert page.records[0].assertions[0].subject.project.ecosystem == "npm"


def test_a_row_may_speak_of_a_configured_registry_of_its_ecosystem(tmp_path: Path) -> None:
    rows = [
        ROW | {"record_id": f"own-{n}", "registry": name}
        for n, name in enumerate(["testpypi", "pypi", None, "nowhere", "forge"])
    ]
    path = write(tmp_path / "own.jsonl", *rows)
    registries = {"pypi": Ecosystem.PYPI, "testpypi": Ecosystem.PYPI, "forge": Ecosystem.NPM}

    (page,) = FileFeed(path, registries=registries).poll(PollRequest(cursor=None, now=NOW))

    assert [str(record.assertions[0].subject) for record in page.records] == [
        "pkg:pypi/zz-ghost@1.0?registry=testpypi",
        "pkg:pypi/zz-ghost@1.0",
        "pkg:pypi/zz-ghost@1.0",
    ]
    assert [skipped.reason for skipped in page.skipped] == [
        f"registry: unknown registry '{name}' of pypi: expected one of pypi, testpypi"
        for name in ("nowhere", "forge")
    ]
