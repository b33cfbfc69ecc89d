"""One test per way of writing a bun.lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.javascript.bun import BunParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "bun"
SHA512 = Digest(algorithm=Algorithm.SHA512, hex="ab" * 64)


def read(name: str) -> ParseResult:
    return BunParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_a_package_of_the_configured_registry_has_no_url() -> None:
    result = read("plain.bun.lock")

    (pin,) = result.pins
    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert stated(result) == [("zz-ghost-js", "1.0.0", "registry:")]
    assert (pin.url, pin.digests, pin.lines) == (None, (SHA512,), LineSpan(first=12, last=12))


def test_arrays_of_every_length_are_read_among_comments_and_commas() -> None:
    result = read("kinds.bun.lock")

    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert stated(result) == [
        ("zz-mirror", "1.0.0", "registry:https://mirror.example/zz-mirror-1.0.0.tgz"),
        ("@zz/real", "2.0.0", "registry:"),
        ("zz-inner", "3.0.0", "registry:"),
        ("zz-git", None, "git:git+https://git.example/zz.git#1111111"),
        ("zz-github", None, "git:github:zz/zz#abcdef0"),
        ("zz-tarball", None, "url:https://files.index.example/zz-tarball.tgz"),
        ("zz-file", None, "path:vendor/zz-file.tgz"),
        ("zz-folder", None, "directory:../zz-folder"),
        ("zz-link", None, "directory:zz-link"),
        ("zz-member", None, "workspace:packages/zz-member"),
    ]


@pytest.mark.parametrize(
    ("key", "origin"),
    [
        ("zz-outer/zz-inner", "bundled:zz-outer"),
        ("@zz/outer/@zz/inner", "bundled:@zz/outer"),
        ("zz-outer/zz-alias", "bundled:zz-outer"),
        ("zz-inner", "registry:"),
        ("@zz/inner", "registry:"),
    ],
)
def test_what_is_bundled_below_another_package_comes_in_its_archive(key: str, origin: str) -> None:
    lock = f'{{"lockfileVersion": 1, "packages": {{"{key}": ["zz@1.0.0", "", {{"bundled": true}}, ""]}}}}'

    (pin,) = BunParser().parse(lock.encode()).pins

    assert (pin.version, str(pin.origin)) == ("1.0.0", origin)


def test_a_url_in_place_of_the_registry_is_what_is_fetched() -> None:
    result = read("kinds.bun.lock")

    pin = result.pins[0]
    assert pin.url == "https://mirror.example/zz-mirror-1.0.0.tgz"
    assert (pin.filename, pin.digests) == ("zz-mirror-1.0.0.tgz", (SHA512,))


def test_keys_written_twice_where_nobody_looks_for_pins_do_not_matter() -> None:
    data = b'{"lockfileVersion": 1, "workspaces": {"a": 1, "a": 2}, "packages": {}}'

    result = BunParser().parse(data)

    assert result.readable is Readable.FULLY


def test_a_bad_entry_is_skipped_and_the_rest_is_kept() -> None:
    data = b'{"packages": {"a": [], "b": 5, "c": ["c@1.0.0", 7, {}, "sha512-!"], "d": ["d@1.0.0", ""]}}'

    result = BunParser().parse(data)

    assert [pin.name for pin in result.pins] == ["c", "d"]
    assert result.skipped == (
        Skipped(context="packages.a", reason="expected array that begins with name@version"),
        Skipped(context="packages.b", reason="expected array that begins with name@version"),
        Skipped(context="packages.c.[3]", reason="not an integrity string"),
        Skipped(context="packages.c.[1]", reason="expected registry or URL"),
    )


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("bun.lock", True),
        ("web/bun.lock", True),
        ("bun.lockb", False),
        ("my-bun.lock", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert BunParser().wants(path) is wanted
