"""Generated locks in every spelling of TOML: the lines of a pin are those where it was written."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import tomli
from hypothesis import given
from hypothesis import strategies as st

from crawler.lockfiles.python.pylock import PylockParser
from crawler.lockfiles.python.uv import UvParser
from crawler.model import LineSpan, Readable
from tests.generated import examples

Draw = Callable[[st.SearchStrategy[str]], str]

BLANKS = st.sampled_from(["", " ", "\t", "  "])
INSIDE = st.sampled_from(["", " ", "\n", "\n  # }] \"\"\" ''' {[\n  ", " # '\n", "\n\n\t"])
BETWEEN = st.sampled_from(
    [
        "",
        "\n",
        "# [[package]] wheels = [ { url = 'zz' } ]\n",
        '\n  # """\n',
        "# '''\n\n",
    ]
)
DECOYS = st.sampled_from(
    [
        "note = '''\n[[package]]\nwheels = [\n    { url = \"https://decoy.example/a.whl\" },\n]\n'''\n",
        'note = """\n[[packages]]\n\\""" \n[package.sdist]\n"""""\n',
        "note = [\n    { url = \"https://decoy.example/a.whl\" },\n    '[[package]]', # ]\n]\n",
        "note = { a = [ '}', \"]\\\"\" ],\n wheels = [ 1, ], sdist.url = 'x'\n}\n",
        "note = 1979-05-27 07:32:00 # ]\n",
        "note.wheels = [ { url = 'zz' }, ]\n'note'.'sdist' = 2\n",
    ]
)


@dataclass
class Page:
    """A text that grows, and the places noted in it."""

    text: str = ""
    spans: dict[str, LineSpan] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def note(self, marker: str, first: int) -> None:
        last = self.line
        known = self.spans.get(marker, LineSpan(first=first, last=last))
        self.spans[marker] = LineSpan(first=min(known.first, first), last=last)


def key(draw: Draw, name: str) -> str:
    escaped = f'"\\u{ord(name[0]):04x}{name[1:]}"'
    spellings = [name, f'"{name}"', f"'{name}'", escaped]
    return draw(st.sampled_from(spellings))


def string(draw: Draw, value: str) -> str:
    escaped = f'"{value[:2]}\\x{ord(value[2]):02x}{value[3:]}"'
    spellings = [
        f'"{value}"',
        f"'{value}'",
        escaped,
        f'"""\n{value[:9]}\\\n   {value[9:]}"""',
        f"'''\n{value}'''",
    ]
    return draw(st.sampled_from(spellings))


def pair(draw: Draw, name: str, value: str) -> str:
    return f"{key(draw, name)}{draw(BLANKS)}={draw(BLANKS)}{string(draw, value)}"


def url_of(marker: str) -> str:
    return f"https://files.index.example/{marker}-1-py3-none-any.whl"


def inline(draw: Draw, page: Page, marker: str) -> None:
    first = page.line
    page.text += "{" + draw(INSIDE) + pair(draw, "url", url_of(marker)) + draw(INSIDE)
    if draw(st.sampled_from(["", "x"])):
        page.text += "," + draw(INSIDE) + pair(draw, "upload-time", "2026-01-01")
        page.text += draw(INSIDE) + draw(st.sampled_from(["", ","]))
    page.text += draw(INSIDE) + "}"
    page.note(marker, first)


def canonical(page: Page, marker: str) -> None:
    page.note(marker, page.line)
    page.text += f'    {{ url = "{url_of(marker)}", size = 12 }},\n'


def wheels_inline(draw: Draw, page: Page, markers: list[str]) -> None:
    page.text += key(draw, "wheels") + draw(BLANKS) + "= [" + draw(INSIDE)
    for marker in markers:
        inline(draw, page, marker)
        page.text += draw(INSIDE) + "," + draw(INSIDE)
    page.text += "]" + draw(BLANKS) + "\n"


def wheels_canonical(draw: Draw, page: Page, markers: list[str]) -> None:
    page.text += "wheels = [\n"
    for marker in markers:
        if draw(st.sampled_from(["", "", "x"])):
            inline(draw, page, marker)
            page.text += ",\n"
        else:
            canonical(page, marker)
    page.text += "]\n"


def wheels_tables(draw: Draw, page: Page, root: str, markers: list[str]) -> None:
    for marker in markers:
        first = page.line
        header = f"{key(draw, root)}{draw(BLANKS)}.{draw(BLANKS)}{key(draw, 'wheels')}"
        page.text += f"{draw(BLANKS)}[[{draw(BLANKS)}{header}{draw(BLANKS)}]]\n"
        page.text += draw(BETWEEN) + pair(draw, "url", url_of(marker))
        page.note(marker, first)
        page.text += draw(BLANKS) + "\n" + draw(BETWEEN)


def package(draw: Draw, page: Page, root: str, number: int, names: itertools.count[int]) -> None:
    block = f"zz-p{number}"
    first = page.line
    page.text += f"{draw(BLANKS)}[[{draw(BLANKS)}{key(draw, root)}{draw(BLANKS)}]]"
    page.note(block, first)
    page.text += draw(st.sampled_from(["\n", " # ]]\n"]))
    page.text += pair(draw, "name", block)
    page.note(block, first)
    page.text += "\n" + draw(BETWEEN)
    if root == "package":
        page.text += pair(draw, "version", "1.0.0") + "\n"
        page.text += key(draw, "source") + "." + pair(draw, "registry", "https://index.example/")
        page.note(block, first)
        page.text += "\n"
    if draw(st.sampled_from(["", "", "x"])):
        page.text += draw(DECOYS).removesuffix("\n")
        page.note(block, first)
        page.text += "\n"
    count = int(draw(st.sampled_from(["0", "1", "3"])))
    markers = [f"zzm{next(names)}q" for _ in range(count)]
    if markers:
        del page.spans[block]
        match draw(st.sampled_from(["inline", "tables", "canonical"])):
            case "inline":
                wheels_inline(draw, page, markers)
            case "tables":
                wheels_tables(draw, page, root, markers)
            case _:
                wheels_canonical(draw, page, markers)
    page.text += draw(BETWEEN)


@st.composite
def locks(draw: st.DrawFn, root: str) -> Page:
    page = Page(text='lock-version = "1.0"\n' if root == "packages" else "version = 1\n")
    names = itertools.count(1)
    for number in range(int(draw(st.sampled_from("123")))):
        package(draw, page, root, number, names)
    if draw(st.booleans()):
        page.text += "[tool.zz]\nwheels = [{ url = 'https://decoy.example/b.whl' }]\n"
    return page


def spans_of(parser: UvParser | PylockParser, page: Page) -> dict[str, LineSpan | None]:
    result = parser.parse(page.text.encode())
    assert result.readable is Readable.FULLY, (result.skipped, page.text)
    return {
        str(pin.name if pin.filename is None else pin.filename.partition("-")[0]): pin.lines
        for pin in result.pins
    }


@examples(300)
@given(locks("package"))
def test_the_lines_of_a_uv_pin_are_those_where_it_was_written(page: Page) -> None:
    spans = spans_of(UvParser(), page)

    assert spans == page.spans


@examples(200)
@given(locks("packages"))
def test_the_lines_of_a_pylock_pin_are_those_where_it_was_written(page: Page) -> None:
    spans = spans_of(PylockParser(), page)

    assert spans == page.spans


@examples(150)
@given(locks("package"))
def test_line_ends_of_windows_change_no_line_number(page: Page) -> None:
    result = UvParser().parse(page.text.replace("\n", "\r\n").encode())

    assert result == UvParser().parse(page.text.encode())


@examples(150)
@given(locks("package"))
def test_the_fast_reading_finds_what_the_parser_finds(page: Page) -> None:
    packages = tomli.loads(page.text)["package"]
    urls = [wheel["url"] for entry in packages for wheel in entry.get("wheels", ())]

    result = UvParser().parse(page.text.encode())

    assert [pin.url for pin in result.pins if pin.url] == urls
