"""One test per thing that pip's grammar allows; pip accepts each unless the name says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.requirements import RequirementsParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable, Skipped

DATA = Path(__file__).parents[3] / "data" / "locks" / "requirements"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    return RequirementsParser().parse((DATA / f"{name}.requirements.txt").read_bytes())


def parse(text: str) -> ParseResult:
    return RequirementsParser().parse(text.encode())


def lines(first: int, last: int) -> LineSpan:
    return LineSpan(first=first, last=last)


def test_a_requirement_has_all_its_hashes_and_lines() -> None:
    result = read("plain")

    pin = result.pins[0]
    assert result.readable is Readable.FULLY
    assert (pin.name, pin.version, pin.url, pin.filename) == ("zz-ghost-pkg", "1.0.0", None, None)
    assert str(pin.origin) == "registry:https://index.example/simple"
    assert pin.digests == (
        Digest(algorithm=Algorithm.SHA256, hex=SHA256),
        Digest(algorithm=Algorithm.SHA512, hex="ab" * 64),
    )
    assert pin.lines == lines(3, 5)
    assert pin.flags == ()


def test_a_direct_url_is_kept_with_the_digest_of_its_fragment() -> None:
    result = read("plain")

    pin = result.pins[1]
    assert (pin.name, pin.version) == ("zz-ghost-url", None)
    assert (pin.url, pin.filename) == (f"{URL}#sha256={SHA256}", FILE)
    assert str(pin.origin) == f"url:{URL}#sha256={SHA256}"
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)


def test_a_find_links_that_is_a_file_is_a_pin_and_a_page_is_none() -> None:
    result = read("links")

    assert [(pin.name, str(pin.origin), pin.filename) for pin in result.pins[:-1]] == [
        (None, f"find-links:{URL}", FILE),
        ("zz-ghost-pkg", "registry:", None),
    ]


def test_every_kind_of_place_is_told_apart() -> None:
    result = read("places")

    assert result.readable is Readable.FULLY
    assert [(pin.name, str(pin.origin), pin.filename) for pin in result.pins] == [
        ("zz-egg", f"url:{URL}#egg=zz_egg&sha256={SHA256.upper()}", FILE),
        (None, f"url:{URL}", FILE),
        ("zz-extra", f"url:{URL}", FILE),
        ("zz-git", f"git:git+https://git.example/zz.git@{'1' * 40}#egg=zz_git", None),
        ("zz-git", "git:git+https://git.example/zz.git@main", None),
        (None, "editable:./packages/a", None),
        (None, "editable:.", None),
        (
            None,
            "path:./vendor/zz_path-1.0.0-py3-none-any.whl",
            "zz_path-1.0.0-py3-none-any.whl",
        ),
        (None, "directory:../zz-directory", None),
        ("zz-conda", "directory:file:///croot/zz_1/work", None),
        ("zz-old", "git:git://git.example/zz.git#egg=zz-old", None),
    ]
    assert "s3cret" not in repr(result)


def test_an_upper_case_digest_in_a_fragment_is_read() -> None:
    result = read("places")

    assert result.pins[0].digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)


def test_only_one_exact_version_is_a_version() -> None:
    result = read("versions")

    assert [(pin.name, pin.version) for pin in result.pins] == [
        ("zz-a", "1.0"),
        ("zz-b", "1.0+weird"),
        ("zz-c", None),
        ("zz-d", None),
        ("zz-e", "2.0"),
        ("zz-f", "1.5"),
        ("zz-g", None),
        ("zz-h", None),
        ("zz-i", "1.0"),
    ]
    assert result.skipped == (
        Skipped(context="line 8", reason="the version is in an environment variable"),
    )


def test_included_files_are_said_and_never_read() -> None:
    result = read("includes")

    assert [pin.name for pin in result.pins] == ["zz-ghost-pkg", None]
    assert result.readable is Readable.PARTLY
    assert [(skipped.context, skipped.reason) for skipped in result.skipped] == [
        ("line 1: base-requirements.txt", "included file, read on its own"),
        ("line 2: shared.txt", "included file, read only where its path is that of a lock"),
        ("line 3: https://index.example/more-requirements.txt", "remote include, not read"),
    ]


@pytest.mark.parametrize(
    ("options", "origin"),
    [
        ("", "registry:"),
        ("-i https://a.example/ -i https://b.example/", "registry:https://b.example/"),
        ("--extra-index-url https://zz.example/", "registry: https://zz.example/"),
        (
            "-i https://a.example/ --extra-index-url https://user:pw@b.example/",
            "registry:https://a.example/ https://b.example/",
        ),
        ("--extra-index-url 'https://a.example/ b'", "registry: https://a.example/%20b"),
        ("--find-links https://zz.example/", "registry:"),
        ("--no-index -f https://zz.example/ -f wheels", "find-links:https://zz.example/"),
        ("--no-index -f wheels -i https://a.example/", "find-links:wheels"),
        ("--no-index", "find-links:"),
    ],
)
def test_all_places_where_pip_looks_for_a_name_are_stated(options: str, origin: str) -> None:
    before, after = parse(f"{options}\nzz==1\n"), parse(f"zz==1\n{options}\n")

    assert [str(pin.origin) for pin in (before.pins[0], after.pins[0])] == [origin] * 2


def test_the_index_of_the_file_rules_wherever_it_stands_and_has_no_credentials() -> None:
    result = read("private")

    origin = "registry:https://zz.example/simple https://mirror.example/simple"
    assert str(result.pins[0].origin) == origin
    assert result.readable is Readable.FULLY


def test_a_bad_line_is_skipped_and_the_rest_is_kept() -> None:
    result = read("bad")

    assert [(pin.name, pin.version) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0"),
        ("zz-three", "3"),
        ("zz-four", "4.0"),
    ]
    assert result.pins[0].digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "line 1: not a requirement",
        "line 2: not a sha256 digest",
        "line 3: not a name",
        "line 4: not a requirement",
        "line 5: an option that pip does not know",
        "line 6: unclosed quotation",
    ]


@pytest.mark.parametrize("name", ["utf16", "utf32", "bom"])
def test_every_byte_order_mark_that_pip_knows_is_read(name: str) -> None:
    result = read(name)

    assert result.readable is Readable.FULLY
    assert [(pin.name, pin.version, pin.lines) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0", lines(1, 1)),
        ("zz-two", "2", lines(2, 2)),
    ]


def test_a_declared_encoding_is_used() -> None:
    result = read("pep263")

    assert result.readable is Readable.FULLY
    assert [pin.name for pin in result.pins] == ["zz-ghost-pkg", "zz-two"]


@pytest.mark.parametrize(
    "text",
    [
        "# -*- coding: utf-7 -*-\n+AHo-zghost==1.0.0\n",
        "# coding: unicode_escape\n\\x7azghost==1.0.0\n",
    ],
)
def test_an_encoding_that_hides_names_is_read_as_pip_reads_it(text: str) -> None:
    assert [(pin.name, pin.version) for pin in parse(text).pins] == [("zzghost", "1.0.0")]


def test_an_empty_side_of_a_conflict_hides_nothing_of_the_other() -> None:
    result = parse("<<<<<<< HEAD\nzzghost==1.0.0\n=======\n>>>>>>> x\n")

    assert [pin.name for pin in result.pins] == ["zzghost"]
    assert result.refused == "document: merge conflict"


def test_an_encoding_that_takes_long_to_decode_is_not_read_and_said() -> None:
    result = parse("# coding: punycode\nzz==1\n")

    assert [pin.name for pin in result.pins] == ["zz"]
    assert result.skipped[0].reason == "declared as one that is not read; read as UTF-8"


def test_nul_and_latin_1_are_read_and_never_clean() -> None:
    result = read("nul-and-latin1")

    assert [(pin.name, pin.version) for pin in result.pins] == [("zz-ghost-pkg", "1.0.0\x00")]
    assert result.readable is Readable.PARTLY


def test_a_form_feed_ends_a_line_and_lines_are_counted_by_lf() -> None:
    result = read("form-feed")

    assert [(pin.name, pin.lines) for pin in result.pins] == [
        ("zz-ghost-pkg", lines(1, 1)),
        ("zz-two", lines(2, 2)),
    ]


def test_both_sides_of_a_merge_conflict_are_read() -> None:
    result = read("conflict")

    assert result.readable is Readable.PARTLY
    assert [(pin.name, pin.version, pin.flags, pin.lines) for pin in result.pins] == [
        ("zz-a", "1", ("conflict",), lines(1, 1)),
        ("zz-ghost-pkg", "1.0.0", ("conflict",), lines(3, 3)),
        ("zz-ghost-pkg", "1.0.1", ("conflict",), lines(5, 5)),
    ]


def test_a_comment_ends_a_continuation() -> None:
    result = parse("zz==1 \\\n# a comment \\\nzz-two==2\n")

    assert [(pin.name, pin.lines) for pin in result.pins] == [
        ("zz", lines(1, 2)),
        ("zz-two", lines(3, 3)),
    ]


def test_a_backslash_at_the_end_joins_inside_of_a_name() -> None:
    result = parse("zz-gho\\\nst==1\n")

    assert [(pin.name, pin.lines) for pin in result.pins] == [("zz-ghost", lines(1, 2))]


@pytest.mark.parametrize(
    "line",
    [
        "-i https://zz.example/simple",
        "-ihttps://zz.example/simple",
        "--index-url=https://zz.example/simple",
        "--pypi-url https://zz.example/simple",
        '--index-url "https://zz.example/simple"',
        "--pre --index-u https://zz.example/simple",
    ],
)
def test_every_spelling_of_an_option_is_read(line: str) -> None:
    result = parse(f"{line}\nzz==1\n")

    assert str(result.pins[0].origin) == "registry:https://zz.example/simple"


def test_a_page_of_prose_is_swept_for_files_of_an_index() -> None:
    result = parse(f"<p>An error occurred.\n<a href='{URL}'>file</a>\n")

    pin = result.pins[0]
    assert result.readable is Readable.PARTLY
    assert (pin.url, pin.flags, pin.lines) == (URL, ("recovered",), lines(2, 2))


def test_a_page_without_any_requirement_is_not_readable() -> None:
    result = parse("<!doctype html><title>404</title>\n")

    assert result.readable is Readable.NOT
    assert result.skipped[0].reason == "no requirements file: line 1 and all that follows"


def test_a_file_of_comments_pins_nothing_and_is_clean() -> None:
    result = parse("# nothing yet\n")

    assert (result.readable, result.pins) == (Readable.FULLY, ())


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("requirements.txt", True),
        ("api/requirements-dev.txt", True),
        ("dev_requirements.lock", True),
        ("requirements.lock", True),
        ("Requirements.txt", True),
        ("constraints.txt", True),
        ("requirements/base.txt", True),
        ("requirements.in", False),
        ("requirements/readme.md", False),
        ("notes.txt", False),
    ],
)
def test_only_what_is_called_so_is_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert RequirementsParser().wants(path) is wanted
