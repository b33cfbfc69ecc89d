"""What a Pipfile.lock is told to name, before any pin is made, is what its pins name."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lockfiles.pipfile import PipfileParser
from tests.columns import check_columns

HASH = f"sha256:{'ab' * 32}"
OTHER_HASH = f"sha256:{'cd' * 32}"
NAMES = (*["zz", "zz-a", "Zz.A", "yy"] * 30, "", "zz==1", "z\\u007a", "z:z", "zz @ yy", "_meta")
VERSIONS = (
    *['"==1.0"', '"==2.0.post1"'] * 60,
    '"1.0"',
    '" == 1.0 "',
    '"===1.0"',
    '"=="',
    '">=1.0"',
    '"*"',
    '""',
    "1.0",
    "null",
)
HASHES = (
    *[f'["{HASH}", "{OTHER_HASH}"]', f'["{HASH}"]'] * 60,
    "[]",
    "null",
    "{}",
    f'"{HASH}"',
    "[1]",
    '[""]',
    f'["{HASH}{OTHER_HASH}"]',
    f'["{HASH}", "md5:{"ab" * 16}"]',
    f'["{HASH.upper()}"]',
    f'["sha256:{"AB" * 32}"]',
    f'["sha512:{"ab" * 64}"]',
    f'["{HASH[:-1]}"]',
    f'["{HASH[:-1]}g"]',
    f'["{HASH[:-1]}\\u0061"]',
    f'["{HASH[:-1]}\u0661"]',
)
OTHERS = (
    *['"index": "zz"', '"markers": "python_version >= \'3\'"', '"extras": ["a"]'] * 40,
    '"index": "other"',
    '"index": 1',
    '"index": null',
    '"git": "https://git.example/zz.git", "ref": "zz"',
    '"hg": "https://git.example/zz"',
    '"git": null',
    '"file": "https://files.index.example/zz-1.0.tar.gz"',
    f'"file": "https://files.index.example/packages/ab/cd/{"ef" * 30}/yy-2.0.tar.gz"',
    '"file": "zz-1.0.tar.gz"',
    '"path": ".", "editable": true',
    '"path": 1',
    f'"hashes": ["{OTHER_HASH}"]',
    '"version": "==3.0"',
    '"x": {"a": 1, "a": 2}',
    '"x": "\\ud800"',
    f'"x": {"1" * 1001}',
)
SOURCE = '{"name": "zz", "url": "https://index.example/simple", "verify_ssl": true}'
METAS = (
    *[f'"_meta": {{"pipfile-spec": 6, "sources": [{SOURCE}]}}'] * 90,
    '"_meta": {}',
    '"_meta": []',
    '"_meta": {"pipfile-spec": 7}',
    '"_meta": {"pipfile-spec": "6"}',
    '"_meta": {"pipfile-spec": true}',
    '"_meta": {"sources": {}}',
    '"_meta": {"sources": [1]}',
    '"_meta": {"sources": [{"url": 1}]}',
    '"_meta": {"sources": [{"name": 1}]}',
    f'"_meta": {{}}, "_meta": {{"sources": [{SOURCE}]}}',
    '"zz": {}',
)
CATEGORIES = (*["default", "develop", "docs"] * 20, "", "hashes", "packages")

COMMAS = (", ", ",\n")

one_of = st.sampled_from


@st.composite
def package(draw: st.DrawFn) -> str:
    stated = [
        f'"{key}": {draw(one_of(values))}'
        for key, values in (("hashes", HASHES), ("version", VERSIONS))
        if draw(st.integers(0, 5))
    ]
    others = [draw(one_of(OTHERS))] if draw(st.integers(0, 4)) == 0 else []
    return f'"{draw(one_of(NAMES))}": {{{", ".join([*stated, *others])}}}'


@st.composite
def category(draw: st.DrawFn) -> str:
    packages = ", ".join(draw(st.lists(package(), max_size=3)))
    value = draw(one_of((*[f"{{{packages}}}"] * 90, "[]", "null", '{"zz": "==1.0"}')))
    return f'"{draw(one_of(CATEGORIES))}": {value}'


@st.composite
def lock(draw: st.DrawFn) -> str:
    categories = draw(st.lists(category(), min_size=1, max_size=3))
    text = ", ".join([draw(one_of(METAS)), *categories])
    return f"{{{text.replace(', ', draw(one_of(COMMAS)))}}}"


@settings(max_examples=300)
@given(lock())
def test_a_lock_of_pipenv_is_told_to_name_what_its_pins_name(text: str) -> None:
    check_columns(PipfileParser(), text.encode())
