"""One test per way of writing a lock of pex or Pants."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.python.pex import PexParser
from crawler.model import Algorithm, Digest, LineSpan, ParseResult, Readable

DATA = Path(__file__).parents[3] / "data" / "locks" / "pex"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PATH = "/packages/78/cd/9d7c4a16a2106ad6a2c55f50286ec2de1a10bb996369c418c6848d2186e3"
FILE = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
URL = f"https://files.index.example{PATH}/{FILE}"


def read(name: str) -> ParseResult:
    return PexParser().parse((DATA / name).read_bytes())


def stated(result: ParseResult) -> list[tuple[str | None, str | None, str]]:
    return [(pin.name, pin.version, str(pin.origin)) for pin in result.pins]


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("plain.pex.lock", LineSpan(first=8, last=12)),
        ("pants-header.lock", LineSpan(first=16, last=20)),
    ],
)
def test_every_artifact_is_a_pin_on_its_lines(name: str, span: LineSpan) -> None:
    result = read(name)

    pin = result.pins[0]
    assert (result.readable, result.skipped, len(result.pins)) == (Readable.FULLY, (), 2)
    assert (pin.name, pin.version, str(pin.origin)) == ("zz-ghost-pkg", "1.0.0", "registry:")
    assert (pin.url, pin.filename) == (URL, FILE)
    assert pin.digests == (Digest(algorithm=Algorithm.SHA256, hex=SHA256),)
    assert pin.lines == span


def test_checkouts_files_and_folders_are_told_apart() -> None:
    result = read("kinds.lock")

    assert result.readable is Readable.FULLY
    assert stated(result) == [
        ("zz-ghost-pkg", "1.0.0", "git:git+https://git.example/zz.git@main"),
        ("zz-ghost-pkg", "1.0.0", "path:file:///vendor/zz_ghost_pkg-1.0.0.tar.gz"),
        ("zz-ghost-pkg", "1.0.0", "directory:file:///srv/zz"),
        ("zz-bare", "2.0.0", "registry:"),
    ]


@pytest.mark.parametrize(
    ("data", "known"),
    [
        (b'{"locked_resolves": []}', True),
        (b'// a header\n{"locked\\u005fresolves": []}', True),
        (b'{"nodes": {}}', False),
        (b"", False),
    ],
)
def test_a_lock_of_any_name_is_recognised_by_its_content(data: bytes, known: bool) -> None:  # noqa: FBT001 - a table
    assert PexParser().recognises(data) is known


def test_a_lock_with_a_merge_conflict_in_its_header_is_still_read() -> None:
    data = (DATA / "plain.pex.lock").read_bytes()
    header = b"<<<<<<< a\n// one\n=======\n// two\n>>>>>>> b\n"

    result = PexParser().parse(header + data)

    assert result.readable is Readable.PARTLY
    assert (result.pins[0].url, result.pins[0].flags) == (URL, ("conflict",))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("pex.lock", True),
        ("tools.pex.lock", True),
        ("build/lock.json", False),
        ("3rdparty/python/default.lock", False),
    ],
)
def test_only_locks_of_this_format_are_wanted(path: str, wanted: bool) -> None:  # noqa: FBT001 - a table
    assert PexParser().wants(path) is wanted
