"""One test per way of writing a poetry.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.poetry import PoetryParser
from crawler.model import LineSpan, ParseResult, Pin, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "poetry"
SHA256 = "sha256:d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
SDIST_SHA256 = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    return PoetryParser().parse((DATA / f"{name}.poetry.lock").read_bytes())


def lines(first: int, last: int) -> LineSpan:
    return LineSpan(first=first, last=last)


def brief(pin: Pin) -> tuple[str | None, str | None, str | None, list[str], LineSpan | None]:
    return pin.name, pin.version, pin.filename, [str(d) for d in pin.digests], pin.lines


@pytest.mark.parametrize("path", ["poetry.lock", "api/poetry.lock"])
def test_a_poetry_lock_is_wanted(path: str) -> None:
    assert PoetryParser().wants(path)


@pytest.mark.parametrize("path", ["Poetry.lock", "poetry.lock/a", "poetry.toml", "my-poetry.lock"])
def test_another_file_is_not_wanted(path: str) -> None:
    assert not PoetryParser().wants(path)


def test_each_file_of_a_package_is_a_pin_of_an_index_that_is_not_named() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [brief(pin) for pin in result.pins[:2]] == [
        ("zz-ghost-pkg", "1.0.0", FILE, [SHA256], lines(9, 9)),
        ("zz-ghost-pkg", "1.0.0", "zz_ghost_pkg-1.0.0.tar.gz", [SDIST_SHA256], lines(10, 10)),
    ]
    assert [(str(pin.origin), pin.url, pin.flags) for pin in result.pins[:2]] == [
        ("registry:", None, ()),
        ("registry:", None, ()),
    ]


def test_a_package_without_files_spans_its_block_up_to_the_tables_of_the_document() -> None:
    result = read("plain")

    assert (str(result.pins[2].origin), result.pins[2].lines) == (
        "directory:lib/here",
        lines(16, 24),
    )


def test_the_kinds_of_sources_are_told_apart() -> None:
    result = read("sources")

    assert [(pin.name, str(pin.origin), pin.filename) for pin in result.pins] == [
        ("zz-legacy", "registry:https://index.example/simple", "zz_legacy-1.0.0.tar.gz"),
        ("zz-ghost-pkg", f"url:{URL}", FILE),
        ("zz-vcs", "git:https://git.example/zz.git#" + "1" * 40, None),
        ("zz-file", "path:vendor/zz_file-1.0.0.tar.gz", "zz_file-1.0.0.tar.gz"),
        ("zz-directory", "directory:lib", None),
        ("zz-editable", "editable:.", None),
        ("zz-odd", "registry:https://index.example/", None),
    ]
    assert [skipped.context for skipped in result.skipped] == ["package[6].source.type"]


def test_credentials_of_a_source_never_reach_a_pin() -> None:
    result = read("sources")

    assert "s3cret" not in repr(result)


def test_a_file_of_a_url_source_comes_from_that_url_and_spans_both() -> None:
    result = read("sources")

    assert (result.pins[1].url, result.pins[1].lines) == (URL, lines(17, 22))


def test_a_url_source_without_files_is_a_pin_as_well() -> None:
    result = read("url-without-files")

    assert [(pin.url, pin.filename, pin.lines) for pin in result.pins] == [
        (URL, FILE, lines(1, 8)),
    ]


def test_old_files_below_metadata_go_to_the_version_they_state() -> None:
    result = read("metadata-files")

    assert result.readable is Readable.FULLY
    assert [brief(pin)[1:3] for pin in result.pins] == [
        ("1.0.0", FILE),
        ("1.0.0", "zz_ghost_pkg-3.0.0.tar.gz"),
        ("2.0.0", "zz_ghost_pkg-2.0.0.tar.gz"),
        ("2.0.0", "zz_ghost_pkg-3.0.0.tar.gz"),
    ]
    assert [pin.lines for pin in result.pins] == [
        lines(18, 18),
        lines(20, 20),
        lines(19, 19),
        lines(20, 20),
    ]


def test_the_oldest_hashes_name_no_file() -> None:
    result = read("metadata-hashes")

    assert result.readable is Readable.FULLY
    assert [brief(pin) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0", None, [SHA256], lines(10, 10)),
        ("zz-ghost-pkg", "1.0.0", None, [SDIST_SHA256], lines(10, 10)),
    ]


def test_other_spellings_of_toml_hide_nothing() -> None:
    result = read("spellings")

    assert result.readable is Readable.FULLY
    assert [brief(pin) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0", FILE, [SHA256], lines(5, 7)),
        ("zz-ghost-pkg", "1.0.0", "zz_ghost_pkg-1.0.0.tar.gz", [], lines(9, 11)),
    ]
    assert result.pins[1].flags == ("no-hash",)


def test_a_wheel_of_another_project_is_flagged() -> None:
    result = read("name-is-not-the-wheel")

    assert (result.pins[0].name, result.pins[0].flags) == ("zz-honest", ("name-differs",))


def test_an_unknown_version_is_read_and_said() -> None:
    result = read("future")

    assert result.readable is Readable.PARTLY
    assert [skipped.context for skipped in result.skipped] == ["metadata.lock-version"]
    assert len(result.pins) == 2


def test_a_bad_entry_is_skipped_with_its_path_and_the_rest_is_kept() -> None:
    result = read("bad-entries")

    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "package[0].version: expected str, got int",
        "package[0].files[1].file: neither file nor url",
        "package[0].files[1].hash: not a sha256 digest",
        "package[0].files[2]: expected table, got int",
    ]
    assert brief(result.pins[0])[:4] == ("zz-ghost-pkg", None, FILE, [SHA256])


def test_a_lock_broken_by_search_and_replace_still_names_its_files() -> None:
    result = read("broken-by-replace")

    assert result.readable is Readable.PARTLY
    assert [(pin.filename, pin.flags) for pin in result.pins] == [
        (FILE, ("recovered",)),
        ("zz_ghost_pkg-1.0.0.tar.gz", ("recovered",)),
    ]


def test_files_apart_are_not_given_to_the_last_package_of_a_broken_lock() -> None:
    result = read("broken-old-layout")

    assert [(pin.name, pin.filename, pin.flags) for pin in result.pins[:3]] == [
        ("zz-ghost-pkg", None, ("recovered",)),
        ("zz-ghost-pkg", None, ("recovered",)),
        (None, FILE, ("recovered",)),
    ]


def test_both_sides_of_a_conflict_are_read() -> None:
    result = read("conflict")

    assert [(pin.version, pin.flags) for pin in result.pins] == [
        ("1.0.0", ("conflict",)),
        ("1.0.0", ("conflict",)),
        ("1.0.1", ("conflict",)),
        ("1.0.1", ("conflict",)),
    ]


def test_a_document_of_something_else_is_not_readable() -> None:
    result = PoetryParser().parse(b"[tool]\nzz = 1\n")

    assert result.readable is Readable.NOT
    assert result.skipped[0].reason == "no poetry.lock: neither `metadata` nor `package`"


def test_one_list_under_very_many_packages_is_not_read_without_end() -> None:
    entries = "'x', " * 500
    packages = "[[package]]\nname = 'zz'\nversion = '1'\n" * 200
    lock = f"{packages}[metadata]\n[metadata.hashes]\nzz = [{entries}]\n"

    result = PoetryParser().parse(lock.encode())

    assert result.readable is Readable.PARTLY
    assert len(result.pins) < 52_000
