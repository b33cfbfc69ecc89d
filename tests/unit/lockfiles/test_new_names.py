"""Locks of tools that are younger, or older, than most: vlt, Pyodide, pnpm before version 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.lockfiles.registry import crawl_worth, parse
from crawler.model import Readable, Worth

DATA = Path(__file__).parents[2] / "data" / "locks"
SHRINKWRAP = b"""\
dependencies:
  zz-ghost-js: 1.0.0
packages:
  /zz-ghost-js/1.0.0:
    dev: false
    resolution:
      integrity: sha1-q6urq6urq6urq6urq6urq6urq6s=
  /@zz/lib/2.0.0/zz-peer@1.0.0:
    resolution:
      tarball: https://host.example/lib-2.0.0.tgz
  npm.acme.example/zz-own/3.0.0:
    resolution:
      integrity: sha1-q6urq6urq6urq6urq6urq6urq6s=
registry: 'https://registry.npm.example/'
shrinkwrapMinorVersion: 9
shrinkwrapVersion: 3
specifiers:
  zz-ghost-js: ^1.0.0
"""


@pytest.mark.parametrize("path", ["vlt-lock.json", "a/shrinkwrap.yaml", "pyodide-lock.json"])
def test_their_names_are_known(path: str) -> None:
    assert crawl_worth(path) >= Worth.LIKELY


def test_nodes_of_vlt_are_releases_and_what_lies_elsewhere() -> None:
    result = parse("vlt-lock.json", (DATA / "vlt" / "plain.vlt-lock.json").read_bytes())

    assert [(pin.name, pin.version, str(pin.origin), pin.filename) for pin in result.pins] == [
        ("zz-ghost-js", "1.0.0", "registry:", "zz-ghost-js-1.0.0.tgz"),
        ("@zz/lib", "2.0.0", "registry:", None),
        ("zz-own", "3.0.0", "registry:https://npm.acme.example/", None),
        ("zz-far", None, "url:https://host.example/zz-far-1.0.0.tgz", "zz-far-1.0.0.tgz"),
        ("zz-repo", None, "git:github:zz/repo", None),
        ("zz-inner", None, "workspace:packages/zz-inner", None),
    ]
    assert [len(pin.digests) for pin in result.pins] == [1, 1, 1, 0, 0, 0]


def test_nodes_of_the_first_versions_of_vlt_have_their_parts_elsewhere() -> None:
    text = '{"nodes": {"registry;;zz-a@1.0.0": ["sha512-' + "q6ur" * 21 + 'q6s="], "odd": {}}}'
    result = parse("vlt-lock.json", text.encode())

    assert [(pin.name, pin.version) for pin in result.pins] == [("zz-a", "1.0.0")]
    assert result.readable is Readable.PARTLY


@pytest.mark.parametrize("key", ["", "registry", "·", "··", "··zz-a", "··@1.0.0", "git", "odd·x·y"])
def test_a_node_of_vlt_whose_id_says_no_release_is_said(key: str) -> None:
    result = parse("vlt-lock.json", f'{{"nodes": {{"{key}": [0, null]}}}}'.encode())

    assert [pin.name for pin in result.pins if pin.version] == []
    assert result.readable is (Readable.FULLY if key == "git" else Readable.PARTLY)


def test_a_wheel_of_pyodide_is_a_url_or_lies_beside_the_lock() -> None:
    result = parse("pyodide-lock.json", (DATA / "pyodide" / "plain.pyodide-lock.json").read_bytes())

    assert [(pin.name, pin.version, pin.origin.kind.value) for pin in result.pins] == [
        ("zz-ghost-pkg", "1.0.0", "url"),
        ("zz-beside", "2.0", "path"),
    ]
    assert all(len(pin.digests) == 1 for pin in result.pins)


def test_a_shrinkwrap_file_of_pnpm_names_one_registry_for_all() -> None:
    result = parse("shrinkwrap.yaml", SHRINKWRAP)

    assert result.readable is Readable.FULLY
    assert result.refused is None
    assert [(pin.name, pin.version, str(pin.origin)) for pin in result.pins] == [
        ("zz-ghost-js", "1.0.0", "registry:https://registry.npm.example/"),
        ("@zz/lib", "2.0.0", "registry:https://registry.npm.example/"),
        ("zz-own", "3.0.0", "registry:npm.acme.example"),
    ]
