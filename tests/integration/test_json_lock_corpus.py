"""Real locks in JSON and their traps from the shared corpus; skipped where it is absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.lockfiles.registry import PARSERS
from crawler.model import ParseResult, Readable

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
PLACES = {parser.format: parser for parser in PARSERS}
FORMATS = (
    "npm",
    "pipfile",
    "bun",
    "bunb",
    "deno",
    "bazelmod",
    "composer",
    "nuget",
    "spm",
)
PARTLY = {
    "basicrelax/package-lock.json": "integrity strings that are none",
    "basic/package-lock.json": "integrity strings that are none",
    "basic/want.package-lock.json": "integrity strings that are none",
    "ancient-lockfile-invalid/package-lock.json": "an integrity string that is none",
    "install-types-sw-only/package-lock.json": "an integrity string that is none",
    "__fixtures__/bad-package-lock-v3.json": "no JSON",
    "content/promise.allsettled.json": "a packument",
    "content/p-map.json": "a packument",
    "testing-peer-deps-bad-sw/package-lock.json": "no JSON",
    "locks-empty/composer.lock": "no lock",
    "locks-many-with-invalid/composer.lock": "no JSON",
}
"""The end of the path of each file that its own tool does not take either, and why."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")


def traps() -> dict[str, dict[str, object]]:
    listed = CORPUS / "traps" / "expected.json"
    known = json.loads(listed.read_text()) if listed.is_file() else {}
    return {name: trap for name, trap in known.items() if trap["format"] in (*FORMATS, "pex")}


def records(result: ParseResult) -> list[dict[str, object]]:
    return [
        {
            "name": pin.name,
            "version": pin.version,
            "url": pin.url,
            "filename": pin.filename,
            "hashes": hashes(pin.digests),
            "source": str(pin.origin),
        }
        for pin in result.pins
    ]


def hashes(digests: tuple[object, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for digest in digests:
        algorithm, _, value = str(digest).partition(":")
        found.setdefault(algorithm, []).append(value)
    return found


def ordered(found: object) -> list[str]:
    assert isinstance(found, list)
    return sorted(json.dumps(record, sort_keys=True) for record in found)


@pytest.mark.parametrize("name", traps())
def test_a_trap_gives_what_is_expected_of_it(name: str) -> None:
    expected = traps()[name]
    parser = PLACES[str(expected["format"])]

    result = parser.parse((CORPUS / "traps" / name).read_bytes())

    if "error" in expected:
        assert result.readable is not Readable.FULLY
    else:
        assert result.readable is Readable.FULLY
        assert ordered(records(result)) == ordered(expected["records"])


@pytest.mark.parametrize("lock_format", FORMATS)
def test_every_real_lock_is_read_and_each_pin_stands_on_its_lines(lock_format: str) -> None:
    folder = CORPUS / "locks" / lock_format
    locks = [path for path in folder.rglob("*") if path.is_file()]
    assert locks

    for path in locks:
        data = path.read_bytes()
        result = PLACES[lock_format].parse(data)
        lines = data.decode("utf-8", "replace").split("\n")

        known = "/".join(path.parts[-2:]) in PARTLY or lock_format == "bunb"
        assert (result.readable is Readable.FULLY) is not known, path
        for pin in result.pins:
            assert pin.lines is not None
            place = "\n".join(lines[pin.lines.first - 1 : pin.lines.last]).replace("\\/", "/")
            assert pin.url is None or pin.url in place
            assert pin.version is None or pin.version in place
