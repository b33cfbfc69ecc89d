"""One test per version of deno.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.javascript.deno import DenoParser
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "deno"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
SHA512 = Digest(algorithm=Algorithm.SHA512, hex="ab" * 64)
MODULE = "https://modules.example/zz@1.0.0/mod.ts"


def read(name: str) -> ParseResult:
    return DenoParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_packages_of_both_registries_and_modules_are_read() -> None:
    result = read("plain.deno.lock")

    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert [pin.ecosystem for pin in result.pins] == [
        Ecosystem.NPM,
        Ecosystem.DENO,
        Ecosystem.DENO,
    ]
    assert stated(result) == [
        ("zz-ghost-js", "1.0.0", "registry:"),
        ("@zz/std", "1.0.1", "registry:"),
        (None, None, f"url:{MODULE}"),
    ]
    assert result.pins[0].digests == (SHA512,)


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("plain.deno.lock", LineSpan(first=18, last=18)),
        ("version-1.deno.lock", LineSpan(first=2, last=2)),
    ],
)
def test_a_module_has_its_url_digest_and_line(name: str, span: LineSpan) -> None:
    result = read(name)

    pin = result.pins[-1]
    assert (pin.url, pin.filename, pin.lines) == (MODULE, "mod.ts", span)
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)


@pytest.mark.parametrize("name", ["version-2.deno.lock", "version-3.deno.lock"])
def test_packages_of_older_versions_are_found_deeper(name: str) -> None:
    result = read(name)

    assert result.readable is Readable.FULLY
    assert stated(result)[0] == ("zz-ghost-js", "1.0.0", "registry:")


def test_a_tarball_of_another_host_is_the_url() -> None:
    result = read("tarball.deno.lock")

    assert stated(result) == [("@zz/ghost", "1.0.0", "registry:")]
    assert result.pins[0].url == "https://mirror.example/zz-ghost-1.0.0.tgz"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("deno.lock", True),
        ("a/deno.lock", True),
        ("deno.json", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert DenoParser().wants(path) is wanted
