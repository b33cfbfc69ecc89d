"""One test per way of writing a pdm.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.pdm import PdmParser
from crawler.model import LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "pdm"
SHA256 = "sha256:d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    return PdmParser().parse((DATA / f"{name}.pdm.lock").read_bytes())


def lines(first: int, last: int) -> LineSpan:
    return LineSpan(first=first, last=last)


@pytest.mark.parametrize("path", ["pdm.lock", "api/pdm.lock", "pdm.no_groups.lock"])
def test_a_pdm_lock_is_wanted(path: str) -> None:
    assert PdmParser().wants(path)


@pytest.mark.parametrize("path", ["pdm.toml", "pdm..lock", "apdm.lock", "pdm.lock/a", "pdm/a.lock"])
def test_another_file_is_not_wanted(path: str) -> None:
    assert not PdmParser().wants(path)


def test_files_are_pins_of_an_index_that_is_not_named() -> None:
    result = read("plain")

    pin = result.pins[0]
    assert result.readable is Readable.FULLY
    assert (pin.name, pin.version, str(pin.origin)) == ("zz-ghost-pkg", "1.0.0", "registry:")
    assert (pin.url, pin.filename, [str(d) for d in pin.digests]) == (None, FILE, [SHA256])
    assert (pin.flags, pin.lines) == ((), lines(16, 16))


def test_a_package_with_extras_and_no_files_is_a_pin_without_file() -> None:
    result = read("plain")

    assert (result.pins[2].filename, result.pins[2].lines) == (None, lines(20, 26))


def test_static_urls_are_kept_and_their_credentials_are_not() -> None:
    result = read("static-urls")

    assert [(pin.url, pin.filename) for pin in result.pins] == [
        (URL, FILE),
        ("https://mirror.example/zz_ghost_pkg-1.0.0.tar.gz", "zz_ghost_pkg-1.0.0.tar.gz"),
    ]
    assert [pin.lines for pin in result.pins] == [lines(16, 16), lines(17, 17)]
    assert "s3cret" not in repr(result)


def test_the_kinds_of_sources_are_told_apart() -> None:
    result = read("sources")

    assert result.readable is Readable.FULLY
    assert [(pin.name, str(pin.origin), pin.filename) for pin in result.pins] == [
        ("zz-vcs", "git:https://git.example/zz.git#" + "1" * 40, None),
        ("zz-ghost-pkg", f"url:{URL}", FILE),
        ("zz-file", "path:./vendor/zz_file-1.0.0.tar.gz", "zz_file-1.0.0.tar.gz"),
        ("zz-directory", "directory:./lib", None),
        ("zz-editable", "editable:.", None),
    ]
    assert (result.pins[1].url, result.pins[1].lines) == (URL, lines(16, 22))


def test_a_url_without_files_is_a_pin_as_well() -> None:
    result = read("url-without-files")

    assert [(pin.url, pin.filename, pin.lines) for pin in result.pins] == [
        (URL, FILE, lines(9, 12))
    ]


def test_old_files_below_metadata_belong_to_name_and_version() -> None:
    result = read("metadata-files")

    assert result.readable is Readable.FULLY
    assert [(pin.name, pin.version, pin.filename, pin.lines) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0", FILE, lines(16, 16)),
        ("zz-static", "2.0", "zz_static-2.0.tar.gz", lines(19, 19)),
    ]
    assert result.pins[1].url == "https://files.index.example/zz_static-2.0.tar.gz"


def test_a_file_without_hash_is_flagged() -> None:
    result = read("no-hash")

    assert [(pin.filename, pin.flags) for pin in result.pins] == [(FILE, ("no-hash",))]


def test_a_higher_version_is_read_as_pdm_reads_it() -> None:
    result = read("future")

    assert (result.readable, result.refused) == (Readable.FULLY, None)
    assert len(result.pins) == 2


def test_a_lock_broken_by_search_and_replace_still_names_its_files() -> None:
    result = read("broken-by-replace")

    assert result.readable is Readable.PARTLY
    assert [(pin.filename, pin.flags) for pin in result.pins] == [
        (FILE, ("recovered",)),
        ("zz_ghost_pkg-1.0.0.tar.gz", ("recovered",)),
    ]


def test_a_document_of_something_else_is_not_readable() -> None:
    result = PdmParser().parse(b"[tool]\nzz = 1\n")

    assert result.readable is Readable.NOT
