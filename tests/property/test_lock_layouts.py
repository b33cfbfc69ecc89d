"""Reading a lock by the layout of its tool finds what reading all of its TOML finds, line by line."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.python.pdm import PdmParser
from crawler.lockfiles.python.poetry import PoetryParser
from crawler.lockfiles.python.pylock import PylockParser
from crawler.lockfiles.python.uv import UvParser
from tests.generated import examples

SLOWLY = '# """'
"""In a text with three quotes nothing is read by its layout, not even in a comment."""
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
URL = "https://files.index.example/a/zz_a-1.0-py3-none-any.whl"
HASHES = f'hashes = {{ sha256 = "{SHA256}" }}'
BLANKS = ("", "# zz", "  # ]", "    # { url = 'zz' }")
BROKEN = ("    {", "]", "}", "a = 1", "a = [[1],", "['x']]", "[zz]")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The pieces of which a lock is made; each may be left out, and each is written once at most."""

    package: tuple[str, ...]
    """Begins with the header."""
    array: str
    """The key of the array of a package."""
    elements: tuple[str, ...]
    tables: tuple[str, ...] = ()
    """Below a package."""
    tails: tuple[str, ...] = ()


PACKAGE = ("[[package]]", 'name = "zz-a"', 'version = "1.0"')
FILES = (
    f'    {{file = "zz_a-1.0.tar.gz", hash = "sha256:{SHA256}"}},',
    f'    {{url = "{URL}", hash = "sha256:{SHA256}"}},',
    f'    {{url = "{URL}?x=1", hash = "sha256:{SHA256}"}},',
    f'    {{ file = "zz_b-1.0.tar.gz", hash = "sha256:{SHA256}" }},',
    '    {file = "zz_a-2.0.tar.gz"},',
    "    3,",
)
OLD_FILES = "\n".join(("[metadata.files]", "zz-a = [", *FILES, "]", '"zz-a 1.0" = [', *FILES, "]"))
POETRY = Layout(
    package=(*PACKAGE, "develop = true"),
    array="files",
    elements=FILES,
    tables=(f'[package.source]\ntype = "url"\nurl = "{URL}"', "[package.dependencies]\nzz = '1'"),
    tails=(
        "[extras]\nall = ['zz']",
        '[metadata]\nlock-version = "2.1"',
        OLD_FILES,
        f'[metadata.hashes]\nzz-a = ["{SHA256}",\n"{SHA256}"]',
    ),
)
PDM = Layout(
    package=(*PACKAGE, f'url = "{URL}"', "editable = true"),
    array="files",
    elements=FILES,
    tails=('[metadata]\nlock_version = "4.5"', OLD_FILES),
)
PYLOCK = Layout(
    package=(
        "[[packages]]",
        'name = "zz-a"',
        f'sdist = {{ url = "{URL}", size = 12, hashes = {{ sha256 = "{SHA256}" }} }}',
        f'archive = {{ url = "{URL}", hashes = {{ sha256 = "{SHA256}" }} }}',
    ),
    array="wheels",
    elements=(
        f'    {{name = "zz_a-1.0.tar.gz",url = "{URL}",hashes = {{sha256 = "{SHA256}"}}}},',
        f'    {{ url = "{URL}", upload-time = 2026-01-01T00:00:00Z, {HASHES} }},',
        f'    {{ url = "{URL}", upload-time = 2026-01-01T00:00:00.5Z, {HASHES} }},',
        f'    {{ url = "{URL}#a", hashes = {{ md5 = "00" }} }},',
    ),
    tables=("[packages.tool]\nzz = 1", "[packages.vcs]\ntype = 'git'"),
    tails=("[tool.zz]\nwheels = [\n    { url = 'zz' },\n]",),
)
UV = Layout(
    package=(
        *PACKAGE,
        'source = { registry = "https://index.example/" }',
        f'sdist = {{ url = "{URL}", hash = "sha256:{SHA256}", size = 12 }}',
    ),
    array="wheels",
    elements=(
        f'    {{ url = "{URL}", hash = "sha256:{SHA256}", size = 12 }},',
        f'    {{ url = "{URL}" }},',
        f'    {{ url = "{URL}#a" }},',
        "    'zz',",
    ),
    tables=("[package.metadata]\nrequires-dist = []",),
)


def some(pieces: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """Most of `pieces`, in their order."""
    kept = st.lists(st.integers(0, 4), min_size=len(pieces), max_size=len(pieces))
    return kept.map(lambda draws: [p for p, draw in zip(pieces, draws, strict=True) if draw])


@st.composite
def texts(draw: st.DrawFn, layout: Layout) -> str:
    """Locks of one to three packages; one in five has lines that break it."""
    lines = ["#", *(["version = 1"] if draw(st.booleans()) else [])]
    for _ in range(draw(st.integers(1, 3))):
        lines += [layout.package[0], *draw(some(layout.package[1:]))]
        if draw(st.booleans()):
            elements = st.sampled_from([*layout.elements, *layout.elements, *BLANKS])
            lines += [f"{layout.array} = [", *draw(st.lists(elements, max_size=5)), "]"]
        elif layout.array == "wheels" and draw(st.booleans()):
            lines += [f"wheels = [{layout.elements[0].strip(' ,')}]"]
        lines += [*draw(some(layout.tables)), *draw(st.lists(st.sampled_from(BLANKS), max_size=2))]
    lines += draw(some(layout.tails))
    if draw(st.integers(0, 4)) == 0:
        lines.insert(draw(st.integers(1, len(lines))), draw(st.sampled_from(BROKEN)))
    return "\n".join([*lines, ""])


def check(parser: LockParser, text: str) -> None:
    fast = parser.parse(text.encode())
    slow = parser.parse((SLOWLY + text).encode())

    assert (fast.readable, fast.pins) == (slow.readable, slow.pins)
    assert [skipped.context for skipped in fast.skipped] == [
        skipped.context for skipped in slow.skipped
    ]


@examples(150)
@given(texts(POETRY))
def test_poetry_files_by_their_layout(text: str) -> None:
    check(PoetryParser(), text)


@examples(150)
@given(texts(PDM))
def test_pdm_files_by_their_layout(text: str) -> None:
    check(PdmParser(), text)


@examples(150)
@given(texts(PYLOCK))
def test_pylock_files_by_their_layout(text: str) -> None:
    check(PylockParser(), text)


@examples(150)
@given(texts(UV))
def test_uv_artifacts_by_their_layout(text: str) -> None:
    check(UvParser(), text)
