from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.gemfile import GemfileParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "gemfile"


def read(name: str) -> ParseResult:
    return GemfileParser().parse((DATA / f"{name}.Gemfile.lock").read_bytes())


def test_each_section_says_where_its_gems_come_from() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(pin.name, pin.version, str(pin.origin)) for pin in result.pins] == [
        ("zz-git", "0.1.0", "git:https://git.example/zz.git#" + "1" * 40),
        ("zz-path", "1.0", "directory:vendor/zz"),
        ("zz-ghost", "1.0.0", "registry:https://gems.index.example/"),
        ("zz-ghost", "1.0.0", "registry:https://gems.index.example/"),
        ("zz-two", "2.0", "registry:https://gems.index.example/"),
    ]
    assert "s3cret" not in repr(result)


def test_each_platform_has_its_own_checksum() -> None:
    result = read("plain")

    assert [pin.digests for pin in result.pins[2:4]] == [
        (Digest(algorithm=Algorithm.SHA256, hex="a" * 64),),
        (Digest(algorithm=Algorithm.SHA256, hex="b" * 64),),
    ]


def test_a_gem_without_checksum_among_others_is_flagged() -> None:
    result = read("plain")

    assert [pin.flags for pin in result.pins] == [(), (), (), (), ("no-hash",)]


def test_a_gem_spans_its_dependencies() -> None:
    result = read("plain")

    assert result.pins[2].lines == LineSpan(first=17, last=19)


def test_a_bad_line_is_skipped_and_the_rest_is_kept() -> None:
    result = read("bad")

    assert [(pin.name, pin.version) for pin in result.pins] == [
        ("zz-no-version", None),
        ("zz-ghost", "1.0.0"),
    ]
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "line 1: outside of every section",
        "line 5: a gem without version",
        "line 7: not a gem",
        "line 9: not a sha256 digest",
        "line 10: not a checksum",
    ]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Gemfile.lock", True),
        ("gems.locked", True),
        ("gemfiles/rails.gemfile.lock", True),
        ("Gemfile", False),
        ("rails.lock", False),
    ],
)
def test_only_locks_of_bundler_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert GemfileParser().wants(path) is wanted
