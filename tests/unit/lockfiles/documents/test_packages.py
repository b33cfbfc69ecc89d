"""Locks cut into packages: what is read once for all of them, and what only a full reading can tell."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from crawler.lockfiles.documents.document import Document
from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.packages import BlockMemo, PackageFormat, read_packages
from crawler.lockfiles.documents.reading import Tool
from crawler.lockfiles.python.uv import UvParser
from crawler.lockfiles.registry import SHARING, parse
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, ParseResult, Pin, Readable

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
URL = "https://files.index.example/zz_ghost_one-1.0-py3-none-any.whl"
HEADS = {
    "uv.lock": "version = 1\n",
    "pylock.toml": 'lock-version = "1.0"\n',
    "poetry.lock": "# zz\n",
    "pdm.lock": "# zz\n",
}
LISTED = f'files = [\n    {{file = "zz_ghost_one-1.0.tar.gz", hash = "sha256:{SHA256}"}},\n]\n'
PACKAGES = {
    "uv.lock": f'[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\n'
    f'source = {{ registry = "https://index.example/" }}\n'
    f'sdist = {{ url = "{URL}", hash = "sha256:{SHA256}" }}\n',
    "pylock.toml": f'[[packages]]\nname = "zz-ghost-one"\nversion = "1.0"\n'
    f'sdist = {{ url = "{URL}", hashes = {{ sha256 = "{SHA256}" }} }}\n',
    "poetry.lock": f'[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\n{LISTED}',
    "pdm.lock": f'[[package]]\nname = "zz-ghost-one"\nversion = "1.0"\n{LISTED}',
}


class Counting:
    """A format that notes which packages it is asked to read."""

    def __init__(self) -> None:
        self.read: list[str | None] = []
        self.format = PackageFormat(
            id="zz",
            table="package",
            check=lambda _root: None,
            packages=self.packages,
            tool=Tool(),
        )

    def packages(self, document: Document, root: TableReader) -> Iterable[Pin]:
        for number, fields in root.tables("package"):
            self.read.append(fields.text("name"))
            yield Pin(
                ecosystem=Ecosystem.PYPI,
                name=fields.text("name"),
                version=None,
                origin=Origin(kind=OriginKind.REGISTRY),
                lines=document.lines("package", number),
            )


def read(text: str, memo: BlockMemo) -> ParseResult:
    return UvParser().parse(text.encode(), memo)


def lock(*names: str) -> bytes:
    return "\n".join(f'[[package]]\nname = "{name}"\n' for name in names).encode()


def test_a_package_that_an_earlier_lock_had_is_not_read_again() -> None:
    counting, memo = Counting(), BlockMemo()

    read_packages(lock("zz-a", "zz-b"), counting.format, memo)
    second = read_packages(lock("zz-b", "zz-c", "zz-a"), counting.format, memo)

    assert counting.read == ["zz-a", "zz-b", "zz-c"]
    assert [(pin.name, pin.lines) for pin in second.pins] == [
        ("zz-b", LineSpan(first=1, last=2)),
        ("zz-c", LineSpan(first=4, last=5)),
        ("zz-a", LineSpan(first=7, last=8)),
    ]


@pytest.mark.parametrize("path", PACKAGES)
def test_locks_of_this_format_share_what_they_say_in_the_same_words(path: str) -> None:
    memo = BlockMemo()

    first = parse(path, (HEADS[path] + PACKAGES[path]).encode(), memo)
    second = parse(path, (HEADS[path] + "# zz\n\n" + PACKAGES[path]).encode(), memo)

    assert first.readable is second.readable is Readable.FULLY or path in {
        "poetry.lock",
        "pdm.lock",
    }
    assert [pin.digests[0] for pin in first.pins] == [pin.digests[0] for pin in second.pins]
    assert first.pins[0].digests is second.pins[0].digests


def test_every_format_that_takes_a_memo_is_tried_here() -> None:
    assert {parser.format for parser in SHARING} == {"uv", "pylock", "poetry", "pdm"}
    assert {parse(path, b"").format for path in PACKAGES} == {"uv", "pylock", "poetry", "pdm"}


def test_its_pins_stand_on_the_lines_of_each_lock() -> None:
    memo = BlockMemo()

    first = read(TOP + GHOST + OTHER, memo)
    second = read("# zz\n" + TOP + OTHER + GHOST, memo)

    assert len(memo) == 2
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

    assert len(memo) == 1
    assert result.readable is Readable.PARTLY
    assert [skipped.context for skipped in result.skipped] == ["version"]


def test_what_is_refused_beside_the_packages_is_said_of_each_lock() -> None:
    memo = BlockMemo()

    result = read('version = "1"\n' + GHOST, memo)

    assert len(memo) == 1
    assert result.refused == "version: expected int, got str"
    assert result == UvParser().parse(('version = "1"\n' + GHOST).encode())


def test_a_package_of_which_something_is_skipped_is_not_kept() -> None:
    memo = BlockMemo()

    result = read(TOP + OTHER.replace('"2.0"', "2"), memo)

    assert [skipped.context for skipped in result.skipped] == ["package[0].version"]
    assert len(memo) == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOP.replace("\n", "\r\n") + GHOST, id="line ends of two kinds"),
        pytest.param("\ufeff" + TOP + GHOST, id="a byte order mark"),
        pytest.param(TOP + 'zz = """\n' + GHOST + '\n[zz]"""\n', id="a string around the package"),
        pytest.param(TOP + "zz = [\n" + GHOST + "\n[1],\n]\n", id="an array around the package"),
        pytest.param(TOP + "package = []\n" + GHOST, id="packages in one array"),
        pytest.param(TOP + GHOST + "[zz]\na = 1\n" + OTHER, id="a table between the packages"),
        pytest.param(TOP + GHOST + "[zz]\n['package'.zz]\n", id="a table of the last package"),
        pytest.param(TOP + "[zz]\n" + GHOST + "[zz]\n", id="the same table before and behind"),
        pytest.param(TOP + "[[distribution]]\nname = 'zz'\n" + GHOST, id="packages of two names"),
        pytest.param("<<<<<<< a\n" + TOP + "=======\n>>>>>>> b\n" + GHOST, id="a merge conflict"),
        pytest.param(TOP, id="no package"),
        pytest.param(TOP + GHOST + "[zz]\n" + "# zz\n" * 1_000, id="more beside than in packages"),
    ],
)
def test_only_a_full_reading_can_tell(text: str) -> None:
    memo = BlockMemo()

    assert read(text, memo) == read(text, memo) == UvParser().parse(text.encode())
    assert [pin.lines for pin in read(text, memo).pins] == [
        pin.lines for pin in UvParser().parse(text.encode()).pins
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOP + GHOST + "[[ package ]]\nname = 'zz'\n", id="a header with spaces"),
        pytest.param(TOP + GHOST + "\x00", id="no TOML"),
    ],
)
def test_a_piece_that_is_no_single_package_sends_the_lock_to_a_full_reading(text: str) -> None:
    assert read(text, BlockMemo()) == UvParser().parse(text.encode())


def test_a_limit_on_a_whole_lock_holds_for_its_packages_together() -> None:
    dots = "\n".join(f"a{number}.{'b.' * 60}b = 1" for number in range(850))
    text = TOP + (OTHER + dots + "\n") + (OTHER + dots + "\n")

    result = read(text, BlockMemo())

    assert result.skipped[0].reason == "more than 100000 dots outside strings"
    assert result == UvParser().parse(text.encode())


def test_the_same_words_in_another_format_are_another_package() -> None:
    text = '[[package]]\nname = "zz"\nversion = "1"\n'
    memo = BlockMemo()

    of_uv = parse("uv.lock", text.encode(), memo)
    of_poetry = parse("poetry.lock", text.encode(), memo)

    assert [of_uv.format, of_poetry.format] == ["uv", "poetry"]
    assert of_uv == parse("uv.lock", text.encode())
    assert of_poetry == parse("poetry.lock", text.encode())


def test_a_format_without_such_packages_is_read_as_ever() -> None:
    memo = BlockMemo()

    result = parse("requirements.txt", b"zz-ghost-one==1.0\n", memo)

    assert len(result.pins) == 1
    assert len(memo) == 0
