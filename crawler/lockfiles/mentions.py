"""Packages that texts name with a version or a range, where nothing pins them or no parser reads the text.

A range in a manifest, `npm:zz@1.0.0` in code for Deno, a URL of a content network, an import map, the runtime state of
yarn's Plug'n'Play, a build file of Pants, a recipe of snapcraft: none of it is a pin here, but an installer may take
it. No grammar is known, so a mention accuses nobody; whoever asks compares it with the versions that are known to be
malicious, and says the few that fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from crawler.lockfiles.commands import MOST_OF_COMMANDS, command_kind
from crawler.lockfiles.names import original_of
from crawler.lockfiles.registry import (
    GUESSED,
    MANIFEST_FORMATS,
    SETTING_READINGS,
    is_lock,
    may_name_files,
    parser_for,
    reading_of,
)
from crawler.model import Ecosystem, Mention, normalize_name

__all__ = ["may_mention", "mentions", "only_mentions"]

_MOST = 5_000
"""Of one text."""
_CODE = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".html", ".vue", ".svelte")
_NODE = (*_CODE, ".importmap", ".pnp.data.json", "importmap.rb", "bower.json", "vlt.json")
_RECIPES = (
    *(
        ".toml",
        ".yml",
        ".yaml",
        ".json",
        ".jsonc",
        ".json5",
        ".tf",
        ".hcl",
        ".nix",
        ".def",
        ".docker",
    ),
    *(".tool-versions", "buildozer.spec"),
)
_NEAR = 3
"""Folders; what is configured lies near the root, and data of any kind may lie below."""
_PYTHON = (".py", ".pyw")
"""A script with a table of its own (PEP 723) has a parser; of all others there are too many."""
_NAMED = (".pnp.data.json", ".pnp.cjs", "importmap.json", "import_map.json", ".tool-versions")
_BUILD = re.compile(r"(?:.*/)?BUILD(?:\.pants|\.bazel)?")
_OF_NODE = frozenset({"package-json", "package-yaml", "pnpm-workspace", "deno-json", "yarnrc-yml"})
_OF_LINES = frozenset({"requirements", GUESSED})
_READINGS = MANIFEST_FORMATS | SETTING_READINGS | _OF_LINES
_INSTALLED = ("node_modules/", "site-packages/")

_NAME = r"(?:@[\w.~-]{1,100}/)?[A-Za-z0-9][\w.-]{0,213}"
_SPEC = r"[\^~<>=v* ]{0,4}[0-9*][^\"'\n,}\]#)]{0,100}"
_AT = re.compile(
    rf"(?<![\w@.-])({_NAME})@((?>npm:)?[\^~<>=v]{{0,3}}[0-9][\w.+*-]{{0,100}})", re.ASCII
)
_COMPARED = re.compile(
    r"(?<![\w.@/-])([A-Za-z0-9][\w.-]{0,213})[ \t]{0,4}(?>\[[^\]\n]{0,100}\])?[ \t]{0,4}\(?"
    r"((?>===?|~=|!=|<=|>=|<|>)[ \t]{0,4}v?[0-9][\w.+*!-]{0,60}"
    r"(?:[ \t]{0,4},[ \t]{0,4}(?>===?|~=|!=|<=|>=|<|>)[ \t]{0,4}v?[0-9][\w.+*!-]{0,60}){0,10})",
    re.ASCII,
)
_TIGHT = re.compile(
    r"(?<![\w.@/-])([A-Za-z0-9][\w.-]{0,213})(?>\[[^\]\n]{0,100}\])?"
    r"((?>===?|~=|!=|<=|>=|<|>)v?[0-9]+\.[0-9*][\w.+*!-]{0,60}(?:,(?>===?|~=|!=|<=|>=|<|>)v?[0-9][\w.+*!-]{0,60}){0,10})",
    re.ASCII,
)
"""A requirement in code, where `debug > 1` is none."""
_KEY = re.compile(
    rf"(?<![\w.@/-])[\"']?(?>(?:npm|pipx|pypi):)?({_NAME})[\"']?[ \t]{{0,20}}[=:][ \t]{{0,20}}[\"']({_SPEC})[\"']",
    re.ASCII,
)
_PLAIN_KEY = re.compile(rf"^[ \t]*({_NAME}):[ \t]{{1,20}}({_SPEC})", re.ASCII | re.MULTILINE)
_TABLE = re.compile(
    rf"(?<![\w.@/-])[\"']?({_NAME})[\"']?[ \t]{{0,20}}[=:][ \t]{{0,20}}\[?\s{{0,20}}\{{[^{{}}\n]{{0,200}}?\bversion[\"']?[ \t]{{0,20}}[=:]"
    rf"[ \t]{{0,20}}[\"']({_SPEC})[\"']",
    re.ASCII,
)
_SECTION = re.compile(
    rf"^\[[^\]\n]{{1,200}}\.[\"']?({_NAME})[\"']?\][ \t]{{0,20}}\n(?:[^\[\n]{{0,200}}\n){{0,8}}?version[ \t]{{0,20}}="
    rf"[ \t]{{0,20}}[\"']({_SPEC})[\"']",
    re.ASCII | re.MULTILINE,
)
_TOOL = re.compile(
    rf"^(?:npm|pipx):({_NAME})[ \t]{{1,20}}([0-9][^\s#]{{0,100}})", re.ASCII | re.MULTILINE
)
"""A line of `.tool-versions`."""
_TARBALL = re.compile(
    rf"/({_NAME})/-/(?:[\w.]+-)*([0-9]+\.[0-9]+\.[0-9][\w.+-]{{0,100}}?)\.tgz", re.ASCII
)
_PAIR = re.compile(
    rf"\b(?:name|pname|identifier|package)[\"']?\s{{0,20}}[=:]\s{{0,20}}[\"']?({_NAME})[\"']?[\s,;]{{1,40}}[\"']?(?:version|specifier)[\"']?"
    rf"\s{{0,20}}[=:]\s{{0,20}}[\"']?({_SPEC})",
    re.ASCII,
)
_PLUG_AND_PLAY = re.compile(
    rf"\"({_NAME})\",[\s\\]{{0,40}}\"(?>virtual:[0-9a-f]{{1,200}}#)?npm:([0-9][^\"\n]{{0,100}})\"",
    re.ASCII,
)
_OF_PYTHON = (_COMPARED, _TIGHT)
"""What compares versions names no package of npm."""
_ANYWHERE = (_AT, _PAIR, _TARBALL)
_IN_TABLES = (_KEY, _PLAIN_KEY, _TABLE)
_IN_TOML = (_COMPARED, _KEY, _TABLE, _SECTION)
_NO_PACKAGES = frozenset(
    {"version", "name", "node", "npm", "pnpm", "yarn", "python", "requires-python", "port"}
)
"""Keys of what is no dependency."""


def may_mention(path: str) -> bool:
    """Say by the name alone whether the file at `path` may name packages that no pin is made of."""
    if any(f"/{folder}" in f"/{path}" for folder in _INSTALLED):
        return False
    path = original_of(path) or path
    if parser_for(path) is not None:
        return reading_of(path) in _READINGS
    return (
        reading_of(path) == GUESSED
        or path.endswith(_NAMED)
        or _BUILD.fullmatch(path) is not None
        or (path.count("/") <= _NEAR and path.endswith((*_NODE, *_RECIPES)))
        or (command_kind(path) is not None and not path.endswith(_PYTHON))
    )


def only_mentions(path: str) -> bool:
    """Say whether nothing else is read of a file that `may_mention` packages."""
    return (
        may_mention(path)
        and not is_lock(path)
        and not may_name_files(path)
        and command_kind(path) is None
    )


def mentions(path: str, data: bytes) -> Iterator[Mention]:
    """Yield the packages that `data` names, at most 5,000; nothing of more than 1 MiB."""
    if len(data) > MOST_OF_COMMANDS:
        return
    text, path = data.decode("utf-8", "replace"), original_of(path) or path
    ecosystems = _ecosystems(path)
    found = (
        (m.start(1), m[1], m[2], p in _OF_PYTHON) for p in _patterns(path) for m in p.finditer(text)
    )
    line, counted = 1, 0
    for at, name, stated, of_python in sorted(islice(found, _MOST)):
        line, counted = line + text.count("\n", counted, at), at
        for ecosystem in (Ecosystem.PYPI,) if of_python else ecosystems:
            if (project := _project(ecosystem, name)) is not None:
                yield Mention(ecosystem=ecosystem, name=project, stated=stated.strip(), line=line)


def _project(ecosystem: Ecosystem, name: str) -> str | None:
    return None if name in _NO_PACKAGES else normalize_name(ecosystem, name)


def _ecosystems(path: str) -> Sequence[Ecosystem]:
    reading = reading_of(path)
    if reading in _OF_NODE or path.endswith(_NODE):
        return (Ecosystem.NPM,)
    if reading in _READINGS and reading != "pre-commit":
        return (Ecosystem.PYPI,)
    return Ecosystem.PYPI, Ecosystem.NPM


def _patterns(path: str) -> Sequence[re.Pattern[str]]:
    """Return how packages are named in a file: in code only so that it is no comparison or assignment."""
    if ".pnp." in path:
        return (_PLUG_AND_PLAY,)
    if path.endswith(_CODE):
        return (_AT,)
    reading = reading_of(path)
    if reading in _OF_LINES:
        return (_COMPARED,)
    if reading in _OF_NODE or path.endswith((*_NODE, ".json5")):
        return (*_ANYWHERE, *_IN_TABLES)
    if reading in _READINGS or path.endswith(".toml"):
        return (*_ANYWHERE, *_IN_TOML)
    in_table = path.endswith((".yml", ".yaml", ".json"))
    return (*_ANYWHERE, _TOOL, _COMPARED if in_table else _TIGHT)
