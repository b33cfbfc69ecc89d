"""One test per way of writing a lock of npm."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.javascript.npm import NpmParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "npm"
URL = "https://registry.npm.example/zz-ghost-js/-/zz-ghost-js-1.0.0.tgz"
SHA512 = Digest(algorithm=Algorithm.SHA512, hex="ab" * 64)


def read(name: str) -> ParseResult:
    return NpmParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


@pytest.mark.parametrize("name", ["plain.package-lock.json", "escaped.package-lock.json"])
def test_a_package_gives_its_tarball_and_digest(name: str) -> None:
    result = read(name)

    (pin,) = result.pins
    assert (result.readable, result.skipped) == (Readable.FULLY, ())
    assert (pin.name, pin.version, str(pin.origin)) == ("zz-ghost-js", "1.0.0", "registry:")
    assert (pin.url, pin.filename, pin.digests) == (URL, "zz-ghost-js-1.0.0.tgz", (SHA512,))
    assert (pin.flags, pin.lines) == ((), LineSpan(first=14, last=18))


def test_a_byte_order_mark_and_crlf_change_nothing() -> None:
    data = (DATA / "plain.package-lock.json").read_bytes().replace(b"\n", b"\r\n")

    result = NpmParser().parse(b"\xef\xbb\xbf" + data)

    assert result == read("plain.package-lock.json")


def test_an_entry_of_an_empty_url_is_asked_of_the_registry() -> None:
    text = '{"lockfileVersion": 3, "packages": {"node_modules/zz": {"version": "1.0.0", "resolved": ""}}}'

    assert stated(NpmParser().parse(text.encode())) == [("zz", "1.0.0", "registry:")]


def test_utf_16_is_not_readable() -> None:
    data = (DATA / "plain.package-lock.json").read_text().encode("utf-16")

    result = NpmParser().parse(data)

    assert result.readable is Readable.NOT
    assert "UTF-16" in result.skipped[0].reason


def test_version_1_nests_and_has_locations_for_versions() -> None:
    result = read("version-1.package-lock.json")

    assert result.readable is Readable.FULLY
    assert stated(result) == [
        ("zz-outer", "2.0.0", "registry:"),
        ("zz-ghost-js", "1.0.0", "registry:"),
        ("@zz/real", "3.0.0", "registry:"),
        ("zz-url", None, "url:https://files.index.example/zz-url.tgz"),
        ("zz-git", None, "git:git+ssh://git.example/zz/git.git#" + "1" * 40),
        ("zz-file", None, "path:vendor/zz-file-1.0.0.tgz"),
        ("zz-folder", None, "directory:../zz-folder"),
        ("zz-bundled", "4.0.0", "registry:"),
    ]
    assert result.pins[1].lines == LineSpan(first=13, last=17)


def test_what_only_the_other_section_states_is_read_too() -> None:
    result = read("sections-differ.package-lock.json")

    assert stated(result) == [
        ("zz-ghost-js", "1.0.0", "registry:"),
        ("zz-hidden", "9.9.9", "registry:"),
    ]
    assert result.pins[1].flags == ("no-hash",)


def test_aliases_links_bundles_and_checkouts_are_told_apart() -> None:
    result = read("kinds.package-lock.json")

    assert result.readable is Readable.FULLY
    assert stated(result) == [
        ("zz-member", None, "workspace:packages/zz-member"),
        ("@zz/real", "2.0.0", "registry:"),
        ("@zz/inner", "3.0.0", "bundled:node_modules/zz-outer"),
        ("zz-git", "4.0.0", "git:git+https://git.example/zz.git#" + "1" * 40),
        ("zz-file", "5.0.0", "path:vendor/zz-file-5.0.0.tgz"),
        ("zz-sha1", "6.0.0", "registry:"),
    ]
    assert result.pins[5].digests == (Digest(algorithm=Algorithm.SHA1, hex="0" * 40),)
    assert "s3cret" not in repr(result)


def test_of_a_key_that_is_written_twice_the_last_value_counts_as_for_npm() -> None:
    result = read("duplicate-key.package-lock.json")

    assert (result.readable, result.refused) == (Readable.FULLY, None)
    assert [(pin.name, pin.version) for pin in result.pins] == [("zz-last", "3.0.0")]


def test_a_merge_conflict_is_read_as_npm_merges_it() -> None:
    result = read("conflict.package-lock.json")

    assert (result.readable, result.refused) == (Readable.FULLY, None)
    assert [(pin.name, pin.version, pin.flags) for pin in result.pins] == [
        ("zz-ghost-js", "1.0.0", ()),
        ("zz-both", "2.0.0", ()),
    ]


def test_a_broken_lock_is_read_as_text() -> None:
    result = read("broken.package-lock.json")

    (pin,) = result.pins
    assert result.readable is Readable.PARTLY
    assert result.skipped == (Skipped(context="line 5", reason="Expecting value"),)
    assert (pin.name, pin.version, pin.url) == ("zz-ghost-js", "1.0.0", URL)
    assert (pin.digests, pin.flags) == ((SHA512,), ("recovered",))
    assert pin.lines == LineSpan(first=14, last=18)


def test_an_integrity_that_is_none_is_skipped_and_the_pin_kept() -> None:
    data = b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"integrity": "sha512-AA=="}}}'

    result = NpmParser().parse(data)

    assert [pin.name for pin in result.pins] == ["a"]
    assert result.skipped == (
        Skipped(context="packages.node_modules/a.integrity", reason="not a sha512 digest"),
    )


@pytest.mark.parametrize("version", ["4", "99", "0", '"3"', "null"])
def test_npm_takes_every_version_of_the_format(version: str) -> None:
    data = b'{"lockfileVersion": %s, "packages": {"node_modules/a": {"version": "1.0.0"}}}'

    result = NpmParser().parse(data % version.encode())

    assert stated(result) == [("a", "1.0.0", "registry:")]
    assert (result.readable, result.refused) == (Readable.FULLY, None)


def test_a_lone_surrogate_does_not_reach_a_pin() -> None:
    data = b'{"lockfileVersion": 3, "packages": {"node_modules/a\\ud800": {"version": "1"}}}'

    result = NpmParser().parse(data)

    assert [pin.name for pin in result.pins] == ["a\ufffd"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("package-lock.json", True),
        ("a/npm-shrinkwrap.json", True),
        ("node_modules/.package-lock.json", True),
        ("package-lock.json/x", False),
        ("my-package-lock.json", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert NpmParser().wants(path) is wanted


_LOCK = (
    '{"lockfileVersion": 3, "packages": {"node_modules/zz-ghost": {"version": "1.0.0",'
    ' "resolved": "https://registry.npm.example/zz-ghost/-/zz-ghost-1.0.0.tgz"}}}'
)


@pytest.mark.parametrize(
    "text",
    [
        f"{_LOCK}\n}}}} ]] garbage\n",
        f"{_LOCK}\0",
        f"// a comment\n{_LOCK}",
        _LOCK.replace("}}}", "},},}"),
        _LOCK.replace("zz-ghost", r"z\x7a-ghost"),
        _LOCK.replace("1.0.0", r"1.0\u{2e}0"),
        _LOCK.replace('"version"', "'version'"),
    ],
)
def test_what_only_bun_takes_for_json_is_read_and_not_refused(text: str) -> None:
    result = NpmParser().parse(text.encode())

    assert {(pin.name, pin.filename) for pin in result.pins} >= {("zz-ghost", "zz-ghost-1.0.0.tgz")}
    assert (result.readable, result.refused) == (Readable.PARTLY, None)


@pytest.mark.parametrize("text", [_LOCK[:90], f"[{_LOCK}]", f"}}{_LOCK}"])
def test_what_neither_npm_nor_bun_takes_is_refused(text: str) -> None:
    assert NpmParser().parse(text.encode()).refused is not None
