"""One test per way of writing a pnpm lock."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.javascript.pnpm import PnpmParser
from crawler.lockfiles.javascript.pnpm_keys import read_key
from crawler.model import Algorithm, Digest, Ecosystem, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "pnpm"
SHA512 = bytes(range(64)).hex()


def read(name: str) -> ParseResult:
    return PnpmParser().parse((DATA / f"{name}.pnpm-lock.yaml").read_bytes())


def said(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


def test_a_package_is_a_pin_with_its_digest_and_lines() -> None:
    result = read("plain")

    pin = result.pins[0]
    assert result.readable is Readable.FULLY
    assert (pin.ecosystem, pin.name, pin.version) == (Ecosystem.NPM, "zz-ghost-pkg", "1.0.0")
    assert pin.digests == (Digest(algorithm=Algorithm.SHA512, hex=SHA512),)
    assert (pin.url, pin.filename, pin.flags) == (None, None, ())
    assert pin.lines == LineSpan(first=16, last=18)


@pytest.mark.parametrize(
    ("name", "pins"),
    [
        (
            "plain",
            [
                ("zz-ghost-pkg", "1.0.0", "registry:"),
                ("@zz-scope/zz-other", "2.0.0-rc.1", "registry:"),
            ],
        ),
        (
            "version-5",
            [
                ("zz-ghost-pkg", "1.0.0", "registry:"),
                ("zz-ghost-pkg", "1.0.1", "registry:"),
                ("@zz-scope/zz-other", "2.0.0", "registry:"),
                ("zz-hosted", "1.1.0", "registry:registry.npm.example"),
            ],
        ),
        (
            "version-6",
            [
                ("zz-ghost-pkg", "1.0.0", "registry:"),
                ("@zz-scope/zz-other", "2.0.0", "registry:"),
            ],
        ),
        ("version-12", [("zz-ghost-pkg", "1.0.0", "registry:zz-registry")]),
        (
            "two-documents",
            [("zz-tool", "3.0.0", "registry:"), ("zz-ghost-pkg", "1.0.0", "registry:")],
        ),
    ],
)
def test_every_version_of_the_format_is_read_fully(
    name: str, pins: list[tuple[str, str, str]]
) -> None:
    result = read(name)

    assert result.readable is Readable.FULLY
    assert said(result) == pins


def test_every_kind_of_source_is_told_apart() -> None:
    result = read("sources")

    assert result.readable is Readable.FULLY
    assert said(result) == [
        ("zz-mirrored", "1.0.0", "registry:"),
        ("zz-archive", "1.2.3", "url:https://git.example/zz/archive/0123.tar.gz"),
        ("zz-checkout", "1.2.3", "git:https://git.example/zz.git#0123"),
        ("zz-local", None, "directory:../zz-local"),
        ("zz-packed", "1.0.0", "path:zz-packed-1.0.0.tgz"),
        ("zz-runtime", "22.0.0", "url:https://files.npm.example/zz-runtime-linux.tar.gz"),
        ("zz-runtime", "22.0.0", "url:https://files.npm.example/zz-runtime-win.zip"),
    ]


def test_a_tarball_gives_url_and_file_name_without_credentials() -> None:
    result = read("sources")

    mirrored, packed = result.pins[0], result.pins[4]
    assert mirrored.url == "https://mirror.example/zz-mirrored/-/zz-mirrored-1.0.0.tgz"
    assert mirrored.filename == "zz-mirrored-1.0.0.tgz"
    assert (packed.url, packed.filename) == (None, "zz-packed-1.0.0.tgz")
    assert "s3cret" not in repr(result)


def test_both_values_of_a_repeated_key_are_pins() -> None:
    result = read("repeated-key")

    assert result.readable is Readable.PARTLY
    assert [(pin.name, str(pin.digests[0].algorithm)) for pin in result.pins] == [
        ("zz-ghost-pkg", "sha512"),
        ("zz-hidden", "sha512"),
        ("zz-ghost-pkg", "sha1"),
    ]
    assert {pin.flags for pin in result.pins} == {("conflict",)}
    assert [skip.context for skip in result.skipped] == ["line 8", "line 11"]


def test_both_sides_of_a_merge_conflict_are_taken_as_pnpm_takes_them() -> None:
    result = read("conflict")

    assert (result.readable, result.refused) == (Readable.FULLY, None)
    assert [(pin.name, pin.version, pin.flags) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0", ()),
        ("zz-other", "2.0.0", ()),
        ("zz-ghost-pkg", "1.0.1", ()),
    ]


def test_a_release_without_integrity_is_flagged_and_noted() -> None:
    result = PnpmParser().parse(
        b"lockfileVersion: '9.0'\npackages:\n  zz@1.0.0:\n    resolution: {}\n"
    )

    assert result.pins[0].flags == ("no-hash",)
    assert result.skipped[0].context == "packages.zz@1.0.0.resolution.integrity"


@pytest.mark.parametrize("stated", ["sha512-AAAA", "sha999-AAAA", "sha1-====", "none"])
def test_an_integrity_that_is_none_is_noted_and_the_pin_kept(stated: str) -> None:
    lock = (
        f"lockfileVersion: '9.0'\npackages:\n  zz@1.0.0:\n    resolution: {{integrity: {stated}}}\n"
    )

    result = PnpmParser().parse(lock.encode())

    assert result.readable is Readable.PARTLY
    assert (result.pins[0].name, result.pins[0].digests) == ("zz", ())


def test_an_unknown_version_is_read_and_noted() -> None:
    result = PnpmParser().parse(b"lockfileVersion: '99.0'\npackages: {}\n")

    assert result.readable is Readable.PARTLY
    assert result.skipped[0].context == "lockfileVersion"


@pytest.mark.parametrize("version", ["9.0", "'99.0'", "+9.0", "0x9", "'v9.0'", "[9.0]", "null"])
def test_some_tool_takes_any_version_that_is_stated(version: str) -> None:
    lock = f"lockfileVersion: {version}\npackages: {{}}\n"

    assert PnpmParser().parse(lock.encode()).refused is None


def test_a_lock_without_a_version_is_refused() -> None:
    assert PnpmParser().parse(b"packages: {}\n").refused is not None


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029"])
def test_a_line_break_of_yaml_1_1_hides_no_pin_from_a_reader_of_yaml_1_2(odd: str) -> None:
    lock = (
        f"# a{odd}lockfileVersion: '9.0'{odd}packages: {{}}{odd}hidden: '\n"
        'lockfileVersion: "9.0"\npackages:\n  zz@1.0.0:\n    resolution: {directory: zz}\n'
        "#'\n"
    )

    result = PnpmParser().parse(lock.encode())

    assert (result.readable, result.refused) == (Readable.PARTLY, None)
    assert said(result) == [("zz", "1.0.0", "directory:zz")]


def test_a_key_of_more_than_a_kilobyte_is_read() -> None:
    key = "zz@1.0.0(" + "x" * 2000 + ")"
    lock = f"lockfileVersion: '9.0'\npackages:\n  ? {key}\n  : resolution: {{directory: zz}}\n"

    result = PnpmParser().parse(lock.encode())

    assert result.readable is Readable.FULLY
    assert said(result) == [("zz", "1.0.0", "directory:zz")]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("/zz/1.0.0", ("zz", "1.0.0", "")),
        ("/@s/zz/1.0.0_react@16.0.0", ("@s/zz", "1.0.0", "")),
        ("/zz/1.0.0/react@16.0.0", ("zz", "1.0.0", "")),
        ("/zz/1.0.0-rc.1+build", ("zz", "1.0.0-rc.1+build", "")),
        ("/zz@1.0.0(react@16.0.0)", ("zz", "1.0.0", "")),
        ("/@s/zz@1.0.0", ("@s/zz", "1.0.0", "")),
        ("registry.npm.example/@s/zz/1.0.0", ("@s/zz", "1.0.0", "registry.npm.example")),
        ("registry.npm.example/zz@1.0.0", ("zz", "1.0.0", "registry.npm.example")),
        ("zz@1.0.0(patch_hash=00)(react@16.0.0)", ("zz", "1.0.0", "")),
        ("@s/zz@work:1.0.0", ("@s/zz", "1.0.0", "work")),
        ("zz@https://git.example/zz.tgz", ("zz", None, "")),
        ("zz@file:../zz", ("zz", None, "")),
        ("file:projects/zz.tgz", (None, None, "")),
        ("file:.._react@18.0.0", (None, None, "")),
        ("git.example/user/repo/0123", (None, None, "git.example")),
        ("zz", (None, None, "")),
        ("", (None, None, "")),
    ],
)
def test_each_grammar_of_the_keys_is_told_by_its_shape(
    key: str, said: tuple[str | None, str | None, str]
) -> None:
    path = read_key(key)

    assert (path.name, path.version, path.registry) == said


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("pnpm-lock.yaml", True),
        ("api/pnpm-lock.main.yaml", True),
        ("pnpm-lock.yml", False),
        ("my-pnpm-lock.yaml", False),
        ("pnpm-workspace.yaml", False),
    ],
)
def test_only_the_names_that_pnpm_writes_are_wanted(path: str, *, wanted: bool) -> None:
    assert PnpmParser().wants(path) is wanted


@pytest.mark.parametrize("tarball", ["zz-evil/-/zz-evil-3.5.1.tgz", "/zz-evil/-/zz-evil-3.5.1.tgz"])
def test_a_tarball_below_the_registry_says_what_is_installed(tarball: str) -> None:
    lock = (
        f"lockfileVersion: '9.0'\npackages:\n  zz@1.0.0:\n    resolution: {{tarball: {tarball}}}\n"
    )

    result = PnpmParser().parse(lock.encode())

    assert [(pin.name, pin.version) for pin in result.pins] == [("zz-evil", "3.5.1")]
    assert "another release" in result.skipped[0].reason


def test_a_variant_that_names_no_file_is_said_and_hides_no_other() -> None:
    result = PnpmParser().parse(
        b"lockfileVersion: '9.0'\npackages:\n  node@runtime:22.0.0:\n    resolution:\n"
        b"      type: variations\n      variants:\n      - {targets: []}\n"
        b"      - {resolution: {type: binary, url: 'https://a.example/node.tar.gz'}}\n"
    )

    assert [pin.url for pin in result.pins] == ["https://a.example/node.tar.gz"]
    assert [skip.reason for skip in result.skipped] == ["missing, or too many"]
