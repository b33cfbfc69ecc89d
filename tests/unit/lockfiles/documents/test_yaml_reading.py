"""What is still read of a YAML lock that is broken as a whole."""

from __future__ import annotations

import pytest

from crawler.lockfiles.documents.yaml_recovery import scan
from crawler.lockfiles.javascript.pnpm import PnpmParser
from crawler.lockfiles.others.podfile import PodfileParser
from crawler.lockfiles.python.pixi import PixiParser
from crawler.model import Ecosystem, LineSpan, Readable

URL = "https://files.index.example/packages/zz_ghost_pkg-1.0.0-py3-none-any.whl"
SHA256 = "d66338ad240c30af8b86ca41ca52e3416ddd5a17e79aa14d3b8f4eb847bc0a90"
PIXI = f"""version: 6
packages:
- pypi: {URL}
  name: zz-ghost-pkg
  version: 1.0.0
  sha256: {SHA256}
- pypi: "./zz-local"
  name: zz-local
"""


@pytest.mark.parametrize(
    "broken",
    [
        PIXI + "\x00",
        PIXI + "a: 'x\n",
        PIXI + "a: *x\n",
        PIXI + "a: !!python/object:os.system {}\n",
        PIXI + "} garbage: {\n",
        PIXI.replace("name: zz-local", "name: &a zz-local"),
        PIXI.replace("\n", "\r\n") + "\tx: [",
        "%YAML 1.2\n---\n" + PIXI,
    ],
    ids=range(8),
)
def test_a_broken_lock_keeps_what_its_lines_say(broken: str) -> None:
    result = PixiParser().parse(broken.encode())

    ghost = result.pins[0]
    assert result.readable is Readable.PARTLY
    assert result.skipped
    assert [pin.name for pin in result.pins] == ["zz-ghost-pkg", "zz-local"]
    assert (ghost.version, ghost.url, ghost.flags) == ("1.0.0", URL, ("recovered",))
    assert [str(digest) for digest in ghost.digests] == [f"sha256:{SHA256}"]


def test_a_lock_that_is_not_utf_8_keeps_what_its_lines_say() -> None:
    result = PixiParser().parse(PIXI.encode() + b"x: \xe9\n")

    assert result.readable is Readable.PARTLY
    assert [pin.flags for pin in result.pins] == [("recovered",), ("recovered",)]


def test_a_url_is_found_whatever_stands_around_it() -> None:
    result = PixiParser().parse(f"{{packages: [[{{pypi: '{URL}', ".encode())

    pin = result.pins[0]
    assert result.readable is Readable.PARTLY
    assert (pin.ecosystem, pin.name, pin.version) == (Ecosystem.PYPI, "zz-ghost-pkg", "1.0.0")
    assert (pin.url, pin.flags, pin.lines) == (URL, ("recovered",), LineSpan(first=1, last=1))


def test_a_url_of_no_package_file_is_no_pin() -> None:
    result = PixiParser().parse(b"{see: https://forge.example/readme.html [")

    assert (result.readable, result.pins) == (Readable.NOT, ())


def test_credentials_never_reach_a_recovered_pin() -> None:
    result = PixiParser().parse(b"{see: 'https://user:s3cret@forge.example/zz-1.0.0.tar.gz' [")

    assert result.pins[0].url == "https://forge.example/zz-1.0.0.tar.gz"
    assert "s3cret" not in repr(result)


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    levels = "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))

    result = PnpmParser().parse(f"lockfileVersion: '9.0'\na0: &a0 x\n{levels}".encode())

    assert result.readable is Readable.NOT
    assert result.skipped[0].reason == "an anchor; no lock has one"


def test_a_document_of_another_format_is_skipped_and_the_lock_read() -> None:
    result = PodfileParser().parse(b"---\nPODS:\n  - ZZ (1.0)\n---\n- x\n---\n")

    assert result.readable is Readable.PARTLY
    assert [pin.name for pin in result.pins] == ["ZZ"]
    assert [(skip.context, skip.reason) for skip in result.skipped] == [
        ("document[1]", "no mapping")
    ]


def test_the_scanner_reads_a_plain_layout_as_yaml_does() -> None:
    document = scan(
        "a:\n- b: 1\n  c:\n  - x\n  - 'y'\n- {d: [2]}\ne: # note\n  f: \"g\"\n---\nh: i\n"
    )

    assert document.roots == [
        {"a": [{"b": "1", "c": ["x", "y"]}, {"d": ["2"]}], "e": {"f": "g"}},
        {"h": "i"},
    ]


@pytest.mark.parametrize("text", ["- x", "  a: 1", "a:\n    b: 1\n  c: 2\n- x"])
def test_a_line_that_fits_nowhere_is_left_out(text: str) -> None:
    document = scan(text)

    assert document.roots in ([], [{"a": {"b": "1"}}])


def test_a_repeated_key_keeps_both_of_its_values() -> None:
    document = scan("a: 1\na:\n- x\n")

    found = [repr(document.roots) for _ in document.rounds()]

    assert found == ["[{'a': '1'}]", "[{'a': ['x']}]"]


@pytest.mark.slow
def test_a_broken_lock_with_a_value_in_flow_style_per_package_is_read_to_its_end() -> None:
    integrity = f"sha512-{'A' * 86}=="
    entries = "".join(
        f"  z{n}@1.0.0:\n    resolution: {{integrity: {integrity}}}\n    engines: {{node: '>=8'}}\n"
        for n in range(26_000)
    )

    result = PnpmParser().parse(f"lockfileVersion: '9.0'\npackages:\n{entries}\t{{broken".encode())

    assert (len(result.pins), result.readable) == (26_000, Readable.PARTLY)
    assert all(pin.digests for pin in result.pins)
