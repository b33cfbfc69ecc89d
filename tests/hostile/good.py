"""One small good lock of every format whose files can be broken in a telling way; all pin one ghost."""

from __future__ import annotations

import json
from collections.abc import Mapping

from crawler.model import path_of

__all__ = ["BLAKE", "FILE", "GOOD", "SHA", "URL", "uv_lock"]

BLAKE = "ab" * 32
SHA = "cd" * 32
FILE = "zz_ghost_one-1.0-py3-none-any.whl"
URL = f"https://files.index.example{path_of(BLAKE, FILE)}"
_SRI = "sha512-" + "q6urq6ur" * 10 + "q6urqw=="
_TGZ = "https://registry.npm.example/zz-ghost-js/-/zz-ghost-js-1.0.0.tgz"


def uv_lock(
    *,
    name: str = '"zz-ghost-one"',
    version: str = '"1.0"',
    source: str = '{ registry = "https://index.example/simple" }',
    url: str = f'"{URL}"',
    digest: str = f'"sha256:{SHA}"',
) -> bytes:
    """Return a uv.lock of one package; every argument is a TOML value as it is written."""
    return (
        "version = 1\nrevision = 3\n\n[[package]]\n"
        f"name = {name}\nversion = {version}\nsource = {source}\n"
        f"wheels = [\n    {{ url = {url}, hash = {digest} }},\n]\n"
    ).encode()


_PYLOCK = f"""lock-version = "1.0"
created-by = "uv"

[[packages]]
name = "zz-ghost-one"
version = "1.0"
wheels = [{{ url = "{URL}", hashes = {{ sha256 = "{SHA}" }} }}]
"""
_POETRY = f"""[[package]]
name = "zz-ghost-one"
version = "1.0"
description = ""
optional = false
python-versions = "*"
files = [
    {{file = "{FILE}", hash = "sha256:{SHA}"}},
]

[metadata]
lock-version = "2.1"
python-versions = "^3.11"
content-hash = "{SHA}"
"""
_PDM = f"""[metadata]
groups = ["default"]
strategy = ["static_urls"]
lock_version = "4.5.0"
content_hash = "sha256:{SHA}"

[[package]]
name = "zz-ghost-one"
version = "1.0"
files = [
    {{url = "{URL}", hash = "sha256:{SHA}"}},
]
"""
_CARGO = f"""version = 3

[[package]]
name = "zz-ghost-rs"
version = "1.0.0"
source = "registry+https://index.example/cargo"
checksum = "{SHA}"
"""
_NPM = {
    "name": "zz",
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "zz"},
        "node_modules/zz-ghost-js": {"version": "1.0.0", "resolved": _TGZ, "integrity": _SRI},
    },
}
_PIPFILE = {
    "_meta": {
        "hash": {"sha256": SHA},
        "pipfile-spec": 6,
        "requires": {},
        "sources": [{"name": "main", "url": "https://index.example/simple", "verify_ssl": True}],
    },
    "default": {"zz-ghost-one": {"hashes": [f"sha256:{SHA}"], "index": "main", "version": "==1.0"}},
    "develop": {},
}
_PNPM = f"""lockfileVersion: '9.0'

packages:

  zz-ghost-js@1.0.0:
    resolution: {{integrity: {_SRI}, tarball: {_TGZ}}}
"""
_CONDA = f"""version: 1
metadata:
  platforms:
  - linux-64
package:
- name: zz-ghost-one
  version: '1.0'
  manager: pip
  platform: linux-64
  dependencies: {{}}
  url: {URL}
  hash:
    sha256: {SHA}
  category: main
  optional: false
"""
_PIXI = f"""version: 6
environments:
  default:
    channels: []
    packages:
      linux-64:
      - pypi: {URL}
packages:
- pypi: {URL}
  name: zz-ghost-one
  version: '1.0'
  sha256: {SHA}
"""
_PUBSPEC = f"""packages:
  zz_ghost:
    dependency: "direct main"
    description:
      name: zz_ghost
      sha256: {SHA}
      url: "https://index.example"
    source: hosted
    version: "1.0.0"
sdks:
  dart: ">=3.0.0"
"""
_PODFILE = f"""PODS:
  - ZZGhost (1.0.0)

DEPENDENCIES:
  - ZZGhost

SPEC CHECKSUMS:
  ZZGhost: {SHA[:40]}

COCOAPODS: 1.15.2
"""

GOOD: Mapping[str, bytes] = {
    "uv.lock": uv_lock(),
    "pylock.toml": _PYLOCK.encode(),
    "poetry.lock": _POETRY.encode(),
    "pdm.lock": _PDM.encode(),
    "Cargo.lock": _CARGO.encode(),
    "package-lock.json": json.dumps(_NPM, indent=2).encode(),
    "Pipfile.lock": json.dumps(_PIPFILE, indent=4).encode(),
    "pnpm-lock.yaml": _PNPM.encode(),
    "conda-lock.yml": _CONDA.encode(),
    "pixi.lock": _PIXI.encode(),
    "pubspec.lock": _PUBSPEC.encode(),
    "Podfile.lock": _PODFILE.encode(),
    "requirements.txt": f"zz-ghost-one @ {URL}\nzz-two==1.0 --hash=sha256:{SHA}\n".encode(),
}
