"""The lines of JSON entries are right whatever the layout: cut where it is usual, walked where not."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from crawler.lockfiles.json_document import Entry, Shape, load

KEYS = st.sampled_from(["a", "b", "items", "other", "x{", "y}", 'q"', "z:", "@s/p"])
SCALARS = st.one_of(
    st.none(), st.integers(0, 9), st.sampled_from(["", "{", "}", "},", ":", '"', "\n"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
DOCUMENTS = st.fixed_dictionaries(
    {"before": VALUES, "items": st.one_of(st.dictionaries(KEYS, VALUES), st.lists(VALUES))},
    optional={"after": VALUES},
)
ODD = ("", " ", "\n", "\n  ", "\n    ", "\n      ", "\n\n    ")
SHAPES: tuple[Shape, ...] = (
    {"items": {}},
    {"items": {"*": {"items": {}}}},
    {"*": {}},
)

Found = tuple[str, int, int]


@dataclass(slots=True)
class Writer:
    """Writes a value as most programs do, now and then with other white space; knows every line."""

    choose: random.Random
    oddness: float
    unit: str
    text: str = ""
    entries: list[Found] = field(default_factory=list)

    def space(self, usual: str) -> None:
        self.text += self.choose.choice(ODD) if self.choose.random() < self.oddness else usual

    def line(self) -> int:
        return self.text.count("\n") + 1

    def write(self, value: object, depth: int, *, noted: bool) -> None:
        if not isinstance(value, (dict, list)) or not value:
            self.text += json.dumps(value)
            return
        indent = "\n" + self.unit * (depth + 1)
        self.text += "{" if isinstance(value, dict) else "["
        for number, key in enumerate(value if isinstance(value, dict) else range(len(value))):
            self.text += "," if number else ""
            self.space(indent)
            first = self.line()
            if isinstance(value, dict):
                self.text += json.dumps(key)
                self.space("")
                self.text += ":"
                self.space(" ")
            self.write(value[key], depth + 1, noted=depth == 0 and key == "items")
            if noted:
                self.entries.append((str(key), first, self.line()))
        self.space("\n" + self.unit * depth)
        self.text += "}" if isinstance(value, dict) else "]"


def lines_of(text: str, shape: Shape) -> list[Found]:
    root: Entry = load(shape)(text).root([])
    is_array = isinstance(json.loads(text)["items"], list)
    return [(e.key, e.first, e.last) for e in root.entries("items", array=is_array)]


@settings(max_examples=150)
@given(
    document=DOCUMENTS,
    seed=st.integers(0, 2**32),
    oddness=st.sampled_from([0.0, 0.02, 0.2]),
    unit=st.sampled_from(["  ", "    ", "\t"]),
)
@example(
    document={"before": [None], "after": None, "items": [{"a": None}, {"a": {"a": None}}]},
    seed=220967,
    oddness=0.2,
    unit="    ",
).via("blanks behind the last entry were taken for a part of it")
@example(
    document={
        "items": {"a": [None, [None], {"a": {"a": None}}], "b": None, "items": None, "other": None},
        "before": {"a": None},
    },
    seed=50,
    oddness=0.2,
    unit="    ",
).via("the end of `before` was taken for that of `items`")
def test_every_entry_knows_its_lines_in_any_layout(
    document: dict[str, object], seed: int, oddness: float, unit: str
) -> None:
    writer = Writer(random.Random(seed), oddness, unit)
    writer.write(document, 0, noted=False)

    for shape in SHAPES:
        assert lines_of(writer.text, shape) == writer.entries


@settings(max_examples=60)
@given(document=DOCUMENTS, key=KEYS)
def test_no_value_of_a_key_that_is_written_twice_is_lost(
    document: dict[str, object], key: str
) -> None:
    text = json.dumps(document | {"items": {key: 1}}, indent=2)
    twice = text.replace(
        f"{json.dumps(key)}: 1", f"{json.dumps(key)}: 1,\n    {json.dumps(key)}: 2"
    )

    root = load({"items": {}})(twice).root([])

    assert [entry.value for entry in root.entries("items")] == [1, 2]
