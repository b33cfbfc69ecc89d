"""Real locks and traps from the shared corpus; skipped where it is absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.registry import PARSERS
from crawler.model import Ecosystem, ParseResult, Readable, normalize_name

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
FORMATS = {"uv", "pylock", "pnpm", "pixi", "condalock", "pubspec", "podfile"}
TOML_PARSERS = tuple(parser for parser in PARSERS if parser.format in {"uv", "pylock"})
YAML_FORMATS = {"pnpm", "pixi", "condalock", "pubspec", "podfile"}
YAML_PARSERS = tuple(parser for parser in PARSERS if parser.format in YAML_FORMATS)
REFUSED_BY_ITS_TOOL = {
    "duplicate_platform.yml",
    "duplicate_platform_use.yml",
    "exotic.yaml",
    "files.yaml",
    "invalid-path.yaml",
    "invalid-paths.yaml",
}
"""By file name: parse failures of rattler, made-up entries of scanners."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


def traps() -> dict[str, dict[str, object]]:
    listed = CORPUS / "traps" / "expected.json"
    known = json.loads(listed.read_text()) if listed.is_file() else {}
    return {name: trap for name, trap in known.items() if trap["format"] in FORMATS}


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


def ordered(found: object) -> list[str]:
    assert isinstance(found, list)
    return sorted(json.dumps(record, sort_keys=True) for record in found)


@pytest.mark.parametrize("name", traps())
def test_a_trap_gives_what_is_expected_of_it(name: str) -> None:
    expected = traps()[name]
    parser = next(parser for parser in PARSERS if parser.format == expected["format"])

    result = parser.parse((CORPUS / "traps" / name).read_bytes())

    if "error" in expected:
        assert result.readable is not Readable.FULLY
    else:
        assert ordered(records(result)) == ordered(expected["records"])


@pytest.mark.parametrize("parser", TOML_PARSERS, ids=lambda parser: parser.format)
def test_every_real_lock_is_read_and_each_pin_stands_on_its_lines(parser: LockParser) -> None:
    files = [path for path in (CORPUS / "locks" / parser.format).rglob("*") if path.is_file()]
    locks = [path for path in files if path.suffix in {".lock", ".toml"}]
    assert locks

    for path in locks:
        data = path.read_bytes()
        lines = data.decode().split("\n")
        result = parser.parse(data)

        assert result.pins
        assert result.readable is Readable.FULLY or result.skipped
        for pin in result.pins:
            assert pin.lines is not None
            place = "\n".join(lines[pin.lines.first - 1 : pin.lines.last])
            if pin.url is not None:
                assert f"{pin.url}" in place
            elif pin.name is not None and pin.filename is None and "vcs" not in place:
                stated = place.replace("_", "-").lower()
                assert pin.name in stated or "directory" in place
            assert normalize_name(Ecosystem.PYPI, pin.name or "") == pin.name


@pytest.mark.parametrize("parser", YAML_PARSERS, ids=lambda parser: parser.format)
def test_every_real_yaml_lock_is_read_fully_and_each_pin_stands_on_its_lines(
    parser: LockParser,
) -> None:
    files = [path for path in (CORPUS / "locks" / parser.format).rglob("*") if path.is_file()]
    assert files

    for path in files:
        data = path.read_bytes()
        lines = data.decode().split("\n")
        result = parser.parse(data)

        assert (result.readable is Readable.FULLY) == (path.name not in REFUSED_BY_ITS_TOOL)
        for pin in result.pins:
            assert pin.lines is not None
            place = "\n".join(lines[pin.lines.first - 1 : pin.lines.last])
            assert pin.url is None or pin.url in place
            assert pin.filename is None or pin.filename in place
            assert pin.version is None or pin.version in place
            if pin.name is not None and pin.ecosystem is not Ecosystem.PYPI:
                assert pin.name in place
