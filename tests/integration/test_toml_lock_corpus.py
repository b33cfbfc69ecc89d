"""Real poetry.lock, pdm.lock and Cargo.lock files; skipped where the shared corpus is absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.others.cargo import CargoParser
from crawler.lockfiles.python.pdm import PdmParser
from crawler.lockfiles.python.poetry import PoetryParser
from crawler.model import ParseResult, Readable

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
PARSERS: tuple[LockParser, ...] = (PoetryParser(), PdmParser(), CargoParser())
REFUSED = {
    "poetry": {
        "source-legacy.lock": Readable.PARTLY,
        "incompatible_lock/poetry.lock": Readable.PARTLY,
        "invalid_lock/poetry.lock": Readable.NOT,
    },
}
"""What poetry itself refuses: no `metadata`, an unknown version, no TOML."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
each_parser = pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.format)


def files(parser: LockParser) -> list[Path]:
    return [path for path in (CORPUS / "locks" / parser.format).rglob("*") if path.is_file()]


def expected(parser: LockParser, path: Path) -> Readable:
    refused = REFUSED.get(parser.format, {})
    ends = (readable for end, readable in refused.items() if str(path).endswith(f"/{end}"))
    return next(ends, Readable.FULLY)


@each_parser
def test_what_its_own_tool_accepts_is_read_fully(parser: LockParser) -> None:
    paths = files(parser)

    read = {path: parser.parse(path.read_bytes()).readable for path in paths}

    assert paths
    assert read == {path: expected(parser, path) for path in paths}


@each_parser
def test_each_pin_stands_on_its_lines(parser: LockParser) -> None:
    for path in files(parser):
        data = path.read_bytes()
        lines = data.decode().split("\n")

        for pin in parser.parse(data).pins:
            assert pin.lines is not None
            place = "\n".join(lines[pin.lines.first - 1 : pin.lines.last])
            if pin.filename is None:
                stated = place.lower().replace("_", "-").replace(".", "-")
                assert f'name = "{pin.name}"'.replace("_", "-").lower() in stated
            else:
                assert pin.filename in place
                assert all(digest.hex in place for digest in pin.digests)


@each_parser
def test_no_honest_file_is_taken_for_one_of_another_project(parser: LockParser) -> None:
    pins = [pin for path in files(parser) for pin in parser.parse(path.read_bytes()).pins]

    assert [pin for pin in pins if "name-differs" in pin.flags] == []


def traps() -> dict[str, dict[str, object]]:
    listed = CORPUS / "traps" / "expected.json"
    known = json.loads(listed.read_text()) if listed.is_file() else {}
    formats = {parser.format for parser in PARSERS}
    return {name: trap for name, trap in known.items() if trap["format"] in formats}


def records(result: ParseResult) -> list[dict[str, object]]:
    return [
        {
            "name": pin.name,
            "version": pin.version,
            "url": pin.url,
            "filename": pin.filename,
            "hashes": {str(digest.algorithm): [digest.hex] for digest in pin.digests},
            "source": str(pin.origin),
        }
        for pin in result.pins
    ]


@pytest.mark.parametrize("name", traps())
def test_a_trap_gives_what_is_expected_of_it(name: str) -> None:
    trap = traps()[name]
    parser = next(parser for parser in PARSERS if parser.format == trap["format"])

    result = parser.parse((CORPUS / "traps" / name).read_bytes())

    assert records(result) == trap["records"]
