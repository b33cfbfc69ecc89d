"""One test per way of writing a composer.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.composer import ComposerParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "composer"


def read(name: str) -> ParseResult:
    return ComposerParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_a_package_gives_its_archive() -> None:
    result = read("plain.composer.lock")

    (pin,) = result.pins
    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert stated(result) == [("zz/ghost", "v1.0.0", "registry:")]
    assert (pin.url, pin.filename) == ("https://mirror.example/zz/ghost/1.0.0.zip", "1.0.0.zip")
    assert (pin.flags, pin.lines) == (("no-hash",), LineSpan(first=4, last=18))


def test_checkouts_paths_and_packages_for_development_are_read() -> None:
    result = read("kinds.composer.lock")

    assert result.readable is Readable.FULLY
    assert stated(result) == [
        ("zz/sha1", "1.0.0", "registry:"),
        ("zz/checkout", "dev-main", "git:https://git.example/zz.git#" + "1" * 40),
        ("zz/path", "dev-main", "directory:packages/zz"),
        ("zz/meta", "1.0.0", "registry:"),
        ("zz/dev", "2.0.0", "registry:"),
    ]
    assert result.pins[0].digests == (Digest(algorithm=Algorithm.SHA1, hex="0" * 40),)


def test_both_archives_of_a_package_that_states_two_are_read() -> None:
    data = b'{"packages": [{"name": "zz/a", "dist": {"url": "https://a.example/1.zip", "url": "https://a.example/2.zip"}}]}'

    result = ComposerParser().parse(data)

    assert [pin.filename for pin in result.pins] == ["1.zip", "2.zip"]
    assert result.skipped == (
        Skipped(context="url", reason="written twice; both values were read"),
    )


def test_a_bad_entry_is_skipped_and_the_rest_is_kept() -> None:
    data = b'{"packages": [5, {"name": "zz/a", "dist": {"url": 7, "shasum": "x"}}, {}]}'

    result = ComposerParser().parse(data)

    assert [pin.name for pin in result.pins] == ["zz/a", None]
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "packages[0]: expected table",
        "packages[1].dist.url: expected str, got int",
        "packages[1].dist.shasum: not a sha1 digest",
        "packages[2].name: missing",
    ]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("composer.lock", True),
        ("api/composer.lock", True),
        ("composer.json", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert ComposerParser().wants(path) is wanted
