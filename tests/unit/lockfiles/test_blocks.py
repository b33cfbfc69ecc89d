"""Locks cut into blocks: what is shared, and what only a full reading can tell."""

from __future__ import annotations

import pytest

from crawler.lockfiles.memo import BlockMemo
from crawler.lockfiles.python.uv import UvParser
from crawler.lockfiles.registry import parse
from crawler.model import LineSpan, ParseResult, Readable
from crawler.model.block import SharedResult

TOP = "version = 1\nrevision = 3\n"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
GHOST = f"""
[[package]]
name = "zz-ghost-one"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
wheels = [
    {{ url = "https://files.index.example/zz_ghost_one-1.0-py3-none-any.whl", hash = "sha256:{SHA256}" }},
]
"""
OTHER = """
[[package]]
name = "zz-other"
version = "2.0"
source = { virtual = "." }
"""


def read(text: str, memo: BlockMemo) -> ParseResult:
    return UvParser().parse(text.encode(), memo)


def test_a_block_that_an_earlier_lock_had_is_the_same_object() -> None:
    memo = BlockMemo()

    first = read(TOP + GHOST + OTHER, memo)
    second = read("# zz\n" + TOP + OTHER + GHOST, memo)

    assert isinstance(first, SharedResult)
    assert isinstance(second, SharedResult)
    assert first.blocks[0] is second.blocks[1]
    assert first.blocks[1] is second.blocks[0]
    assert len(memo) == 2


def test_its_pins_stand_on_the_lines_of_each_lock() -> None:
    memo = BlockMemo()

    first = read(TOP + GHOST + OTHER, memo)
    second = read("# zz\n" + TOP + OTHER + GHOST, memo)

    assert [pin.lines for pin in first.pins] == [
        LineSpan(first=9, last=9),
        LineSpan(first=12, last=15),
    ]
    assert [pin.lines for pin in second.pins] == [
        LineSpan(first=5, last=8),
        LineSpan(first=15, last=15),
    ]


def test_what_is_skipped_beside_the_packages_is_said_of_each_lock() -> None:
    memo = BlockMemo()

    result = read("version = 2\n" + GHOST, memo)

    assert isinstance(result, SharedResult)
    assert result.readable is Readable.PARTLY
    assert [skipped.context for skipped in result.skipped] == ["version"]


def test_a_block_of_which_something_is_skipped_is_not_kept() -> None:
    memo = BlockMemo()

    result = read(TOP + OTHER.replace('"2.0"', "2"), memo)

    assert not isinstance(result, SharedResult)
    assert [skipped.context for skipped in result.skipped] == ["package[0].version"]
    assert len(memo) == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOP.replace("\n", "\r\n") + GHOST, id="line ends of two kinds"),
        pytest.param(TOP + 'zz = """\n' + GHOST + '\n[zz]"""\n', id="a string around the package"),
        pytest.param(TOP + "zz = [\n" + GHOST + "\n[1],\n]\n", id="an array around the package"),
        pytest.param(TOP + "package = []\n" + GHOST, id="packages in one array"),
        pytest.param(TOP + GHOST + "[[ package ]]\nname = 'zz'\n", id="a header with spaces"),
        pytest.param(TOP + GHOST + "[zz]\na = 1\n" + OTHER, id="a table between the packages"),
        pytest.param(TOP + GHOST + "[zz]\n['package'.zz]\n", id="a table of the last package"),
        pytest.param(TOP + "[zz]\n" + GHOST + "[zz]\n", id="the same table before and behind"),
        pytest.param(TOP + "[[distribution]]\nname = 'zz'\n" + GHOST, id="packages of two names"),
        pytest.param("<<<<<<< a\n" + TOP + "=======\n>>>>>>> b\n" + GHOST, id="a merge conflict"),
        pytest.param(TOP + GHOST + "\x00", id="no TOML"),
        pytest.param(TOP, id="no package"),
        pytest.param(TOP + GHOST + "[zz]\n" + "# zz\n" * 1_000, id="more beside than in packages"),
    ],
)
def test_only_a_full_reading_can_tell(text: str) -> None:
    memo = BlockMemo()

    whole = UvParser().parse(text.encode())

    assert not isinstance(whole, SharedResult)
    assert read(text, memo) == read(text, memo) == whole


def test_a_lock_that_cannot_be_cut_is_one_block() -> None:
    memo = BlockMemo()
    text = TOP.replace("\n", "\r\n") + GHOST

    first, second = read(text, memo), read(text, memo)

    assert isinstance(first, SharedResult)
    assert isinstance(second, SharedResult)
    assert first.blocks[0] is second.blocks[0]
    assert [pin.lines for pin in first.pins] == [LineSpan(first=9, last=9)]


def test_a_limit_on_a_whole_lock_holds_for_its_blocks_together() -> None:
    dots = "\n".join(f"a{number}.{'b.' * 60}b = 1" for number in range(850))
    text = TOP + (OTHER + dots + "\n") + (OTHER + dots + "\n")
    memo = BlockMemo()

    result = read(text, memo)

    assert not isinstance(result, SharedResult)
    assert result.skipped[0].reason == "more than 100000 dots outside strings"


def test_the_same_words_in_another_format_are_another_block() -> None:
    text = '[[package]]\nname = "zz"\nversion = "1"\n'
    memo = BlockMemo()

    of_uv = parse("uv.lock", text.encode(), memo)
    of_poetry = parse("poetry.lock", text.encode(), memo)

    assert [of_uv.format, of_poetry.format] == ["uv", "poetry"]
    assert of_uv == parse("uv.lock", text.encode())
    assert of_poetry == parse("poetry.lock", text.encode())


def test_a_format_without_such_blocks_is_read_as_ever() -> None:
    memo = BlockMemo()

    result = parse("requirements.txt", b"zz-ghost-one==1.0\n", memo)

    assert len(result.pins) == 1
    assert len(memo) == 0


@pytest.mark.parametrize(
    "text",
    [
        '[[package]]\nname = "zz"\nversion = "1"\n\n[metadata]\n"checksum zz 1 (a)" = "00"\n',
        '[root]\nname = "zz"\nversion = "1"\n\n[[package]]\nname = "zz-b"\nversion = "1"\n',
    ],
)
def test_what_old_locks_keep_apart_is_read_as_a_whole(text: str) -> None:
    result = parse("Cargo.lock", text.encode(), BlockMemo())

    assert not isinstance(result, SharedResult)
    assert result == parse("Cargo.lock", text.encode())
