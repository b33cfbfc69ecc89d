from __future__ import annotations

from pathlib import Path

from crawler.lockfiles.others.mix import MixParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "mix"


def read(name: str) -> ParseResult:
    return MixParser().parse((DATA / f"{name}.mix.lock").read_bytes())


def test_every_source_is_read_and_the_name_is_the_real_one() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(pin.name, pin.version, str(pin.origin)) for pin in result.pins] == [
        ("zz_real", "1.0.0", "registry:hexpm"),
        ("zz_old", "0.1.0", "registry:"),
        ("zz_git", None, "git:https://git.example/zz.git#" + "1" * 40),
        ("zz_lines", "2.0.0", "registry:"),
    ]


def test_only_the_outer_checksum_is_that_of_the_file() -> None:
    result = read("plain")

    assert result.pins[0].digests == (Digest(algorithm=Algorithm.SHA256, hex="a" * 64),)


def test_an_entry_on_several_lines_spans_them() -> None:
    result = read("plain")

    assert result.pins[3].lines == LineSpan(first=5, last=8)


def test_a_bad_entry_is_skipped_and_the_rest_is_kept() -> None:
    result = read("bad")

    assert [pin.name for pin in result.pins] == ["zz_ghost"]
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "line 2: a source that is not known",
        "line 3: not a sha256 digest",
        "line 4: the map is not closed",
    ]


def test_nothing_is_evaluated_and_what_is_no_map_is_not_readable() -> None:
    result = MixParser().parse(b'File.rm_rf("/")\n')

    assert result.readable is Readable.NOT


def test_only_mix_lock_is_wanted() -> None:
    assert MixParser().wants("apps/zz/mix.lock")
    assert not MixParser().wants("mix.exs")
