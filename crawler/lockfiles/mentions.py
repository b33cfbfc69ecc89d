"""Packages that texts name with a version or a range, where nothing pins them or no parser reads the text.

A range in a manifest, `npm:zz@1.0.0` in code for Deno, a URL of a content network, an import map, the runtime state of
yarn's Plug'n'Play, a build file of Pants, a recipe of snapcraft: none of it is a pin here, but an installer may take
it. No grammar is known, so a mention accuses nobody; whoever asks compares it with the versions that are known to be
malicious, and says the few that fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from crawler.lockfiles.commands import MOST_OF_COMMANDS, command_kind
from crawler.lockfiles.names import is_python, original_of
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

__all__ = ["MOST_OF_MENTIONS", "may_mention", "mentions", "only_mentions"]

MOST_OF_MENTIONS = 5_000
"""Different ones of one text."""
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
"""Keys that name no dependency."""
_FOREIGN = re.compile(
    r"(?:.*/)?(?:Cargo\.(?:toml|lock)|go\.(?:mod|sum|work)|Gemfile|.*\.gemspec|.*\.(?:cs|fs|vb)proj|.*\.(?:nuspec|props|podspec)"
    r"|packages\.config|composer\.(?:json|lock)|pubspec\.(?:ya?ml|lock)|mix\.(?:exs|lock)|pom\.xml|.*\.gradle(?:\.kts)?"
    r"|Podfile|Package\.swift|build\.sbt|.*\.versions\.toml|.*\.cabal|rust-toolchain\.toml)"
)
"""Manifests of other ecosystems, which have packages of the same names."""
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
"""What stands behind the `@` of a user: `git@10.0.0.1`."""
_ACTION = re.compile(r"\buses[\"']?[ \t]{0,20}:[ \t]{0,20}[\"']?[^\s\"']{0,200}$")
_LONGEST_BEFORE = 250
_MOST_ENGINES = 10
_STRING = re.compile(r"\"(?>[^\"\\]|\\.)*+\"", re.DOTALL)
_ENGINES = re.compile(r"\"engines\"\s{0,20}:\s{0,20}\{[^{}]{0,2000}\}")


def may_mention(path: str) -> bool:
    """Say by the name alone whether the file at `path` may name packages that no pin is made of."""
    if any(f"/{folder}" in f"/{path}" for folder in _INSTALLED):
        return False
    path = original_of(path) or path
    if _FOREIGN.fullmatch(path) is not None:
        return False
    if parser_for(path) is not None:
        return reading_of(path) in _READINGS
    return (
        reading_of(path) == GUESSED
        or path.endswith(_NAMED)
        or _BUILD.fullmatch(path) is not None
        or (path.count("/") <= _NEAR and path.endswith((*_NODE, *_RECIPES)))
        or (command_kind(path) is not None and not is_python(path))
    )


def only_mentions(path: str) -> bool:
    """Say whether nothing else is read of a file that `may_mention` packages."""
    return (
        may_mention(path)
        and not is_lock(path)
        and not may_name_files(path)
        and command_kind(path) is None
    )


def mentions(
    path: str, data: bytes, is_wanted: Callable[[Ecosystem, str], bool] = lambda *_: True
) -> Sequence[Mention]:
    """Return the packages that `data` names and that are wanted, by line; nothing of more than 1 MiB.

    `is_wanted` is asked once about each name, normalised, before anything is counted. Of different mentions there are
    at most 5,000, and one more where that is not all.
    """
    path = original_of(path) or path
    if len(data) > MOST_OF_COMMANDS or _FOREIGN.fullmatch(path) is not None:
        return ()
    text = data.decode("utf-8", "replace")
    projects = _Projects(ecosystems=_ecosystems(path), is_wanted=is_wanted)
    first: dict[tuple[Ecosystem, str, str], int] = {}
    for found in (one for pattern in _patterns(path) for one in pattern.finditer(text)):
        for ecosystem, name in projects.of(found[1], of_python=found.re in _OF_PYTHON):
            if len(first) > MOST_OF_MENTIONS:
                return tuple(_by_line(text, first))
            key = (ecosystem, name, found[2].strip())
            if key not in first and not _is_something_else(path, text, found):
                first[key] = found.start(1)
    return tuple(_by_line(text, first))


def _by_line(text: str, first: Mapping[tuple[Ecosystem, str, str], int]) -> Iterator[Mention]:
    line, counted = 1, 0
    for (ecosystem, name, stated), at in sorted(first.items(), key=itemgetter(1)):
        line, counted = line + text.count("\n", counted, at), at
        yield Mention(ecosystem=ecosystem, name=name, stated=stated, line=line)


@dataclass(slots=True, kw_only=True)
class _Projects:
    """Which wanted projects the names in one text are; each name is looked at once."""

    ecosystems: Sequence[Ecosystem]
    is_wanted: Callable[[Ecosystem, str], bool]
    _known: dict[tuple[str, bool], Sequence[tuple[Ecosystem, str]]] = field(default_factory=dict)

    def of(self, name: str, *, of_python: bool) -> Sequence[tuple[Ecosystem, str]]:
        known = self._known.get((name, of_python))
        if known is None:
            asked = (Ecosystem.PYPI,) if of_python else self.ecosystems
            named = [(e, normalize_name(e, name)) for e in asked if name not in _NO_PACKAGES]
            known = [(e, one) for e, one in named if one is not None and self.is_wanted(e, one)]
            self._known[name, of_python] = known
        return known


def _is_something_else(path: str, text: str, found: re.Match[str]) -> bool:
    """Say whether a match is an action of a workflow, an address, or what a `package.json` says of itself."""
    if found.re is _AT:
        before = text[max(0, found.start() - _LONGEST_BEFORE) : found.start()]
        return _ADDRESS.fullmatch(found[2]) is not None or _ACTION.search(before) is not None
    if reading_of(path) != "package-json":
        return False
    if found.re is _PAIR:
        bare = _without_strings(text)
        return bare.count("{", 0, found.start()) - bare.count("}", 0, found.start()) <= 1
    return any(begin <= found.start() < end for begin, end in _engines(text))


@lru_cache(maxsize=1)
def _without_strings(text: str) -> str:
    """Return `text` with blanks for what stands between quotes, once for all that is asked about one text."""
    return _STRING.sub(lambda found: " " * len(found[0]), text)


@lru_cache(maxsize=1)
def _engines(text: str) -> Sequence[tuple[int, int]]:
    return [one.span() for one in islice(_ENGINES.finditer(text), _MOST_ENGINES)]


def _ecosystems(path: str) -> Sequence[Ecosystem]:
    reading = reading_of(path)
    if reading in _OF_NODE or path.endswith(_NODE):
        return (Ecosystem.NPM,)
    if reading in _READINGS and reading != "pre-commit":
        return (Ecosystem.PYPI,)
    return Ecosystem.PYPI, Ecosystem.NPM


def _patterns(path: str) -> Sequence[re.Pattern[str]]:
    """Return the patterns for packages in a file; in code none that a comparison or an assignment matches as well."""
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
