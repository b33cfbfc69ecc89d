"""A file of OSV documents, one a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.errors import FeedError
from feeds.imports.file import FileFeed
from feeds.interface import FeedPage, PollRequest
from tests.unit.feeds.imports.test_file import AS_OF, NOW


def read(folder: Path, *documents: object) -> FeedPage:
    path = folder / "osv.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in documents))
    (page,) = FileFeed(path, as_of=AS_OF).poll(
        PollRequest(cursor=None, now=NOW, accept_change=False)
    )
    return page


def document(record_id: str, *affected: object, **more: object) -> dict[str, object]:
    return {
        "id": record_id,
        "published": "2026-05-01T00:00:00Z",
        "modified": "2026-05-02T00:00:00Z",
        "affected": list(affected),
        **more,
    }


def package(ecosystem: str, name: str, **more: object) -> dict[str, object]:
    return {"package": {"ecosystem": ecosystem, "name": name}, **more}


def test_an_osv_document_accuses_what_it_affects_of_each_ecosystem(tmp_path: Path) -> None:
    span = {"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"fixed": "1.2.0"}]}
    page = read(
        tmp_path,
        document(
            "MAL-2026-1",
            package("PyPI", "Zz_Ghost", versions=["1.0"]),
            package("npm", "@zz/ghost", ranges=[span]),
        ),
    )

    (record,) = page.records
    assert [str(one.subject) for one in record.assertions] == [
        "pkg:pypi/zz-ghost@1.0",
        "pkg:npm/@zz/ghost@vers:npm/>=1.0.0|<1.2.0",
    ]
    assert page.skipped == ()


def test_a_withdrawn_osv_document_is_kept_as_withdrawn(tmp_path: Path) -> None:
    page = read(
        tmp_path,
        document(
            "MAL-2026-1",
            package("PyPI", "zz-ghost", versions=["1.0"]),
            withdrawn="2026-06-01T00:00:00Z",
        ),
    )

    (record,) = page.records
    assert [one.retracted_at is not None for one in record.assertions] == [True]


def test_what_an_osv_document_says_that_cannot_be_used_is_told_and_the_rest_counts(
    tmp_path: Path,
) -> None:
    page = read(
        tmp_path,
        document(
            "MAL-2026-1", package("PyPI", "zz ghost"), package("PyPI", "zz-ghost", versions=["1.0"])
        ),
        document("MAL-2026-2", package("Go", "zz"), package("npm", "zz-ghost", versions=["1.0.0"])),
        document("MAL-2026-4"),
        document("CVE-2026-3", package("npm", "zz-ghost", versions=["1.0.0"])),
    )

    assert [record.id for record in page.records] == ["MAL-2026-1", "MAL-2026-2"]
    assert [(one.context, one.reason) for one in page.skipped] == [
        (
            "MAL-2026-1.affected[0]",
            "MAL-2026-1.affected[0].package.name: invalid project name 'zz ghost': expected one of pypi",
        ),
        ("line 2", "MAL-2026-2: packages of Go are not read"),
        ("line 3", "MAL-2026-4: affects no package"),
        ("line 4", "CVE-2026-3: invalid id: expected an assigned MAL- or PYSEC- id"),
    ]


def test_an_array_of_osv_documents_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"write one row a line"):
        read(tmp_path, [document("MAL-2026-1", package("npm", "zz-ghost", versions=["1.0.0"]))])
