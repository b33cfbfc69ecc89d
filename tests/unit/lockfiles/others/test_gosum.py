from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.gosum import GosumParser
from crawler.model import LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "gosum"


def read(name: str) -> ParseResult:
    return GosumParser().parse((DATA / f"{name}.go.sum").read_bytes())


def test_a_module_is_a_pin_and_a_lone_go_mod_is_none() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(pin.name, pin.version, pin.lines) for pin in result.pins] == [
        ("git.example/zz/ghost", "v1.0.0", LineSpan(first=1, last=1)),
        ("git.example/zz/ghost", "v2.0.0+incompatible", LineSpan(first=3, last=3)),
    ]


def test_a_hash_over_a_folder_is_no_digest_of_a_file() -> None:
    result = read("plain")

    assert result.pins[0].digests == ()


def test_a_bad_line_is_skipped_and_the_rest_is_kept() -> None:
    result = read("bad")

    assert [pin.name for pin in result.pins] == ["git.example/zz/ghost", "git.example/zz/three"]
    assert result.skipped == (Skipped(context="line 2", reason="not module, version and hash"),)


def test_a_line_that_is_not_utf_8_costs_only_itself() -> None:
    result = GosumParser().parse((DATA / "plain.go.sum").read_bytes() + b"\xff\n")

    assert len(result.pins) == 2
    assert result.skipped[0] == Skipped(
        context="line 5", reason="not UTF-8; unreadable bytes were replaced"
    )


@pytest.mark.parametrize(
    ("path", "wanted"), [("a/go.sum", True), ("go.work.sum", True), ("go.mod", False)]
)
def test_only_checksums_of_go_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert GosumParser().wants(path) is wanted
