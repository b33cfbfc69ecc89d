from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import FeedError, UsageError
from crawler.model import Algorithm, Claim, Ecosystem, ProjectKey
from feeds.imports.bigquery import BigQueryFeed, resolve_queries
from feeds.interface import FeedPage, PollRequest

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BLAKE = "abcd" + "e" * 60
WHEEL = "zz_ghost-1.0-py3-none-any.whl"
SAMPLE = Path(__file__).parents[5] / "shared/feeds/samples/bigquery_resolve.sql"
ROW = {
    "name": "ZZ.Ghost",
    "version": "1.0.0",
    "filename": "zz_ghost-1.0.0-py3-none-any.whl",
    "size": "1234",
    "sha256_digest": "5" * 64,
    "blake2_256_digest": BLAKE,
    "path": f"ab/cd/{'e' * 60}/zz_ghost-1.0.0-py3-none-any.whl",
    "upload_time": "2026-05-01 12:00:00.123456 UTC",
}


def row(**changes: object) -> dict[str, object]:
    """Return a row in which the path agrees with name and digest, unless it is changed itself."""
    merged = ROW | changes
    blake, filename = str(merged["blake2_256_digest"]), merged["filename"]
    path = f"{blake[:2]}/{blake[2:4]}/{blake[4:]}/{filename}"
    return {**merged, "path": changes.get("path", path)}


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{json.dumps(each)}\n" for each in rows))
    return path


def csv(path: Path, *rows: dict[str, object], extra: str = "") -> Path:
    lines = [",".join(ROW), *(",".join(str(r[c]) for c in ROW) for r in rows)]
    path.write_text("\n".join(lines) + "\n" + extra)
    return path


def poll(path: Path, cursor: str | None = None, *, accept: bool = False) -> list[FeedPage]:
    request = PollRequest(cursor=cursor, now=NOW, accept_change=accept)
    return list(BigQueryFeed(path).poll(request))


def key(name: str, ecosystem: Ecosystem = Ecosystem.PYPI) -> ProjectKey:
    return ProjectKey(ecosystem=ecosystem, name=name)


def test_a_query_names_the_projects_and_nothing_else() -> None:
    (query,) = resolve_queries([key("zz-two"), key("zz-one"), key("zz-one")])

    assert query == (
        "SELECT name, version, filename, size, sha256_digest, blake2_256_digest, path, upload_time\n"
        "FROM `bigquery-public-data.pypi.distribution_metadata`\n"
        "WHERE LOWER(REGEXP_REPLACE(name, r'[-_.]+', '-')) IN (\n"
        "  'zz-one',\n"
        "  'zz-two'\n"
        ")\n"
        "ORDER BY name, filename;\n"
    )


@pytest.mark.parametrize(
    "project",
    [
        key("zz') OR TRUE --"),
        key("ZZ"),
        key(""),
        key("zz\n"),
        key("zz\\"),
        key("zz", Ecosystem.NPM),
    ],
)
def test_a_query_takes_only_normalised_names_of_the_python_index(project: ProjectKey) -> None:
    with pytest.raises(UsageError, match="expected a normalised name"):
        list(resolve_queries([project]))


def test_many_projects_are_several_queries_each_small_enough_to_be_pasted() -> None:
    projects = [key(f"zz-{number:0200d}") for number in range(10_000)]

    queries = list(resolve_queries(projects))

    assert len(queries) == 3
    assert max(map(len, queries)) < 1_000_000
    assert sum(query.count("'zz-") for query in queries) == 10_000


@pytest.mark.parametrize("kind", ["csv", "jsonl", "jsonl.gz"])
def test_a_file_is_known_by_both_digests(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"result.{kind}"
    _ = csv(path, row()) if kind == "csv" else jsonl(path, row())
    if kind == "jsonl.gz":
        path.write_bytes(gzip.compress(path.read_bytes()))

    (page,) = poll(path)

    (record,) = page.records
    (assertion,) = record.assertions
    file = assertion.subject.file
    assert (record.id, assertion.claim) == ("bigquery:zz-ghost", Claim.KNOWN)
    assert str(assertion.subject) == ("pkg:pypi/zz-ghost@1.0.0 zz_ghost-1.0.0-py3-none-any.whl")
    assert file is not None
    assert file.digest(Algorithm.SHA256) == "5" * 64
    assert file.digest(Algorithm.BLAKE2B_256) == BLAKE
    assert file.uploaded_at == "2026-05-01T12:00:00.123456+00:00"
    assert assertion.valid_from == datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
    assert assertion.root_source == "pypi"
    assert page.skipped == ()


def test_all_files_of_a_project_are_one_record(tmp_path: Path) -> None:
    sdist = row(name="zz-ghost", filename="zz-ghost-1.0.0.tar.gz", blake2_256_digest="b" * 64)
    other = row(name="zz-other", filename="zz_other-1.0.0.tar.gz", blake2_256_digest="c" * 64)

    (page,) = poll(csv(tmp_path / "result.csv", row(), sdist, other, row()))

    assert [(r.id, len(r.assertions)) for r in page.records] == [
        ("bigquery:zz-ghost", 2),
        ("bigquery:zz-other", 1),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "requests"},
        {"name": "-"},
        {"version": "2.0"},
        {"version": None},
        {"filename": "zz_ghost-1.0.0.exe"},
        {"filename": "requests-1.0.0.tar.gz"},
        {"filename": "a/zz_ghost-1.0.0.tar.gz"},
        {"sha256_digest": ""},
        {"sha256_digest": "5" * 63},
        {"blake2_256_digest": None},
        {"path": f"ab/ce/{'e' * 60}/zz_ghost-1.0.0-py3-none-any.whl"},
        {"path": f"ab/cd/{'e' * 60}/requests-1.0.0-py3-none-any.whl"},
        {"path": "source/z/zz-ghost/zz_ghost-1.0.0-py3-none-any.whl"},
        {"upload_time": "yesterday"},
        {"upload_time": "1999-01-01 00:00:00 UTC"},
        {"upload_time": "2036-01-01 00:00:00 UTC"},
        {"size": -1},
        {"size": "9" * 16},
        {"size": "²"},
    ],
)
def test_a_row_that_contradicts_itself_is_skipped_with_its_line(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    good = row(name="zz-good", filename="zz_good-1.0.0.tar.gz")

    (page,) = poll(jsonl(tmp_path / "result.jsonl", good, row(**changes)))

    assert [record.id for record in page.records] == ["bigquery:zz-good"]
    assert [skipped.context for skipped in page.skipped] == ["line 2"]


def test_a_quote_that_never_ends_costs_one_row(tmp_path: Path) -> None:
    path = csv(tmp_path / "result.csv", row(), extra='"zz,never\na,b\n')

    (page,) = poll(path)

    assert [skipped.context for skipped in page.skipped] == ["line 3", "line 4"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "name,version\nzz,1\n",
        "<!doctype html>",
        "[1]\n",
        ",".join(ROW) + "\n",
        ",".join([*ROW, "name"]) + "\n",
        "\0\0\n",
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "result.csv").write_text(text)

    with pytest.raises(FeedError, match=r"^bigquery:"):
        poll(tmp_path / "result.csv")


@pytest.mark.parametrize("kept", [0, 1, 10, 100, -1])
def test_a_torn_archive_is_refused(tmp_path: Path, kept: int) -> None:
    rows = [row(name=f"zz-{n}", filename=f"zz_{n}-1.0.0.tar.gz") for n in range(100)]
    whole = gzip.compress(jsonl(tmp_path / "result.jsonl", *rows).read_bytes())
    (tmp_path / "torn.gz").write_bytes(whole[:kept])

    with pytest.raises(FeedError, match=r"^bigquery:"):
        poll(tmp_path / "torn.gz")


def test_the_same_result_is_nothing_new_and_a_lost_project_takes_back(tmp_path: Path) -> None:
    rows = [row(name=f"zz-{n}", filename=f"zz_{n}-1.0.0.tar.gz") for n in range(30)]
    path = jsonl(tmp_path / "result.jsonl", *rows)
    cursor = poll(path)[-1].cursor

    again = poll(path, cursor)
    (shrunk,) = poll(jsonl(path, *rows[1:]), cursor)

    assert again == []
    assert [r.id for r in shrunk.records if not r.assertions] == ["bigquery:zz-0"]
    with pytest.raises(FeedError, match="--accept-change"):
        poll(jsonl(path, *rows[10:]), cursor)


def test_a_kill_between_pages_loses_nothing(tmp_path: Path) -> None:
    rows = [row(name=f"zz-{n}", filename=f"zz_{n}-1.0.0.tar.gz") for n in range(1500)]
    path = jsonl(tmp_path / "result.jsonl", *rows)
    first = next(BigQueryFeed(path).poll(PollRequest(cursor=None, now=NOW)))

    (rest,) = poll(path, first.cursor)

    assert (len(first.records), len(rest.records)) == (1000, 500)
    assert len({r.id for r in (*first.records, *rest.records)}) == 1500


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared samples are not here")
def test_the_query_asks_the_table_of_the_sample() -> None:
    (query,) = resolve_queries([key("zz-one")])

    assert "`bigquery-public-data.pypi.distribution_metadata`" in SAMPLE.read_text()
    assert "LOWER(REGEXP_REPLACE(name, r'[-_.]+', '-'))" in SAMPLE.read_text()
    assert "LOWER(REGEXP_REPLACE(name, r'[-_.]+', '-'))" in query
