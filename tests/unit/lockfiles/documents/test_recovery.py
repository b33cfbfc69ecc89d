from __future__ import annotations

from crawler.lockfiles.documents.recovery import recover
from crawler.model import LineSpan


def test_names_urls_and_hashes_survive_broken_values_around_them() -> None:
    text = """version = = 1
[[package]]
name = "zz-ghost-pkg"
version = "1.0.0"
source = { registry = "https://user:pw@index.example/simple" }
dependencies = [
    { name = "zz-other", version = "9" },
]
wheels = [
    { url = "https://files.index.example/\\u007az_ghost_pkg-1.0.0-py3-none-any.whl", size = 1x },
    { url = 'https://files.index.example/zz_ghost_pkg-1.0.0-py2-none-any.whl',
      hash = "md5:00000000000000000000000000000000" },
]
[package.metadata]
requires-dist = [{ name = "zz-third" }]
[[package]]
name = "zz-project"
source = { virtual = "." }
"""

    pins = recover(text)

    assert [(pin.name, pin.version, pin.filename, pin.lines) for pin in pins] == [
        (
            "zz-ghost-pkg",
            "1.0.0",
            "zz_ghost_pkg-1.0.0-py3-none-any.whl",
            LineSpan(first=10, last=10),
        ),
        (
            "zz-ghost-pkg",
            "1.0.0",
            "zz_ghost_pkg-1.0.0-py2-none-any.whl",
            LineSpan(first=11, last=12),
        ),
        ("zz-project", None, None, LineSpan(first=16, last=18)),
    ]
    assert str(pins[0].origin) == "registry:https://index.example/simple"
    assert all("recovered" in pin.flags for pin in pins)


def test_a_wheel_in_tables_of_its_own_keeps_its_hash() -> None:
    text = """oops
[[packages]]
name = "zz-ghost-pkg"
[[packages.wheels]]
name = "zz_ghost_pkg-1.0.0-py3-none-any.whl"
url = "https://files.index.example/zz_ghost_pkg-1.0.0-py3-none-any.whl"
[packages.wheels.hashes]
md5 = "00000000000000000000000000000000"
[[packages.wheels]]
url = "https://files.index.example/zz_ghost_pkg-1.0.0-py2-none-any.whl"
"""

    pins = recover(text)

    assert [(pin.filename, len(pin.digests), pin.lines) for pin in pins] == [
        ("zz_ghost_pkg-1.0.0-py3-none-any.whl", 1, LineSpan(first=5, last=8)),
        ("zz_ghost_pkg-1.0.0-py2-none-any.whl", 0, LineSpan(first=10, last=10)),
    ]


def test_nothing_recognisable_gives_nothing() -> None:
    assert recover("<html>\n<p>name = 'x'</p>\n" * 3) == ()
