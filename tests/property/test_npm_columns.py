"""What a package-lock.json is told to name, before any pin is made, is what its pins name."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lockfiles.npm import NpmParser
from tests.columns import check_columns

SHA1 = f"sha1-{'Ab+/' * 6}AQs="
SHA512 = f"sha512-{'Ab+/' * 21}AQ=="
CARRIED = f"packages/ab/cd/{'ef' * 30}"
REGISTRY = "https://registry.npm.example"
KEYS = (
    *["node_modules/zz", "node_modules/@zz/a", "node_modules/yy/node_modules/zz"] * 60,
    "",
    "zz",
    "packages/zz",
    "node_modules/",
    "packages/zz/node_modules/zz",
    "node_modules/z\\u007a",
    'node_modules/z\\"z',
    "node_modules/z:z",
    "node_modules/z{z[",
    "node_modules/z\\\\",
    "node_modules/\\ud83d",
)
NAMES = (*["zz", "@zz/a", "yy"] * 60, "", "zz:zz", "z\\u007a", "n:{")
VERSIONS = (
    *['"1.0.0"', '"2.0.0-zz+1"'] * 60,
    '"npm:yy@1.0.0"',
    '"npm:@zz/a@1.0.0"',
    '"git+ssh://git@git.example/zz.git#zz"',
    '"file:../zz"',
    '"file:zz-1.0.0.tgz"',
    f'"{REGISTRY}/yy/-/yy-1.0.0.tgz"',
    '""',
    "1",
    "null",
    "[]",
    '"1.0.0", "version": "2.0.0"',
)
LOCATIONS = (
    *[f'"{REGISTRY}/zz/-/zz-1.0.0.tgz"', f'"{REGISTRY}/@zz/a/-/a-1.0.0.tgz"'] * 60,
    '"http://registry.npm.example/zz/-/zz-1.0.0.tgz"',
    '"https://Registry.npm.example/zz/-/zz-1.0.0.tgz"',
    '"HTTPS://registry.npm.example/zz/-/zz-1.0.0.tgz"',
    '"https://registry.npm.example./zz/-/zz-1.0.0.tgz"',
    '"https://registry.npm.example:443/zz/-/zz-1.0.0.tgz"',
    '"https://registry.npm.example:8443/zz/-/zz-1.0.0.tgz"',
    '"https://zz:zz@registry.npm.example/zz/-/zz-1.0.0.tgz"',
    '"https://registry.npm.example/zz/../yy/-/yy-1.0.0.tgz"',
    '"https://registry.npm.example/@zz%2fa/-/a-1.0.0.tgz"',
    '"https://registry.npm.example/zz/-/zz-1.0.0.tgz?token=zz"',
    '"https://registry.npm.example/zz/-/zz-1.0.0.tgz#zz"',
    '"https://registry.npm.example"',
    '"https:\\\\registry.npm.example\\\\zz.tgz"',
    '"https:\\/\\/registry.npm.example\\/zz\\/-\\/zz-1.0.0.tgz"',
    f'"https://files.index.example/{CARRIED}/zz-1.0.0.tgz"',
    f'"https://files.index.example/{CARRIED.upper()}/zz-1.0.0.tgz"',
    '"git+https://git.example/zz.git#zz"',
    '"file:../zz-1.0.0.tgz"',
    '"file:../zz"',
    '""',
    "false",
    "null",
    "1",
    "{}",
)
INTEGRITIES = (
    *[f'"{SHA512}"'] * 60,
    f'"{SHA1}"',
    f'"{SHA1} {SHA512}"',
    f'"{SHA512}?zz"',
    f'"sha384-{"Ab+/" * 16}"',
    f'"{SHA512.replace("AQ==", "A===")}"',
    f'"{SHA512.replace("sha512", "sha999")}"',
    f'"sha1-{"Ab+/" * 21}AQ=="',
    '""',
    "null",
    "1",
)
OTHERS = (
    *['"dev": true', '"engines": {"node": ">=1"}', '"bin": {"a": "b:c"}', '"funding": ["x", 1]']
    * 30,
    '"link": true',
    '"link": false',
    '"inBundle": true',
    '"x": {"a": 1, "a": 2}',
    f'"x": {"[" * 30}{"]" * 30}',
    '"x": 1e999',
    f'"x": {"1" * 1001}',
    '"x": "\\ud800"',
    '"x": "\\ud83d\\ude00"',
    '"x": NaN',
    '"x": "\\q"',
    '"x": 1,',
    '"x"',
    '"resolved": false',
    f'"integrity": "{SHA1}"',
)
VERSION_LINES = (*['"lockfileVersion": 3', '"lockfileVersion": 2'] * 30, '"lockfileVersion": 1')
TOPS = (
    *[*VERSION_LINES] * 3,
    '"lockfileVersion": 9',
    '"lockfileVersion": "3"',
    '"lockfileVersion": true',
    '"lockfileVersion": 3, "lockfileVersion": 2',
    '"lockfileVersion": 3, "packages": {}',
    '"lockfileVersion": 3, "dependencies": []',
    '"name": "zz"',
)

STARTS = (*["", "\n"] * 10, "\ufeff")
COMMAS = (", ", ",\n")

one_of = st.sampled_from


def maybe(draw: st.DrawFn, key: str, values: tuple[str, ...]) -> list[str]:
    return [f'"{key}": {draw(one_of(values))}'] if draw(st.integers(0, 4)) else []


def members(draw: st.DrawFn) -> list[str]:
    return [
        *maybe(draw, "version", VERSIONS),
        *maybe(draw, "resolved", LOCATIONS),
        *maybe(draw, "integrity", INTEGRITIES),
        *([draw(one_of(OTHERS))] if draw(st.booleans()) else []),
    ]


@st.composite
def package(draw: st.DrawFn) -> str:
    alias = [f'"name": "{draw(one_of(NAMES))}"'] if draw(st.integers(0, 5)) == 0 else []
    return f'"{draw(one_of(KEYS))}": {{{", ".join([*alias, *members(draw)])}}}'


@st.composite
def dependency(draw: st.DrawFn, depth: int = 2) -> str:
    inner = (
        [f'"dependencies": {{{", ".join(draw(st.lists(dependency(depth - 1), max_size=2)))}}}']
        if depth and draw(st.integers(0, 2)) == 0
        else []
    )
    return f'"{draw(one_of(NAMES))}": {{{", ".join([*members(draw), *inner])}}}'


def usual(key: str) -> str:
    """Four entries as nearly all are, so that an odd one beside them may be read by itself."""
    return ", ".join(
        f'"{key}y{i}": {{"version": "1.{i}.0", "resolved": "{REGISTRY}/yy/-/yy-1.{i}.0.tgz",'
        f' "integrity": "{SHA512}"}}'
        for i in range(4)
    )


@st.composite
def lock(draw: st.DrawFn) -> str:
    packages = [*draw(st.lists(package(), max_size=3)), usual("node_modules/")]
    dependencies = [*draw(st.lists(dependency(), max_size=3)), usual("")]
    parts = [draw(one_of(TOPS))]
    which = draw(st.integers(0, 3))
    if which != 1:
        parts.append(f'"packages": {{{", ".join(packages)}}}')
    if which:
        parts.append(f'"dependencies": {{{", ".join(dependencies)}}}')
    text = f"{{{', '.join(draw(st.permutations(parts)))}}}"
    behind = draw(one_of((*["", "\n"] * 20, "zz", ",", "{}")))
    return f"{draw(one_of(STARTS))}{text.replace(', ', draw(one_of(COMMAS)))}{behind}"


@settings(max_examples=300)
@given(lock())
def test_a_lock_of_npm_is_told_to_name_what_its_pins_name(text: str) -> None:
    check_columns(NpmParser(), text.encode())
