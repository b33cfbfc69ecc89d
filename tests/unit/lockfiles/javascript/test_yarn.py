"""yarn.lock of yarn 1 and of berry."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.javascript.yarn import YarnParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "yarn"
ZERO_512 = Digest(algorithm=Algorithm.SHA512, hex="0" * 128)


def read(name: str) -> ParseResult:
    return YarnParser().parse((DATA / f"{name}.yarn.lock").read_bytes())


def sources(result: ParseResult) -> list[tuple[str | None, str | None, str, str | None]]:
    return [(pin.name, pin.version, str(pin.origin), pin.url) for pin in result.pins]


def test_an_entry_has_its_url_and_both_hashes() -> None:
    result = read("plain")

    pin = result.pins[0]
    assert result.readable is Readable.FULLY
    assert (pin.name, pin.version, str(pin.origin)) == ("@zz/ghost", "1.0.0", "registry:")
    assert pin.url == "https://registry.npm.example/@zz/ghost/-/ghost-1.0.0.tgz#" + "0123456789" * 4
    assert pin.filename == "ghost-1.0.0.tgz"
    assert pin.digests == (Digest(algorithm=Algorithm.SHA1, hex="0123456789" * 4), ZERO_512)
    assert pin.lines == LineSpan(first=5, last=11)


def test_the_real_name_of_an_alias_is_pinned() -> None:
    result = read("plain")

    assert (result.pins[1].name, result.pins[1].flags) == ("zz-real", ())


@pytest.mark.parametrize(
    "patterns",
    ['"zz-alias@npm:zz-real@^1.0", zz-real@^1.0', 'zz-real@^1.0, "zz-alias@npm:zz-real@^1.0"'],
)
def test_an_alias_that_yarn_gives_its_name_to_the_real_one_is_not_pinned(patterns: str) -> None:
    url = "https://registry.npm.example/zz-real/-/zz-real-1.0.0.tgz"
    text = f'{patterns}:\n  name zz-alias\n  version "1.0.0"\n  resolved "{url}#{"ab" * 20}"\n'

    result = YarnParser().parse(text.encode())

    assert [(pin.name, pin.flags) for pin in result.pins] == [("zz-real", ())]


def test_quoted_keys_are_read_and_credentials_are_not_kept() -> None:
    result = read("plain")

    pin = result.pins[2]
    assert (pin.name, pin.version) == ("zz-two", "2.0.0")
    assert pin.url == "https://mirror.example/zz-two/-/zz-two-2.0.0.tgz"
    assert pin.digests == (ZERO_512,)


def test_every_kind_of_source_of_yarn_1_is_told_apart() -> None:
    result = read("kinds")

    tarball = "https://forge.example/zz/hosted/tar.gz/" + "1" * 40
    url = "https://files.index.example/zz-url.tgz#" + "ab" * 20
    assert sources(result) == [
        ("zz-git", "1.0.0", "git:git+https://git.example/zz.git#" + "1" * 40, None),
        ("zz-hosted", "1.0.0", f"url:{tarball}", tarball),
        ("zz-commit", "1.0.0", "git:https://forge.example/zz/commit#" + "1" * 40, None),
        ("zz-url", "1.0.0", f"url:{url}", url),
        ("zz-file", "1.0.0", "path:./vendor/zz-file-1.0.0.tgz", None),
        ("zz-folder", "0.0.0", "directory:packages/a", None),
        ("zz-link", "0.0.0", "directory:./b", None),
    ]


def test_a_tarball_of_another_package_and_a_missing_hash_are_flagged() -> None:
    result = read("odd")

    assert result.pins[0].flags == ("no-hash", "name-differs")


def test_a_bad_hash_is_skipped_and_the_good_one_kept() -> None:
    result = read("odd")

    assert result.pins[1].digests == (ZERO_512,)


def test_what_has_no_place_in_the_layout_is_said_and_the_rest_is_kept() -> None:
    result = read("odd")

    assert [(pin.name, pin.version) for pin in result.pins] == [
        ("zz-other", "1.0.0"),
        ("zz-bad", "1.0.0"),
        ("zz-twice", "2.0.0"),
        ("zz-nothing", None),
    ]
    assert sorted(f"{skipped.context}: {skipped.reason}" for skipped in result.skipped) == [
        "line 16: not an entry",
        "line 17: an entry without version",
        "line 18: not a property of an entry",
        "line 19: not a property of an entry",
        "line 7: not an integrity string",
        "line 7: unknown digest algorithm",
    ]


def test_a_merge_conflict_is_read_as_yarn_1_merges_it_theirs_before_ours() -> None:
    result = read("conflict")

    assert (result.readable, result.refused) == (Readable.FULLY, None)
    assert [(pin.name, pin.version, pin.flags) for pin in result.pins] == [
        ("zz-a", "1.0.0", ()),
        ("zz-ghost", "1.0.1", ()),
    ]


def test_every_kind_of_source_of_berry_is_told_apart() -> None:
    result = read("berry")

    real = "https://mirror.example/zz-real/-/zz-real-2.0.0.tgz"
    url = "https://files.index.example/zz-url.tgz"
    assert result.readable is Readable.FULLY
    assert sources(result) == [
        ("@zz/ghost", "1.0.0", "registry:", None),
        ("zz-real", "2.0.0", "registry:", real),
        ("zz-patched", "3.0.0", "registry:", None),
        ("zz-git", "1.0.0", "git:https://git.example/zz.git#commit=" + "1" * 40, None),
        ("zz-url", "1.0.0", f"url:{url}", url),
        ("zz-file", "1.0.0", "path:./zz-file.tgz", None),
        ("zz-long", "1.1.0", "registry:", None),
        ("zz", "0.0.0-use.local", "workspace:.", None),
    ]


def test_the_checksum_of_a_zip_of_berry_is_no_digest_and_its_absence_no_flag() -> None:
    result = read("berry")

    assert {(pin.digests, pin.flags) for pin in result.pins} == {((), ())}


def test_every_version_is_taken_and_an_unknown_protocol_is_read_and_never_clean() -> None:
    result = read("future-berry")

    assert sources(result) == [
        ("zz-ghost", "1.0.0", "url:newproto:1.0.0", "newproto:1.0.0"),
    ]
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "line 4: a protocol that is not known",
    ]


@pytest.mark.parametrize(("path", "wanted"), [("web/yarn.lock", True), (".yarnrc.yml", False)])
def test_only_yarn_lock_is_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert YarnParser().wants(path) is wanted


def test_of_a_property_that_is_written_twice_the_last_counts_as_for_yarn() -> None:
    text = (
        "zz-ghost@^1:\n"
        '  version "1.0.0"\n'
        '  resolved "https://registry.npm.example/zz-ghost/-/zz-ghost-1.0.0.tgz"\n'
        '  resolved "https://mirror.example/zz-ghost-1.0.0.tgz"\n'
        f'  integrity "sha512-{"A" * 86}=="\n'
    )

    result = YarnParser().parse(text.encode())

    assert [(pin.version, pin.url, pin.digests) for pin in result.pins] == [
        ("1.0.0", "https://mirror.example/zz-ghost-1.0.0.tgz", (ZERO_512,)),
    ]
    assert (result.readable, result.refused) == (Readable.FULLY, None)


_URL = "https://registry.npm.example/zz-ghost/-/zz-ghost-1.0.0.tgz"


@pytest.mark.parametrize(
    "text",
    [
        f'zz-ghost@1.0.0: {{version: "1.0.0", resolved: "{_URL}"}}\n',
        f'{{"zz-ghost@1.0.0": {{"version": "1.0.0", "resolved": "{_URL}"}}}}',
        f"---\nzz-ghost@1.0.0:\n  version: >-\n    1.0.0\n  resolved: >-\n    {_URL}\n",
    ],
    ids=["flow", "json", "folded"],
)
def test_any_yaml_is_read_as_yarn_1_reads_it(text: str) -> None:
    result = YarnParser().parse(text.encode())

    assert sources(result) == [("zz-ghost", "1.0.0", "registry:", _URL)]
    assert (result.readable, result.refused) == (Readable.FULLY, None)


@pytest.mark.parametrize(
    "other", ["# yarn lockfile v2\n", "]] }}\n", "zz@1:\n   a b c\n", "\0\n", "=======\n"]
)
def test_whatever_stands_between_entries_of_yarn_1_npm_or_bun_install_from_it(other: str) -> None:
    lock = f'{other}zz-ghost@1.0.0:\n  version "1.0.0"\n  resolved "{_URL}"\n{other}'

    result = YarnParser().parse(lock.encode())

    assert ("zz-ghost", "1.0.0", "registry:", _URL) in sources(result)
    assert result.refused is None


@pytest.mark.parametrize("version", ["  version: 2.0.0\n", ""])
def test_berry_fetches_what_the_resolution_says_whatever_version_stands_beside_it(
    version: str,
) -> None:
    text = f'"zz-ghost@npm:^1":\n{version}  resolution: "zz-ghost@npm:1.0.0"\n'

    result = YarnParser().parse(f"__metadata:\n  version: 8\n\n{text}".encode())

    assert sources(result) == [("zz-ghost", "1.0.0", "registry:", None)]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_carriage_return_ends_lines_and_comments_of_berry(end: str) -> None:
    lines = (
        "# a",
        "__metadata:",
        "  version: 8",
        "# a",
        '"zz-ghost@npm:1.0.0":',
        "  version: 1.0.0",
        '  resolution: "zz-ghost@npm:1.0.0"',
        "",
    )

    result = YarnParser().parse(end.join(lines).encode())

    assert sources(result) == [("zz-ghost", "1.0.0", "registry:", None)]


def test_a_carriage_return_ends_a_line_of_yarn_1_and_no_comment() -> None:
    text = (
        f'a 1\rzz-ghost@1.0.0:\n  version "1.0.0"\n  resolved "{_URL}"\n'
        '# a\rzz-other@1.0.0:\n  version "1.0.0"\n'
    )

    result = YarnParser().parse(text.encode())

    assert ("zz-ghost", "1.0.0", "registry:", _URL) in sources(result)
    assert "zz-other" not in {pin.name for pin in result.pins}
