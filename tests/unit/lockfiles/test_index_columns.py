"""Of the files of an entry only those are looked at closely that are not plainly its own."""

from __future__ import annotations

import pytest

from crawler.lockfiles.index_columns import of_files
from tests.values import sha256

_Row = tuple[str, str, str]


def wheel(release: str, tags: str = "py3-none-any") -> _Row:
    return f"{release}-{tags}.whl", release, sha256().hex


def sdist(release: str) -> _Row:
    return f"{release}.tar.gz", "", sha256().hex


def looked_at(*rows: _Row) -> list[str]:
    told = of_files("zz-a", "1.0", rows)
    assert told is not None
    assert told.count == len(rows)
    return list(told.filenames)


def test_files_that_are_spelled_as_their_entry_are_its_own() -> None:
    rows = wheel("zz_a-1.0"), wheel("zz_a-1.0", "cp311-cp311-win32"), sdist("zz_a-1.0")

    assert looked_at(*rows) == []


@pytest.mark.parametrize(
    "row",
    [
        sdist("zz-a-1.0"),
        sdist("zz_a-2.0"),
        wheel("Zz_A-1.0"),
        wheel("zz_a-1.0.0"),
        wheel("yy-1.0"),
    ],
    ids=lambda row: str(row[0]),
)
def test_any_other_file_is_looked_at_whatever_stands_beside_it(row: _Row) -> None:
    assert looked_at(wheel("zz_a-1.0"), row, sdist("zz_a-1.0")) == [row[0]]
