"""One test per version of Package.resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.spm import SpmParser
from crawler.model import LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "spm"


def read(name: str) -> ParseResult:
    return SpmParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_a_pin_is_a_repository_at_a_revision_unless_its_kind_says_otherwise() -> None:
    result = read("plain.Package.resolved")

    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert stated(result) == [
        ("git.example/zz/ghost", "1.0.0", "git:https://git.example/zz/ghost.git#" + "1" * 40),
        ("zz.registry", "2.0.0", "registry:"),
        ("zz-branch", None, "directory:/srv/zz"),
    ]
    assert result.pins[0].lines == LineSpan(first=4, last=12)


def test_version_1_has_its_pins_inside_an_object() -> None:
    result = read("version-1.Package.resolved")

    assert result.readable is Readable.FULLY
    assert stated(result) == [
        ("git.example/zz/ghost", "1.0.0", "git:https://git.example/zz/ghost.git#" + "1" * 40)
    ]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("Package.resolved", True),
        ("App.xcodeproj/project.xcworkspace/xcshareddata/swiftpm/Package.resolved", True),
        ("Package.swift", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert SpmParser().wants(path) is wanted
