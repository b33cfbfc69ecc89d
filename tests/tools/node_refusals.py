"""The Node tools of the tables in docs/locks.md, and what each condition does to their locks."""

from __future__ import annotations

from collections.abc import Mapping

from tests.tools.refusals import Damage, Tool, conflict, in_list, put, swap

__all__ = ["NODE_TOOLS"]


def _in_sequence(text: str) -> bytes:
    lines = [f"  {line}" if line else line for line in text.splitlines()]
    first = next(number for number, line in enumerate(lines) if line and line[2] != "#")
    return "\n".join([*lines[:first], f"- {lines[first][2:]}", *lines[first + 1 :], ""]).encode()


_MODULE = "node_modules/zz-ghost-lib/index.js"
_NPM = ("npm", "install", "--no-audit", "--no-fund")
_BUN = ("bun", "install")
"""It also installs from the locks of others, where there is none of its own."""
_LIB = r'^ *"(?:node_modules/)?zz-ghost-lib": \{\n'
_OF_NPM: Mapping[str, Damage] = {
    "invalid UTF-8": put(b'  "unknown": "\xff\xfe",\n', behind=r'^  "requires": true,\n'),
    "key twice": swap(rf"({_LIB})([^\n]*\n)", r"\1\2\2"),
    "unknown key": swap(_LIB, r'\g<0>      "unknown": 1,\n'),
    "no name, version or source": swap(rf"({_LIB})[^\n]*\n", r"\1"),
    "odd hash": swap(r'(zz-ghost-lib-1\.0\.0\.tgz",\s*"integrity": "sha512-).{8}', r"\1!!!!!!!!"),
    "conflict": conflict('  "requires"'),
    "higher version": swap(r'"lockfileVersion": \d+', '"lockfileVersion": 99'),
    "no version": swap(r'^  "lockfileVersion": \d+,\n', ""),
    "other top level": in_list,
}
_OF_PNPM: Mapping[str, Damage] = {
    "invalid UTF-8": put(b"# \xff\xfe\n", behind=r"\A"),
    "key twice": swap(r"^(  zz-ghost-lib@1.0.0:\n)([^\n]*\n)", r"\1\2\2"),
    "unknown key": swap(r"^  zz-ghost-lib@1.0.0:\n", r"\g<0>    unknown: 1\n"),
    "no name, version or source": swap(r"^(  zz-ghost-lib@1.0.0:)\n[^\n]*\n", r"\1 {}\n"),
    "odd hash": swap(
        r"^(  zz-ghost-lib@1.0.0:\s*resolution: \{integrity: sha512-).{8}", r"\1!!!!!!!!"
    ),
    "conflict": conflict("  autoInstallPeers"),
    "higher version": swap(r"^lockfileVersion: '9.0'", "lockfileVersion: '99.0'"),
    "higher revision": swap(r"^lockfileVersion: '9.0'", "lockfileVersion: '9.99'"),
    "no version": swap(r"^lockfileVersion: '9.0'\n", ""),
    "other top level": _in_sequence,
}
_OF_YARN_1: Mapping[str, Damage] = {
    "invalid UTF-8": put(b"# \xff\xfe\n", behind=r"\A"),
    "key twice": swap(r"^(zz-ghost-lib@1.0.0:\n)([^\n]*\n)", r"\1\2\2"),
    "unknown key": swap(r"^zz-ghost-lib@1.0.0:\n", r"\g<0>  unknown 1\n"),
    "no name, version or source": swap(r"^(zz-ghost-lib@1.0.0:\n)[^\n]*\n", r"\1"),
    "odd hash": swap(r"^(zz-ghost-lib@1.0.0:.*?integrity sha512-).{8}", r"\1!!!!!!!!"),
    "conflict": conflict("# yarn"),
    "higher version": swap("^# yarn lockfile v1", "# yarn lockfile v2"),
    "no version": swap("^# yarn lockfile v1", ""),
}
NODE_TOOLS = (
    *(
        Tool(
            title=f"package-lock {version}: {name}",
            path="package-lock.json",
            locked={f"npm-{version}": f"package-lock.{version}.json"},
            installed=_MODULE,
            install=install,
            damages=_OF_NPM,
        )
        for version, name, install in (
            (1, "npm 11.19.0", _NPM),
            (2, "npm 11.19.0", _NPM),
            (2, "bun 1.4.5", _BUN),
            (3, "npm 11.19.0", _NPM),
            (3, "bun 1.4.5", _BUN),
        )
    ),
    *(
        Tool(
            title=f"yarn 1: {name}",
            path="yarn.lock",
            layout="yarn 1",
            locked={"yarn-1": "yarn.1.lock"},
            installed=_MODULE,
            install=install,
            damages=_OF_YARN_1,
        )
        for name, install in (
            ("yarn 1.22.22", ("yarn1", "install", "--non-interactive")),
            ("npm 11.19.0", _NPM),
            ("bun 1.4.5", _BUN),
        )
    ),
    Tool(
        title="yarn 2 to 4: yarn 4.18.1",
        path="yarn.lock",
        layout="berry",
        locked={"yarn-berry": "yarn.berry.lock"},
        installed=_MODULE,
        install=("berry", "install", "--no-immutable"),
        damages={
            "invalid UTF-8": put(b"# \xff\xfe\n", behind=r"\A"),
            "key twice": swap(r'^("zz-ghost-lib@npm:1.0.0":\n)([^\n]*\n)', r"\1\2\2"),
            "unknown key": swap(r'^"zz-ghost-lib@npm:1.0.0":\n', r"\g<0>  unknown: 1\n"),
            "no name, version or source": swap(
                r'^("zz-ghost-lib@npm:1.0.0":\n[^\n]*\n)[^\n]*\n', r"\1"
            ),
            "odd hash": swap(r'^("zz-ghost-lib@npm:1.0.0":.*?checksum: 10c0/).{8}', r"\1!!!!!!!!"),
            "conflict": conflict("  cacheKey"),
            "higher version": swap(r"^  version: \d+\n", "  version: 99\n"),
            "no version": swap(r"^  version: \d+\n", ""),
        },
    ),
    Tool(
        title="pnpm-lock: pnpm 9.15.9",
        path="pnpm-lock.yaml",
        locked={"pnpm-9": "pnpm-lock.9.yaml"},
        installed=_MODULE,
        install=("pnpm9", "install", "--no-frozen-lockfile"),
        damages=_OF_PNPM,
    ),
    Tool(
        title="pnpm-lock: bun 1.4.5",
        path="pnpm-lock.yaml",
        locked={"pnpm-9": "pnpm-lock.9.yaml"},
        installed=_MODULE,
        install=_BUN,
        damages=_OF_PNPM,
    ),
    Tool(
        title="pnpm-lock: pnpm 12.21.0",
        path="pnpm-lock.yaml",
        locked={"pnpm-12": "pnpm-lock.12.yaml"},
        installed=_MODULE,
        install=("pnpm12", "install", "--frozen-lockfile"),
        damages=_OF_PNPM,
    ),
    Tool(
        title="bun.lock: bun 1.4.5",
        path="bun.lock",
        locked={"bun": "bun.lock"},
        installed=_MODULE,
        install=_BUN,
        damages={
            "invalid UTF-8": put(b'  "unknown": "\xff\xfe",\n', behind=r"\A\{\n"),
            "key twice": swap(r'^    "zz-ghost-lib": [^\n]*\n', r"\g<0>\g<0>"),
            "unknown key": swap(r'^(    "zz-ghost-lib": [^\n]*\{)\}', r'\1 "unknown": 1 }'),
            "no name, version or source": swap('"zz-ghost-lib@1.0.0"', '"zz-ghost-lib"'),
            "odd hash": swap(r'^(    "zz-ghost-lib": [^\n]*sha512-).{8}', r"\1!!!!!!!!"),
            "conflict": conflict('  "configVersion"'),
            "higher version": swap(r'"lockfileVersion": \d+', '"lockfileVersion": 99'),
            "no version": swap(r'^  "lockfileVersion": \d+,\n', ""),
            "other top level": in_list,
        },
    ),
)
