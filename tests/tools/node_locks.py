"""The Node tools: how each is made to lock, what its lock states, how it installs from it.

Every project names one package twice, the second time under an alias (`npm:`): the pin has to carry the
name of what is installed.
"""

from __future__ import annotations

from dataclasses import replace

from tests.servers.registries import Registries
from tests.tools.bench import Case, Stated, npm_pin

__all__ = ["NODE"]

_PACKAGES = (
    ("@zz-ghost/other", "2.0.0"),
    ("zz-ghost-deep", "3.0.0"),
    ("zz-ghost-lib", "1.0.0"),
    ("zz-ghost-lib", "1.1.0"),
)
_MANIFEST = """\
{
  "name": "zz-ghost-app",
  "version": "0.1.0",
  "private": true,
  "dependencies": {
    "@zz-ghost/other": "^2.0.0",
    "zz-ghost-alias": "npm:zz-ghost-lib@1.1.0",
    "zz-ghost-lib": "1.0.0"
  }
}
"""
_FILES = {"package.json": _MANIFEST, ".npmrc": "registry=NPM/\n"}
_BERRY = """\
npmRegistryServer: "NPM"
unsafeHttpWhitelist: ["127.0.0.1"]
enableTelemetry: false
nodeLinker: node-modules
"""
_MODULE = "node_modules/zz-ghost-lib/index.js"
_LOCK_ONLY = ("--package-lock-only", "--no-audit", "--no-fund")


def _with_urls(registries: Registries) -> tuple[Stated, ...]:
    return tuple(npm_pin(registries.npm(*p), registries.npm_url) for p in _PACKAGES)


def _with_urls_and_sha1(registries: Registries) -> tuple[Stated, ...]:
    return tuple(npm_pin(registries.npm(*p), registries.npm_url, sha1=True) for p in _PACKAGES)


def _without_urls(registries: Registries) -> tuple[Stated, ...]:
    return tuple(npm_pin(registries.npm(*p), None) for p in _PACKAGES)


def _names(registries: Registries) -> tuple[Stated, ...]:
    """Berry's checksum is that of its own archive: no digest of anything that a registry serves."""
    without = (replace(pin, hashes=()) for pin in _without_urls(registries))
    return (*without, Stated(name="zz-ghost-app", version="0.0.0-use.local"))


def _npm(version: int) -> Case:
    """Version 1 states less than `npm ci` wants to know; it asks for the rest, and can do without."""
    return Case(
        name=f"npm-{version}",
        files=_FILES,
        lock=(("npm", "install", f"--lockfile-version={version}", *_LOCK_ONLY),),
        path="package-lock.json",
        source=("registry:",),
        pins=_with_urls,
        install=("npm", "ci", "--no-audit", "--no-fund"),
        installed=_MODULE,
        asks=version == 1,
    )


NODE = (
    _npm(1),
    _npm(2),
    _npm(3),
    Case(
        name="yarn-1",
        files=_FILES,
        lock=(("yarn1", "install", "--ignore-scripts", "--non-interactive"),),
        path="yarn.lock",
        source=("registry:",),
        pins=_with_urls_and_sha1,
        install=("yarn1", "install", "--frozen-lockfile", "--non-interactive"),
        installed=_MODULE,
    ),
    Case(
        name="yarn-berry",
        files={**_FILES, ".yarnrc.yml": _BERRY},
        lock=(("berry", "install", "--mode=update-lockfile"),),
        path="yarn.lock",
        source=("registry:", "workspace:."),
        pins=_names,
        install=("berry", "install", "--immutable"),
        installed=_MODULE,
    ),
    Case(
        name="pnpm-9",
        files=_FILES,
        lock=(("pnpm9", "install", "--lockfile-only"),),
        path="pnpm-lock.yaml",
        source=("registry:",),
        pins=_without_urls,
        install=("pnpm9", "install", "--frozen-lockfile"),
        installed=_MODULE,
    ),
    Case(
        name="pnpm-9-tarball",
        files={**_FILES, ".npmrc": "registry=NPM/\nlockfile-include-tarball-url=true\n"},
        lock=(("pnpm9", "install", "--lockfile-only"),),
        path="pnpm-lock.yaml",
        source=("registry:",),
        pins=_with_urls,
    ),
    Case(
        name="pnpm-12",
        files=_FILES,
        lock=(("pnpm12", "install", "--lockfile-only"),),
        path="pnpm-lock.yaml",
        source=("registry:",),
        pins=_without_urls,
        install=("pnpm12", "install", "--frozen-lockfile"),
        ghost=False,
    ),
    Case(
        name="bun",
        files=_FILES,
        lock=(("bun", "install", "--lockfile-only"),),
        path="bun.lock",
        source=("registry:",),
        pins=_with_urls,
        install=("bun", "install", "--frozen-lockfile"),
        installed=_MODULE,
    ),
)
