"""Direct URLs in the script blocks of PEP 723."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lockfiles.python.script import inline_script
from crawler.model import LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "script"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    result = inline_script((DATA / f"{name}.py").read_bytes())
    assert result is not None
    return result


def line(number: int) -> LineSpan:
    return LineSpan(first=number, last=number)


def test_the_direct_urls_of_a_block_are_pins_on_the_lines_of_the_script() -> None:
    result = read("plain")

    assert (result.format, result.readable) == ("script", Readable.FULLY)
    assert [(pin.name, pin.url, pin.lines, pin.flags) for pin in result.pins] == [
        ("zz-ghost-pkg", URL, line(8), ("manifest",)),
        ("zz-here", "https://files.index.example/zz_here-1.0.tar.gz", line(12), ("manifest",)),
    ]


def test_line_ends_of_windows_change_no_line_number() -> None:
    data = (DATA / "plain.py").read_bytes()

    result = inline_script(data.replace(b"\n", b"\r\n"))

    assert result == inline_script(data)


@pytest.mark.parametrize(
    "data", [b"", b"print()\n", b"#  /// script\n# ///\n", b"x # /// script\n"]
)
def test_a_file_without_block_is_none(data: bytes) -> None:
    assert inline_script(data) is None


def test_a_file_that_only_speaks_of_blocks_is_none() -> None:
    assert inline_script((DATA / "none.py").read_bytes()) is None


def test_a_block_without_end_is_not_readable() -> None:
    result = read("no-end")

    assert result.readable is Readable.NOT
    assert result.skipped[0].reason == "script block without its end `# ///`"


def test_a_second_block_is_said() -> None:
    result = read("two")

    assert result.readable is Readable.PARTLY
    assert len(result.pins) == 2
    assert result.skipped[0].reason == "more than one script block"


def test_the_last_end_of_the_comment_closes_the_block() -> None:
    block = f'# /// script\n# note = """\n# ///\n# """\n# dependencies = ["zz @ {URL}"]\n# ///'

    result = inline_script(block.encode())

    assert result is not None
    assert [pin.lines for pin in result.pins] == [line(5)]


def test_a_block_that_is_no_toml_still_names_the_files_of_an_index() -> None:
    result = inline_script(f'# /// script\n# dependencies = ["zz @ {URL}"\n# ///\n'.encode())

    assert result is not None
    assert [(pin.url, pin.lines) for pin in result.pins] == [(URL, line(2))]
    assert result.readable is Readable.PARTLY


@given(st.lists(st.sampled_from([b"# /// script\n", b"# ///\n", b"#\n", b"# a = [\n", b"\xff\n"])))
def test_no_order_of_lines_raises(lines: list[bytes]) -> None:
    result = inline_script(b"".join(lines))

    assert result is None or (result.readable is Readable.FULLY) == (result.skipped == ())
