"""One test per way of writing a Cargo.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.cargo import CargoParser
from crawler.model import Ecosystem, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "cargo"
SHA256 = "sha256:d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"


def read(name: str) -> ParseResult:
    return CargoParser().parse((DATA / f"{name}.Cargo.lock").read_bytes())


def lines(first: int, last: int) -> LineSpan:
    return LineSpan(first=first, last=last)


def test_only_the_name_that_cargo_writes_is_wanted() -> None:
    wanted = [
        path
        for path in ("Cargo.lock", "a/Cargo.lock", "Cargo.toml", "cargo.lock")
        if CargoParser().wants(path)
    ]

    assert wanted == ["Cargo.lock", "a/Cargo.lock"]


@pytest.mark.parametrize(("name", "span"), [("plain", lines(4, 12)), ("spellings", lines(4, 9))])
def test_every_spelling_of_a_crate_gives_the_same_pin(name: str, span: LineSpan) -> None:
    result = read(name)

    pin = result.pins[0]
    assert result.readable is Readable.FULLY
    assert (pin.ecosystem, pin.name, pin.version) == (Ecosystem.CARGO, "zz_ghost_crate", "1.0.0+zz")
    assert str(pin.origin) == "registry:https://index.example/crates"
    assert [str(digest) for digest in pin.digests] == [SHA256]
    assert (pin.url, pin.filename, pin.flags, pin.lines) == (None, None, (), span)


def test_a_package_without_source_lies_in_the_repository() -> None:
    result = read("plain")

    assert (result.pins[1].name, str(result.pins[1].origin)) == ("zz-local", "path:")
    assert result.pins[1].lines == lines(14, 16)


def test_the_kinds_of_sources_are_told_apart() -> None:
    result = read("sources")

    assert [(pin.name, str(pin.origin)) for pin in result.pins] == [
        ("zz-sparse", "registry:https://index.example/"),
        ("zz-git", "git:https://git.example/zz?branch=main#" + "1" * 40),
        ("zz-odd", "registry:https://index.example/"),
    ]
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "package[2].source: no source that is known",
        "package[2].checksum: not a sha256 digest",
    ]
    assert "s3cret" not in repr(result)


def test_the_checksums_of_version_1_stand_below_metadata() -> None:
    result = read("version-1")

    assert result.readable is Readable.FULLY
    assert [(pin.name, [str(d) for d in pin.digests], pin.flags) for pin in result.pins] == [
        ("zz-root", [], ()),
        ("zz-ghost-crate", [SHA256], ()),
        ("zz-git", [], ()),
    ]
    assert [pin.lines for pin in result.pins] == [lines(1, 6), lines(8, 11), lines(13, 16)]


def test_a_crate_of_a_registry_without_checksum_is_flagged() -> None:
    result = read("no-checksum")

    assert result.pins[0].flags == ("no-hash",)


def test_an_unknown_version_is_read_and_said() -> None:
    result = read("future")

    assert result.readable is Readable.PARTLY
    assert [str(digest) for digest in result.pins[0].digests] == [SHA256]


def test_a_lock_broken_by_search_and_replace_still_names_its_crates() -> None:
    result = read("broken-by-replace")

    pin = result.pins[0]
    assert result.readable is Readable.PARTLY
    assert (pin.ecosystem, pin.name, pin.flags) == (
        Ecosystem.CARGO,
        "zz_ghost_crate",
        ("recovered",),
    )
    assert str(pin.origin) == "registry:https://index.example/crates"
    assert [str(digest) for digest in pin.digests] == [SHA256]


def test_a_document_of_something_else_is_not_readable() -> None:
    result = CargoParser().parse(b"[dependencies]\nzz = '1'\n")

    assert result.readable is Readable.NOT
