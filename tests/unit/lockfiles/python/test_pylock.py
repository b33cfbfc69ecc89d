from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.pylock import PylockParser
from crawler.model import LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "pylock"
SHA256 = "sha256:d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
URL = f"https://files.index.example{PATH}/zz_ghost_pkg-1.0.0-py3-none-any.whl"


def read(name: str) -> ParseResult:
    return PylockParser().parse((DATA / f"{name}.pylock.toml").read_bytes())


def test_sdist_and_wheels_are_pins_of_the_index() -> None:
    result = read("plain")

    assert result.readable is Readable.FULLY
    assert [(str(pin.origin), pin.filename, pin.uploaded_at) for pin in result.pins] == [
        (
            "registry:https://index.example/simple",
            "zz_ghost_pkg-1.0.0.tar.gz",
            "2026-01-01T00:00:00+00:00",
        ),
        (
            "registry:https://index.example/simple",
            "zz_ghost_pkg-1.0.0-py3-none-any.whl",
            "2026-01-01T00:00:00+00:00",
        ),
    ]
    assert [pin.lines for pin in result.pins] == [
        LineSpan(first=8, last=8),
        LineSpan(first=9, last=9),
    ]


def test_a_wheel_in_tables_of_its_own_spans_them_and_has_all_its_hashes() -> None:
    result = read("subtables")

    assert len(result.pins) == 1
    assert result.pins[0].lines == LineSpan(first=8, last=14)
    assert [str(digest) for digest in result.pins[0].digests] == ["md5:" + "0" * 32, SHA256]


def test_an_inline_table_over_several_lines_is_one_span() -> None:
    result = read("multiline-inline")

    assert result.pins[0].url == URL
    assert result.pins[0].lines == LineSpan(first=9, last=14)


def test_archives_checkouts_and_directories_are_told_apart() -> None:
    result = read("kinds")

    assert [(pin.name, str(pin.origin), pin.filename) for pin in result.pins] == [
        (
            "zz-archive",
            "url:https://files.index.example/zz_archive-1.0.tar.gz",
            "zz_archive-1.0.tar.gz",
        ),
        (
            "zz-local-archive",
            "path:vendor/zz_local_archive-1.0.tar.gz",
            "zz_local_archive-1.0.tar.gz",
        ),
        ("zz-vcs", "git:https://git.example/zz.git#" + "1" * 40, None),
        ("zz-directory", "directory:lib", None),
        ("zz-editable", "editable:.", None),
        ("zz-nothing", "registry:", None),
    ]
    assert result.pins[5].lines == LineSpan(first=24, last=26)


def test_a_path_names_the_file_before_the_url_and_a_name_before_both() -> None:
    result = read("path-over-url")

    assert [pin.filename for pin in result.pins] == [
        "zz_ghost_pkg-1.0.0-py2-none-any.whl",
        "zz_ghost_pkg-1.0.0-py3-none-any.whl",
    ]


def test_odd_hashes_are_skipped_and_good_ones_beside_them_kept() -> None:
    result = read("odd-hashes")

    assert [str(digest) for digest in result.pins[0].digests] == [SHA256, "sha512:" + "ab" * 64]
    assert [f"{skipped.context}: {skipped.reason}" for skipped in result.skipped] == [
        "packages[0].wheels[0].hashes.crc32: unknown digest algorithm",
        "packages[0].wheels[0].hashes.sha384: not a sha384 digest",
    ]


def test_a_broken_date_does_not_hide_the_pin() -> None:
    result = read("broken-datetime")

    assert result.readable is Readable.PARTLY
    assert result.skipped[0].context == "line 8"
    assert [(pin.url, pin.flags) for pin in result.pins] == [(URL, ("recovered",))]
    assert [str(digest) for digest in result.pins[0].digests] == [SHA256]


def test_an_unknown_version_is_read_and_never_clean() -> None:
    result = read("version-2")

    assert len(result.pins) == 2
    assert result.readable is Readable.PARTLY


def test_toml_that_is_no_lock_is_not_readable() -> None:
    result = PylockParser().parse(b"[project]\ntitle = 'zz'\n")

    assert result.readable is Readable.NOT
    assert result.skipped[0].reason.startswith("no pylock.toml")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("pylock.toml", True),
        ("a/b/pylock.dev.toml", True),
        ("pylock..toml", False),
        ("pylock.a.b.toml", False),
        ("xpylock.toml", False),
        ("PYLOCK.TOML", False),
        ("pylock.dev/toml", False),
        ("pylock.toml\n", False),
    ],
)
def test_only_the_names_of_the_specification_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert PylockParser().wants(path) is wanted
