"""Any tree in place of a lock: no YAML parser raises, and a bad neighbour hides nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.lockfiles.documents.yaml_document import load
from crawler.lockfiles.documents.yaml_recovery import scan
from crawler.lockfiles.interface import LockParser
from crawler.lockfiles.registry import PARSERS
from crawler.model import Readable

KEYS = (
    *("packages", "package", "PODS", "SPEC REPOS", "EXTERNAL SOURCES", "resolution", "variants"),
    *("name", "version", "lockfileVersion", "url", "hash", "source", "description", "manager"),
    *(
        "pypi",
        "conda",
        "conda_source",
        "kind",
        "integrity",
        "tarball",
        "sha256",
        ":git",
        "zz@1.0.0",
    ),
)
TEXTS = ("", "hosted", "git", "pip", "https://x.example/zz-1.0.zip", "git+https://x", "1", "zz (1)")
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(TEXTS)
    | st.text(st.characters(max_codepoint=0xD7FF, exclude_categories=["Cc"]), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)
YAML_PARSERS = [
    parser
    for parser in PARSERS
    if parser.format in {"pnpm", "pixi", "condalock", "pubspec", "podfile"}
]
BYSTANDERS: dict[str, tuple[str, object]] = {
    "pixi": ("packages", {"pypi": "./zz", "name": "zz-bystander"}),
    "condalock": ("package", {"manager": "pip", "name": "zz-bystander", "url": "https://x/y.zip"}),
    "podfile": ("PODS", "zz-bystander (1.0)"),
}


@pytest.mark.parametrize("parser", YAML_PARSERS, ids=lambda parser: parser.format)
@given(tree=st.dictionaries(st.sampled_from(KEYS), TREES, max_size=6))
def test_no_tree_raises(parser: LockParser, tree: dict[str, object]) -> None:
    result = parser.parse(json.dumps(tree).encode())

    assert (result.readable is Readable.FULLY) == (result.skipped == ())


@pytest.mark.parametrize(
    "parser",
    [parser for parser in YAML_PARSERS if parser.format in BYSTANDERS],
    ids=lambda parser: parser.format,
)
@given(tree=TREES)
def test_no_entry_hides_the_one_behind_it(parser: LockParser, tree: object) -> None:
    key, bystander = BYSTANDERS[parser.format]

    result = parser.parse(json.dumps({key: [tree, bystander]}).encode())

    assert result.pins[-1].name == "zz-bystander"


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(("a", "b c", "d@1")),
            st.sampled_from(("1", "x y", "https://x.example/"))
            | st.lists(st.just("e"), min_size=1),
            min_size=1,
        ),
        min_size=1,
    )
)
def test_the_recovering_scanner_agrees_with_libyaml_on_plain_layouts(
    entries: list[dict[str, object]],
) -> None:
    lines = ["packages:"]
    for entry in entries:
        for number, (key, value) in enumerate(entry.items()):
            lines.append(
                f"{'  ' if number else '- '}{key}: {'' if isinstance(value, list) else value}"
            )
            lines += [f"    - {item}" for item in value] if isinstance(value, list) else []
    text = "\n".join(lines)

    recovered, exact = scan(text), load(text)

    assert recovered.roots == exact.roots == [{"packages": entries}]
