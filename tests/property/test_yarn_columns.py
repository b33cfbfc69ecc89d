"""What a yarn.lock is told to name, before any pin is made, is what its pins name."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lockfiles.yarn import YarnParser
from tests.columns import check_columns

SHA1 = "b03e42eeddf5898e00646e4c840fa07ba8dcad7f"
SHA512 = f"sha512-{'Ab+/' * 21}AQ=="
CARRIED = f"packages/ab/cd/{'ef' * 30}"
KEYS = (
    *["zz@^1.0", '"@zz/a@^1.0"', '"zz@>=1 <2", zz@~1', '"@zz/a@~1", "@zz/a@^1"'] * 60,
    "zz@",
    "zz",
    '"zz@npm:@zz/a@1"',
    "zz@npm:@zz/a@1",
    '"zz@npm:^1"',
    '"zz@npm:yy@^1"',
    'zz@^1.0"',
    '"zz@^1.0',
    '"zz@1, yy@2"',
    "zz@.5",
    "zz@zz/zz",
    '"zz@file:../zz"',
    '"zz@https://files.index.example/zz.tgz"',
    '"zz@git+https://git.example/zz.git"',
    "@zz/a@1",
    " zz@1",
    "#zz@1",
    '"z\\u007a@1"',
    "__metadata",
    "? zz@1\n",
    "\u212azz@1",
    "z@1,",
    "z@1,,y@2",
    "z@1 y@2",
)
HOSTS = (
    *["https://registry.npm.example"] * 60,
    "http://registry.npm.example",
    "https://Registry.npm.example",
    "https://registry.npm.example.",
    "https://registry.npm.example:8443",
    "https://registry.npm.example:443",
    "https://zz@registry.npm.example",
    "https://zz:zz@registry.npm.example:8443",
    "//registry.npm.example",
)
FILES = (
    *["zz/-/zz-1.0.tgz", "@zz/a/-/a-1.0.tgz"] * 60,
    "npm/zz/-/zz-1.0.tgz",
    "yy/-/yy-1.0.tgz",
    "xzz/-/zz-1.0.tgz",
    "@zz/a/-/@zz/a-1.0.tgz",
    "@zz%2fa/-/a-1.0.tgz",
    "zz/../yy/-/zz-1.0.tgz",
    "zz//-/zz-1.0.tgz",
    "zz/-/-/zz-1.0.tgz",
    "zz/-/zz-1.0.git",
    "zz/-/zz-1.0.tgz?token=zz",
    "zz-1.0.tgz",
    f"{CARRIED}/zz-1.0.tgz",
    f"{CARRIED}/-/zz-1.0.tgz",
    "zz.git",
)
FRAGMENTS = (*[f"#{SHA1}"] * 30, "", "", f"#{SHA1.upper()}", "#zz", "#", f"#{SHA1}&zz")
INTEGRITIES = (
    *[SHA512] * 60,
    f"sha1-{'Ab+/' * 6}AQs=",
    f'"sha1-{"Ab+/" * 6}AQs= {SHA512}"',
    f"{SHA512}?zz",
    f"sha384-{'Ab+/' * 16}",
    SHA512.replace("AQ==", "A==="),
    f"sha1-{'Ab+/' * 21}AQ==",
    '""',
)
VERSIONS = (*['"1.0"'] * 60, '"1.0.0-zz+1"', "1.0", '"1 0"', '"1\\u002e0"', '""', '"0" "1"')
PROPERTIES = (
    *['dependencies:\n    zz "^1"', 'optionalDependencies:\n    "@zz/a" "^1"\n      zz zz'] * 50,
    "name zz-b",
    "name @zz/b",
    'name "@zz/b"',
    "name 'zz'",
    'version "2.0"',
    "version:",
    "resolution zz@npm:1.0",
    "uid zz",
    'zz "',
    "  zz",
    "zz",
    "dependencies:\n    <<<<<<< zz",
    "# zz",
)
BEHIND = (*[""] * 60, "\n", "# zz\n", "#\n\n", "  # zz\n", "zz\n", " \n", "<<<<<<< zz\n", ":\n")
RESOLUTIONS = (
    *["zz@npm:1.0", "@zz/a@npm:1.0", "zz@workspace:packages/zz"] * 60,
    "zz@npm:1.0::__archiveUrl=https%3A%2F%2Ffiles.index.example%2Fzz.tgz",
    f"zz@npm:1.0::__archiveUrl=https%3A%2F%2Ffiles.index.example%2F{CARRIED}%2Fzz-1.0.tgz",
    "zz@patch:zz@npm%3A1.0#zz.patch::version=1.0&hash=zz",
    "zz@https://files.index.example/zz.tgz",
    f"zz@https://files.index.example/{CARRIED}/zz-1.0.tgz",
    "zz@https://git.example/zz.git#commit=zz",
    "zz@file:../zz.tgz::locator=zz",
    "zz@link:../zz",
    "zz@zz:1.0",
    "zz@1.0",
    "zz",
    "",
    "z\\u007a@npm:1.0",
)
BERRY_KEYS = (
    *['"zz@npm:^1"', '"@zz/a@npm:^1, @zz/a@npm:^2"', '"zz@workspace:packages/zz"'] * 60,
    "zz@npm:^1",
    '"__metadata"',
    "? zz@npm:^1\n",
    '"zz@npm:^1',
    " zz",
    '""',
    "",
)
BERRY_PROPERTIES = (
    *["dependencies:\n    zz: ^1", "bin:\n    zz: zz", "dependenciesMeta:\n    z:\n      z: t"]
    * 25,
    "checksum: 10c0/zz",
    "conditions: os=zz & cpu=zz",
    'conditions: "zz',
    "version: 2.0",
    "resolution: zz@npm:2.0",
    "zz",
)

one_of = st.sampled_from


def maybe(draw: st.DrawFn, line: str) -> str:
    return f"{line}\n" if draw(st.integers(0, 3)) else ""


@st.composite
def classic(draw: st.DrawFn) -> str:
    url = f"{draw(one_of(HOSTS))}/{draw(one_of(FILES))}{draw(one_of(FRAGMENTS))}"
    return (
        f"{draw(one_of(KEYS))}:\n  version {draw(one_of(VERSIONS))}\n"
        + maybe(draw, f'  resolved "{url}"')
        + maybe(draw, f"  integrity {draw(one_of(INTEGRITIES))}")
        + maybe(draw, f"  {draw(one_of(PROPERTIES))}")
        + draw(one_of(BEHIND))
    )


@st.composite
def berry(draw: st.DrawFn) -> str:
    return (
        f"{draw(one_of(BERRY_KEYS))}:\n"
        + maybe(draw, f"  version: {draw(one_of(VERSIONS)).strip(chr(34))}")
        + f'  resolution: "{draw(one_of(RESOLUTIONS))}"\n'
        + maybe(draw, f"  {draw(one_of(BERRY_PROPERTIES))}")
        + maybe(draw, "  checksum: 10c0/zz")
        + maybe(draw, "  conditions: (os=zz | os=zz)")
        + "  languageName: node\n  linkType: hard\n"
        + draw(one_of(BEHIND))
    )


def lock_of(top: str, entry: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Usual entries around each other one, so that a single odd one may be read by itself."""
    around = "\n".join([USUAL[top]] * 4)
    return st.builds(
        lambda entries, end: top + "".join(f"{one}\n{around}\n" for one in entries) + end,
        st.lists(entry, min_size=1, max_size=2),
        one_of((*[""] * 8, "zz", "zz@1:")),
    )


CLASSIC = "# yarn lockfile v1\n\n\n"
BERRY = "# zz\n\n__metadata:\n  version: 8\n  cacheKey: 10c0\n\n"
USUAL = {
    CLASSIC: f'yy@^1:\n  version "1.0"\n  integrity {SHA512}\n  dependencies:\n    zz "^1"\n',
    BERRY: '"yy@npm:^1":\n  version: 1.0\n  resolution: "yy@npm:1.0"\n  languageName: node\n'
    "  linkType: hard\n",
}


@settings(max_examples=400)
@given(lock_of(CLASSIC, classic()) | lock_of(BERRY, berry()))
def test_a_lock_of_yarn_is_told_to_name_what_its_pins_name(text: str) -> None:
    check_columns(YarnParser(), text.encode())
