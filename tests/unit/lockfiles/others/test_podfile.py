"""One test per way of writing a Podfile.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.podfile import PodfileParser
from crawler.model import Ecosystem, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "podfile"


def read(name: str) -> ParseResult:
    return PodfileParser().parse((DATA / f"{name}.Podfile.lock").read_bytes())


def test_a_pod_is_one_pin_whatever_parts_of_it_are_listed() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(pin.ecosystem, pin.name, pin.version, pin.lines) for pin in result.pins] == [
        (Ecosystem.COCOAPODS, "ZZGhost", "1.0.0", LineSpan(first=2, last=3)),
        (Ecosystem.COCOAPODS, "ZZOther", "2.10", LineSpan(first=5, last=5)),
    ]


def test_a_checksum_of_a_podspec_is_no_digest() -> None:
    result = read("plain")

    assert [pin.digests for pin in result.pins] == [(), ()]


def test_every_kind_of_source_is_told_apart() -> None:
    result = read("sources")

    assert result.readable is Readable.FULLY
    assert [(pin.name, str(pin.origin), pin.url) for pin in result.pins] == [
        ("ZZCloned", "git:https://git.example/zz.git#0123", None),
        ("ZZLocal", "directory:../zz-local", None),
        (
            "ZZPacked",
            "url:https://forge.example/zz-packed-1.0.0.zip",
            "https://forge.example/zz-packed-1.0.0.zip",
        ),
        ("ZZSpec", "path:../zz-spec/ZZSpec.podspec", None),
        ("ZZPrivate", "registry:https://git.example/zz-specs.git", None),
        ("ZZUnstated", "registry:", None),
    ]
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize("entry", ["[1]", "ZZ Bad (1.0) (2.0)", "{ZZ(: x}", '""'])
def test_an_entry_that_is_no_pod_hides_no_other(entry: str) -> None:
    result = PodfileParser().parse(f"PODS:\n  - {entry}\n  - ZZBystander (1.0)\n".encode())

    assert result.readable is Readable.PARTLY
    assert [pin.name for pin in result.pins] == ["ZZBystander"]
    assert [skip.context for skip in result.skipped] == ["PODS[0]"]


def test_only_podfile_lock_is_wanted() -> None:
    wanted = [PodfileParser().wants(path) for path in ("ios/Podfile.lock", "Podfile")]

    assert wanted == [True, False]
