"""One test per way of writing a packages.lock.json."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.nuget import NugetParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "nuget"


def read(name: str) -> ParseResult:
    return NugetParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_a_package_gives_its_content_hash_and_a_project_is_no_package() -> None:
    result = read("plain.packages.lock.json")

    pin = result.pins[0]
    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert stated(result) == [
        ("zz.ghost", "1.0.0", "registry:"),
        ("zz.project", None, "workspace:"),
    ]
    assert pin.digests == (Digest(algorithm=Algorithm.SHA512, hex="ab" * 64),)
    assert (pin.url, pin.lines) == (None, LineSpan(first=5, last=10))


def test_a_bad_hash_is_skipped_and_the_pin_kept() -> None:
    data = b'{"version": 3, "dependencies": {"net8.0": {"Zz": {"resolved": "1.0.0", "contentHash": "!"}}}}'

    result = NugetParser().parse(data)

    assert stated(result) == [("zz", "1.0.0", "registry:")]
    assert result.skipped == (
        Skipped(
            context="document.version", reason="unknown version of the format, read as version 2"
        ),
        Skipped(context="dependencies.net8.0.Zz.contentHash", reason="not an integrity string"),
    )


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("packages.lock.json", True),
        ("a/packages.web.lock.json", True),
        ("packages.json", False),
        ("lock.json", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert NugetParser().wants(path) is wanted
