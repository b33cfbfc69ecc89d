"""One test per way of writing a pubspec.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.others.pubspec import PubspecParser
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "pubspec"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"


def read(name: str) -> ParseResult:
    return PubspecParser().parse((DATA / f"{name}.pubspec.lock").read_bytes())


def test_a_hosted_package_is_a_pin_with_its_digest() -> None:
    result = read("plain")

    pin = result.pins[0]
    assert result.readable is Readable.FULLY
    assert (pin.ecosystem, pin.name, pin.version) == (Ecosystem.PUB, "zz_ghost_pkg", "1.0.0")
    assert (str(pin.origin), pin.url) == ("registry:https://pub.example", None)
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)
    assert pin.lines == LineSpan(first=3, last=10)


def test_a_lock_from_before_digests_is_not_flagged() -> None:
    result = read("plain")

    assert (result.pins[1].version, result.pins[1].flags) == ("2.10", ())


def test_every_kind_of_source_is_told_apart() -> None:
    result = read("sources")

    assert result.readable is Readable.FULLY
    assert [(pin.name, str(pin.origin)) for pin in result.pins] == [
        ("zz_real", "registry:https://pub.example"),
        ("zz_cloned", "git:https://git.example/zz.git#0123"),
        ("zz_local", "directory:../zz_local"),
        ("zz_sdk", "virtual:flutter"),
    ]
    assert "s3cret" not in repr(result)


@pytest.mark.parametrize(
    ("entry", "context"),
    [
        ("  zz:\n    source: other\n", "packages.zz.source"),
        ("  zz: 3\n", "packages.zz"),
        (
            "  zz:\n    source: hosted\n    description: {sha256: x}\n",
            "packages.zz.description.sha256",
        ),
    ],
)
def test_an_entry_that_cannot_be_read_hides_no_other(entry: str, context: str) -> None:
    other = "  zz_bystander:\n    source: sdk\n    description: dart\n"

    result = PubspecParser().parse(f"packages:\n{entry}{other}".encode())

    assert result.readable is Readable.PARTLY
    assert result.pins[-1].name == "zz_bystander"
    assert [skip.context for skip in result.skipped] == [context]


def test_only_pubspec_lock_is_wanted() -> None:
    wanted = [PubspecParser().wants(path) for path in ("a/pubspec.lock", "pubspec.yaml")]

    assert wanted == [True, False]
