"""Real locks and traps of the formats that are lines of text; skipped where the corpus is absent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from crawler.lockfiles import says_of_runs
from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.registry import PARSERS
from crawler.model import ParseResult, Readable

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
FORMATS = ("requirements", "conda-explicit", "gemfile", "gosum", "mix", "gradle", "yarn")
TEXT_PARSERS = {parser.format: parser for parser in PARSERS if parser.format in FORMATS}
REFUSED = {
    "requirements.complex.txt",
    "requirements_txt/invalid_spec/requirements.txt",
    "requirements_txt/urls_wth_checksums/requirements.txt",
    "requirements/testdata/env_var.txt",
    "requirements/testdata/invalid.txt",
    "requirements/testdata/multiline_and_comments.txt",
    "requirements/testdata/per_req_options.txt",
    "gemfilelock/testdata/invalid.lock",
    "install-update-checksums-malformed/yarn.lock",
}
"""Made to be wrong by their projects: prose, cut hashes, a missing version."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
every_format = pytest.mark.parametrize("parser", TEXT_PARSERS.values(), ids=TEXT_PARSERS)


def locks(parser: LockParser) -> list[Path]:
    folder = CORPUS / "locks" / parser.format
    return [path for path in folder.rglob("*") if path.is_file()]


def is_refused(path: Path) -> bool:
    name = path.as_posix()
    return any(name.endswith(end) for end in REFUSED) or "/install-update-auth-" in name


def traps() -> dict[str, dict[str, object]]:
    listed = CORPUS / "traps" / "expected.json"
    known = json.loads(listed.read_text()) if listed.is_file() else {}
    return {name: trap for name, trap in known.items() if trap["format"] in FORMATS}


def records(result: ParseResult) -> list[str]:
    found = []
    for pin in (pin for pin in result.pins if not says_of_runs(pin)):
        hashes: dict[str, list[str]] = {}
        for digest in pin.digests:
            hashes.setdefault(str(digest.algorithm), []).append(digest.hex)
        source = str(pin.origin).split(" ")[0]  # the first of several indexes
        record = {
            "name": pin.name,
            "version": pin.version,
            "url": pin.url,
            # The corpus was made before a file of the project itself had a name.
            "filename": None if source.startswith("path:") else pin.filename,
            "hashes": hashes,
            "source": source,
        }
        found.append(json.dumps(record, sort_keys=True))
    return sorted(found)


@pytest.mark.parametrize("name", traps())
def test_a_trap_gives_what_is_expected_of_it(name: str) -> None:
    expected = traps()[name]
    wanted = expected["records"]
    assert isinstance(wanted, list)

    result = TEXT_PARSERS[str(expected["format"])].parse((CORPUS / "traps" / name).read_bytes())

    assert records(result) == sorted(json.dumps(record, sort_keys=True) for record in wanted)


@every_format
def test_every_real_lock_that_its_tool_accepts_is_read_fully(parser: LockParser) -> None:
    for path in locks(parser):
        result = parser.parse(path.read_bytes())

        kept = [skipped for skipped in result.skipped if "included file" not in skipped.reason]
        assert result.readable is not Readable.NOT
        assert kept == [] or is_refused(path), path


@every_format
def test_each_pin_of_a_real_lock_stands_on_its_lines(parser: LockParser) -> None:
    for path in locks(parser):
        data = path.read_bytes()
        lines = [plain(line) for line in data.decode().split("\n")]

        for pin in parser.parse(data).pins:
            assert pin.lines is not None
            place = "\n".join(lines[pin.lines.first - 1 : pin.lines.last])
            assert plain(pin.name or "") in place
            assert plain(pin.filename or "") in place


def plain(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()
