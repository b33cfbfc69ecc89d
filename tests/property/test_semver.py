"""The order and the ranges of npm versions: laws that hold for any, and the word of npm's own library.

The folder of an installed `semver` package (`.../node_modules/semver`) is taken from
GHOSTCRAWL_TEST_SEMVER; without one, or without `node`, that comparison is skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crawler.model import Ecosystem
from crawler.model.semver import parse_range, parse_semver
from crawler.model.version_ranges import VersionSpan, in_range, range_of

SEMVER = Path(os.environ.get("GHOSTCRAWL_TEST_SEMVER", "/nonexistent"))
NODE = shutil.which("node")
ASK = """
const semver = require(process.argv[1]);
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map(([range, versions]) => [
  semver.validRange(range) !== null,
  versions.map(v => semver.satisfies(v, range)),
  versions.map(v => semver.parse(v) && semver.parse(v).version),
  versions.map(a => versions.map(b =>
    semver.valid(a) && semver.valid(b) ? semver.compare(a, b) : null)),
])))
"""


def _holds(wanted: str, version: str) -> bool:
    found, parsed = parse_range(wanted), parse_semver(version)
    return found is not None and parsed is not None and found.allows(parsed)


_numbers = st.sampled_from(["0", "0", "1", "1", "2", "3", "10", "9007199254740991", "01"])
_identifiers = st.sampled_from(
    ["0", "1", "2", "10", "alpha", "beta", "rc", "x", "-", "a-b", "1a", "01"]
)
_stage = st.one_of(
    st.just(""), st.lists(_identifiers, min_size=1, max_size=3).map(lambda ids: "-" + ".".join(ids))
)
_build = st.sampled_from(["", "", "", "+b1", "+001", "+a.b"])
versions = st.builds(
    "{}{}.{}.{}{}{}".format,
    st.sampled_from(["", "", "", "v", " "]),
    _numbers,
    _numbers,
    _numbers,
    _stage,
    _build,
)
_part = st.one_of(_numbers, st.sampled_from(["x", "X", "*"]))
_partials = st.one_of(
    _part,
    st.builds("{}.{}".format, _part, _part),
    st.builds("{}.{}.{}{}".format, _part, _part, _part, _stage),
)
_comparators = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "=", "<", "<=", ">", ">=", "~", "^", "~>"]),
    st.sampled_from(["", "", " ", "v"]),
    st.one_of(_partials, versions.map(str.strip)),
)
_alternatives = st.one_of(
    st.lists(_comparators, max_size=3).map(" ".join),
    st.builds("{} - {}".format, _partials, _partials),
)
ranges = st.lists(_alternatives, min_size=1, max_size=3).map(" || ".join)


@given(st.lists(versions, min_size=3, max_size=3))
def test_the_order_of_versions_is_total(texts: list[str]) -> None:
    first, second, third = map(parse_semver, texts)
    if first is None or second is None or third is None:
        return

    assert (first < second) + (first == second) + (first > second) == 1
    assert not first < second < third < first
    assert not (first == second and hash(first) != hash(second))


@given(versions)
def test_what_is_written_is_read_again(text: str) -> None:
    parsed = parse_semver(text)
    if parsed is None:
        return

    assert parse_semver(str(parsed)) == parsed
    assert _holds(f"={parsed}", text)


@given(versions, versions)
def test_a_version_lies_before_another_or_after_it(text: str, other: str) -> None:
    if parse_semver(text) is None or parse_semver(other) is None:
        return

    before = range_of(Ecosystem.NPM, [VersionSpan(last=other)])
    behind = range_of(Ecosystem.NPM, [VersionSpan(first=other)])
    assert before is not None
    assert behind is not None
    assert in_range(before, text) is not in_range(behind, text)


@given(st.text(max_size=300), st.text(alphabet="0123456789.x*<>=~^|-+v ,a", max_size=300))
def test_any_text_is_a_range_or_none(version: str, wanted: str) -> None:
    found, parsed = parse_range(wanted), parse_semver(version)

    assert found is None or parsed is None or found.allows(parsed) in {True, False}


@pytest.mark.parametrize(
    "hostile",
    [
        "1." * 2000,
        "~" * 4000,
        "= " * 2000,
        "0" * 4000,
        "1-" + "a" * 4000,
        "1.0.0-" + "0." * 1900,
        "1.0.0-" + "a." * 1900 + "!",
        "1.0.0+" + "-" * 4000,
        " -" * 2000,
        "v" * 4000 + "1",
        "1.0.0 - " * 500,
        "1.0.0" + " " * 4000,
        "1.0.0" + "\t" * 4000,
    ],
)
def test_a_hostile_range_is_refused_at_once(hostile: str) -> None:
    assert parse_range(f"{hostile}!") is None


def _asked(cases: Sequence[tuple[str, Sequence[str]]]) -> Sequence[object]:
    assert NODE is not None
    ran = subprocess.run(
        [NODE, "-e", ASK, str(SEMVER)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: list[object] = json.loads(ran.stdout)
    return answer


def _own(wanted: str, texts: Sequence[str]) -> object:
    parsed = [parse_semver(text) for text in texts]
    return [
        parse_range(wanted) is not None,
        [_holds(wanted, text) for text in texts],
        [None if each is None else str(each) for each in parsed],
        [[None if a is None or b is None else (a > b) - (a < b) for b in parsed] for a in parsed],
    ]


@pytest.mark.slow
@pytest.mark.skipif(
    NODE is None or not (SEMVER / "package.json").is_file(),
    reason="needs node, and GHOSTCRAWL_TEST_SEMVER with npm's semver package",
)
@settings(
    max_examples=20,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    st.lists(
        st.tuples(ranges, st.lists(versions, min_size=3, max_size=3)), min_size=40, max_size=60
    )
)
def test_npm_itself_agrees_on_every_range_and_order(
    cases: list[tuple[str, list[str]]],
) -> None:
    theirs = _asked(cases)

    own = [_own(wanted, texts) for wanted, texts in cases]

    assert own == theirs
