"""Locks cut into packages that they share give what a full reading of their TOML gives."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from crawler.lockfiles.documents.packages import BlockMemo
from crawler.lockfiles.interface import SharingParser
from crawler.lockfiles.registry import SHARING
from tests.generated import examples

SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
OTHER = SHA256[::-1]
URL = "https://files.index.example/a/zz_a-1.0-py3-none-any.whl"
FILE = f'{{file = "zz_a-1.0.tar.gz", hash = "sha256:{SHA256}"}}'
STATIC = f'{{url = "{URL}", hash = "sha256:{OTHER}"}}'


@dataclass(frozen=True, kw_only=True)
class Style:
    """How locks of one format are written, well and otherwise."""

    header: str
    top: tuple[str, ...]
    package: tuple[str, ...]
    """Each may be left out, most are not."""
    behind: tuple[str, ...]
    """Tables below a package."""
    odd: tuple[str, ...]
    """Lines that may stand anywhere in a package."""
    tails: tuple[str, ...]


ODD = (
    'name = "zz-again"',
    '"version" = "2.0"',
    "zz.dotted = 1",
    'source.url = "zz"',
    'description = """zz',
    "zz = '''a\n[[package]]\nname = 'zz-inside'\n'''",
    'zz = ["a", \'b\', "\\u0041\\x41", {c = 1}] # ]',
    "# [[package]]",
    "",
    "files = 3",
    "wheels = [3, {}]",
    "zz = [",
    "zz = [\n[1],\n]",
    "<<<<<<< ours",
    "=======",
    ">>>>>>> theirs",
    "[zz]",
    "[[ package ]]",
    '[["package"]]',
    "[[package]] # zz",
    " [[package]]",
    "[package.version]",
    '[ package . "zz" ]',
    "[[package.zz]]",
    "[package.dependencies]",
    'zz-b = "2"',
    "[packages.tool]",
)
POETRY = Style(
    header="[[package]]",
    top=("zz = 1", "# 1", "# 2", "# 3", "package = 3", '"package".zz = 1', "[metadata]", "zz = ["),
    package=(
        'name = "zz-a"',
        'version = "1.0"',
        'description = "a \\"zz\\" [[package]]"',
        "optional = false",
        'python-versions = ">=3.9"',
        'groups = ["main", "dev"]',
        'markers = "zz == \\"1\\""',
        f"files = [\n    {FILE},\n    {STATIC},\n]",
    ),
    behind=(
        '\n[package.dependencies]\nzz-b = ">=1"\n"zz.c" = {version = "*", markers = "zz"}',
        '\n[package.dependencies]\nzz-b = "1"\n"zz-b" = "2"',
        '\n[package.extras]\nall = ["zz (>=1)"]\nnone = []',
        f'\n[package.source]\ntype = "url"\nurl = "{URL}"',
    ),
    odd=(*ODD, f"files = [\n    {FILE}\n    {FILE},\n]", f"files = [\n    {FILE}\n]"),
    tails=(
        "[extras]\nall = ['zz']",
        '[metadata]\nlock-version = "2.1"',
        f"[metadata.files]\nzz-a = [\n    {FILE},\n]",
        "\n[1],\n]",
        "['package'.zz]",
    ),
)
PDM = Style(
    header="[[package]]",
    top=("# zz", "[metadata]", 'lock_version = "4.5"'),
    package=(
        'name = "zz-a"',
        'version = "1.0"',
        'requires_python = ">=3.9"',
        'summary = "zz"',
        'groups = ["default"]',
        'dependencies = [\n    "zz-b>=1; x == \\"y\\"",\n]',
        f"files = [\n    {STATIC},\n    {FILE},\n]",
    ),
    behind=("[package.zz]\nfiles = 1",),
    odd=(*ODD, f'url = "{URL}"', "editable = true"),
    tails=(f'[metadata.files]\n"zz-a 1.0" = [\n    {FILE},\n]', "[zz]"),
)
UV = Style(
    header="[[package]]",
    top=("version = 1", "revision = 3", "[options]\nzz = 1", "[[distribution]]\nname = 'zz-d'"),
    package=(
        'name = "zz-a"',
        'version = "1.0"',
        'source = { registry = "https://index.example/" }',
        f'sdist = {{ url = "{URL}", hash = "sha256:{SHA256}", size = 12 }}',
        f'wheels = [\n    {{ url = "{URL}", hash = "sha256:{OTHER}" }},\n    {{ url = "{URL}#a" }},\n]',
    ),
    behind=("[package.metadata]\nrequires-dist = [{ name = 'zz' }]",),
    odd=ODD,
    tails=("[manifest]\nmembers = ['zz']",),
)
PYLOCK = Style(
    header="[[packages]]",
    top=('lock-version = "1.0"', 'created-by = "zz"'),
    package=(
        'name = "zz-a"',
        'version = "1.0"',
        f"wheels = [\n    {{ url = \"{URL}\", hashes = {{ sha256 = '{SHA256}' }} }},\n]",
        f'sdist = {{ url = "{URL}", size = 12, hashes = {{ sha256 = "{SHA256}" }} }}',
    ),
    behind=("[packages.tool.pdm]\nzz = []", "[packages.vcs]\ntype = 'git'\nurl = 'zz'"),
    odd=tuple(line.replace("package", "packages") for line in ODD),
    tails=("[tool.zz]\nzz = 1",),
)
STYLES = {"uv": UV, "pylock": PYLOCK, "poetry": POETRY, "pdm": PDM}

each_parser = pytest.mark.parametrize("parser", SHARING, ids=lambda parser: parser.format)


@st.composite
def packages(draw: st.DrawFn, style: Style) -> list[str]:
    """One package; one in eight is odd in some way."""
    whole = draw(st.booleans())
    lines = [line for line in style.package if whole or draw(st.integers(0, 9))]
    if draw(st.integers(0, 7)) == 7:
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(style.odd)))
    tables = draw(st.lists(st.sampled_from(style.behind), max_size=2, unique=True))
    blanks = draw(st.sampled_from(([""], [""], [""], [], ["# zz", ""], ["", "", " "])))
    return [style.header, *lines, *tables, *blanks]


@st.composite
def locks(draw: st.DrawFn, style: Style) -> list[bytes]:
    """Up to four locks that share packages."""
    known = draw(st.lists(packages(style), min_size=1, max_size=4))
    found = []
    for _ in range(draw(st.integers(1, 4))):
        lines = draw(st.lists(st.sampled_from(("# zz", *style.top)), max_size=2, unique=True))
        for package in draw(st.lists(st.sampled_from(known), max_size=5)):
            lines = [*lines, *package]
        lines += draw(st.lists(st.sampled_from(("", *style.tails)), max_size=2, unique=True))
        end, mark = draw(st.sampled_from((*[("\n", "")] * 8, ("\r\n", ""), ("\n", "\ufeff"))))
        text = end.join("\n".join(lines).split("\n")) + draw(st.sampled_from((end, "", end * 2)))
        found.append((mark + text).encode())
    return found


@each_parser
@examples(200)
@given(data=st.data())
def test_a_lock_read_with_a_memo_is_what_a_full_reading_gives(
    parser: SharingParser, data: st.DataObject
) -> None:
    some = data.draw(locks(STYLES[parser.format]))
    memo = BlockMemo(data.draw(st.sampled_from((0, 20_000, 10_000_000))))

    for lock in [*some, *reversed(some)]:
        known = len(memo)
        shared = parser.parse(lock, memo)
        event(f"kept: {len(memo) > known}")

        assert shared == parser.parse(lock)
