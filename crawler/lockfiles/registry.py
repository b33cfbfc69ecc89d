"""All lock formats: those that are read, and those that are known by name and not read yet."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from hashlib import sha256

from crawler.lockfiles.commands import command_kind
from crawler.lockfiles.documents.packages import BlockMemo, KnownTexts, LockReading
from crawler.lockfiles.interface import LockParser, SharingParser
from crawler.lockfiles.javascript.bun import BunParser
from crawler.lockfiles.javascript.bunb import BunBinaryParser
from crawler.lockfiles.javascript.bunfig import BunfigParser
from crawler.lockfiles.javascript.deno import DenoParser
from crawler.lockfiles.javascript.deno_json import DenoJsonParser
from crawler.lockfiles.javascript.npm import NpmParser
from crawler.lockfiles.javascript.npmrc import NpmrcParser
from crawler.lockfiles.javascript.package_json import PackageJsonParser
from crawler.lockfiles.javascript.pnpm import PnpmParser
from crawler.lockfiles.javascript.pnpm_workspace import PackageYamlParser, PnpmWorkspaceParser
from crawler.lockfiles.javascript.vlt import VltParser
from crawler.lockfiles.javascript.yarn import YarnParser
from crawler.lockfiles.javascript.yarnrc import YarnrcParser, YarnrcYamlParser
from crawler.lockfiles.names import (
    as_opened,
    has_no_ending,
    is_of_other_tool,
    is_template,
    may_be_lock,
    may_be_requirements,
    original_of,
)
from crawler.lockfiles.others.cargo import CargoParser
from crawler.lockfiles.others.composer import ComposerParser
from crawler.lockfiles.others.gemfile import GemfileParser
from crawler.lockfiles.others.gosum import GosumParser
from crawler.lockfiles.others.gradle import GradleParser
from crawler.lockfiles.others.mix import MixParser
from crawler.lockfiles.others.nuget import NugetParser
from crawler.lockfiles.others.podfile import PodfileParser
from crawler.lockfiles.others.pre_commit import PreCommitParser
from crawler.lockfiles.others.pubspec import PubspecParser
from crawler.lockfiles.others.spm import SpmParser
from crawler.lockfiles.pip_runs import RUN_FORMATS
from crawler.lockfiles.python.bazelmod import BazelModParser
from crawler.lockfiles.python.conda_environment import CondaEnvironmentParser
from crawler.lockfiles.python.conda_explicit import CondaExplicitParser
from crawler.lockfiles.python.condalock import CondaLockParser
from crawler.lockfiles.python.noxfile import NoxfileParser
from crawler.lockfiles.python.pdm import PdmParser
from crawler.lockfiles.python.pex import PexParser
from crawler.lockfiles.python.pip_conf import PipConfParser
from crawler.lockfiles.python.pipfile import PipfileParser
from crawler.lockfiles.python.pipfile_manifest import PipfileManifestParser
from crawler.lockfiles.python.pixi import PixiParser
from crawler.lockfiles.python.poetry import PoetryParser
from crawler.lockfiles.python.pylock import PylockParser
from crawler.lockfiles.python.pyodide import PyodideLockParser
from crawler.lockfiles.python.pyproject import PyprojectParser
from crawler.lockfiles.python.readthedocs import ReadTheDocsParser
from crawler.lockfiles.python.requirements import RequirementsParser
from crawler.lockfiles.python.requirements_input import RequirementsInputParser
from crawler.lockfiles.python.script import SCRIPT_VERSION, inline_script
from crawler.lockfiles.python.setup_cfg import SetupCfgParser
from crawler.lockfiles.python.setup_py import SetupPyParser
from crawler.lockfiles.python.tool_manifests import (
    HatchManifestParser,
    PixiManifestParser,
    ToxManifestParser,
)
from crawler.lockfiles.python.uv import UvParser
from crawler.lockfiles.python.uv_settings import UvSettingsParser
from crawler.lockfiles.recognition import recognised_format
from crawler.lockfiles.sweep import SWEEP_VERSION, sweep, sweepable
from crawler.model import Ecosystem, LockId, ParseResult, Readable, Skipped, Worth

__all__ = [
    "GUESSED",
    "MANIFESTS",
    "MANIFEST_FORMATS",
    "OTHER_ECOSYSTEMS",
    "PARSERS",
    "SETTING_FORMATS",
    "SETTING_READINGS",
    "SHARING",
    "STATING_READINGS",
    "UNNAMED",
    "WELL_KNOWN",
    "crawl_worth",
    "is_lock",
    "is_told_by_shebang",
    "lock_id",
    "may_name_files",
    "may_state_indexes",
    "names_files",
    "parse",
    "parse_unknown",
    "parser_for",
    "read_as",
    "reading_of",
    "states_indexes",
    "versions",
    "worth_of",
]

SHARING: tuple[SharingParser, ...] = (
    UvParser(),
    PylockParser(),
    PoetryParser(),
    PdmParser(),
)
"""Those that can make use of a `BlockMemo`."""

SETTINGS: tuple[LockParser, ...] = (
    NpmrcParser(),
    YarnrcParser(),
    YarnrcYamlParser(),
    BunfigParser(),
    PipConfParser(),
    UvSettingsParser(),
    ReadTheDocsParser(),
)
"""No locks, but what says which registries these are taken from; so does `pyproject.toml`."""
SETTING_FORMATS = frozenset(parser.format for parser in SETTINGS)
SETTING_READINGS = SETTING_FORMATS | {PyprojectParser.format}
"""Files that others ask which registries are meant."""

MANIFESTS: tuple[LockParser, ...] = (
    PyprojectParser(),
    RequirementsInputParser(),
    PipfileManifestParser(),
    PixiManifestParser(),
    HatchManifestParser(),
    ToxManifestParser(),
    SetupCfgParser(),
    SetupPyParser(),
    NoxfileParser(),
    CondaEnvironmentParser(),
    PreCommitParser(),
    PackageJsonParser(),
    PackageYamlParser(),
    PnpmWorkspaceParser(),
    DenoJsonParser(),
)
"""No locks, but what they state exactly is installed as it stands."""
MANIFEST_FORMATS = frozenset(parser.format for parser in MANIFESTS)

PARSERS: tuple[LockParser, ...] = (
    *SHARING,
    CargoParser(),
    YarnParser(),
    GradleParser(),
    MixParser(),
    GosumParser(),
    GemfileParser(),
    RequirementsParser(),
    CondaExplicitParser(),
    CondaLockParser(),
    PixiParser(),
    PnpmParser(),
    PodfileParser(),
    PubspecParser(),
    NpmParser(),
    PipfileParser(),
    PexParser(),
    BunParser(),
    BunBinaryParser(),
    DenoParser(),
    VltParser(),
    PyodideLockParser(),
    BazelModParser(),
    ComposerParser(),
    NugetParser(),
    SpmParser(),
    *MANIFESTS,
    *SETTINGS,
)

WELL_KNOWN = frozenset(
    {
        "Cargo.lock",
        "Gemfile.lock",
        "MODULE.bazel.lock",
        "Package.resolved",
        "Pipfile.lock",
        "Podfile.lock",
        "bun.lock",
        "bun.lockb",
        "composer.lock",
        "conda-linux-64.lock",
        "conda-lock.yml",
        "conda-osx-64.lock",
        "conda-osx-arm64.lock",
        "conda-win-64.lock",
        "deno.lock",
        "go.sum",
        "gradle.lockfile",
        "mix.lock",
        "npm-shrinkwrap.json",
        "package-lock.json",
        "packages.lock.json",
        "pdm.lock",
        "pex.lock",
        "pixi.lock",
        "pnpm-lock.yaml",
        "poetry.lock",
        "pubspec.lock",
        "pylock.toml",
        "requirements.txt",
        "uv.lock",
        "yarn.lock",
    }
)
"""The names that tools write by themselves."""

OTHER_ECOSYSTEMS = {
    "cargo": Ecosystem.CARGO,
    "composer": Ecosystem.COMPOSER,
    "gemfile": Ecosystem.GEM,
    "gosum": Ecosystem.GOLANG,
    "gradle": Ecosystem.MAVEN,
    "mix": Ecosystem.HEX,
    "nuget": Ecosystem.NUGET,
    "podfile": Ecosystem.COCOAPODS,
    "pubspec": Ecosystem.PUB,
    "spm": Ecosystem.SWIFT,
}
"""Formats that `scan` reads, and `crawl` where a verdict speaks of their ecosystem; else it leaves them alone."""
UNNAMED, _OTHER, GUESSED, _SCRIPT, _TEXT, _NOTHING = (
    "by-content",
    "other-lock",
    "guessed",
    "script",
    "text",
    "nothing",
)
"""Readings of files that no parser wants by their name."""
_OF_LINES = frozenset({"requirements", "requirements-input", GUESSED, UNNAMED})
STATING_READINGS = SETTING_READINGS | RUN_FORMATS | _OF_LINES
"""Files that may say which registries are asked: requirements files do so for those that they include, or are included by."""
_OPTION = re.compile(
    rb"(?:^|[\r\x0b\x0c\x1c-\x1e\x85]|\xe2\x80[\xa8\xa9]|\xef\xbb\xbf)[^\S\n]*-(?!-hash)[A-Za-z-]",
    re.MULTILINE,
)
"""A line that begins with an option of pip, which ends lines as `str.splitlines` does, and takes a byte order mark off."""
_OF_PYTHON = (".py", ".pyw")
_SAME = 64
"""Paths that are remembered: one is asked about many times in a row."""
_NAMES_VERSION = 5
"""As `version` of a parser, of which names are read and by which signs a format is told."""
_WORTH_BY_CONTENT = {
    UNNAMED: Worth.POSSIBLE,
    _OTHER: Worth.POSSIBLE,
    GUESSED: Worth.GUESS,
    None: Worth.NONE,
}
_BY_FORMAT = {parser.format: parser for parser in PARSERS}
_BY_NAME = {name: next(p for p in PARSERS if p.wants(name)) for name in WELL_KNOWN}
_ENDING = re.compile(
    r"(?:.*\.)?(?:cfg|conf|in|ini|lock|lockb|lockfile|locked|npmrc|Pipfile|resolved|(?:setup|noxfile)\.py|sum|toml|txt|yarnrc|ya?ml)"
    r"|.*(?:deno|jsr|import|lock|package|shrinkwrap).*\.jsonc?"
)
"""A name that some parser may want: of a repository with a great many files only few are asked further."""


@lru_cache(maxsize=_SAME)
def parser_for(path: str) -> LockParser | None:
    """Return the parser of the lock at `path`, or None where it is no lock that is read.

    A file system that tells no capitals apart opens `UV.LOCK` for `uv.lock` (see `as_opened`).
    A copy that only has a word before its name (`before-merge.uv.lock`) is read as what it copies.
    """
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    opened = as_opened(path)
    if _ENDING.fullmatch(opened.rpartition("/")[2]) is None:
        return None
    places = (path, opened) if opened != path else (path,)
    for place in places:
        if (parser := _wanting(place)) is not None:
            return parser
    return None


def _wanting(path: str) -> LockParser | None:
    _, _, named = path.rpartition("/")[2].partition(".")
    candidates = (path, named) if "." in named else (path,)
    return next((p for called in candidates for p in PARSERS if p.wants(called)), None)


def is_lock(path: str) -> bool:
    """Say whether `path` is a lock that is read, or may turn out to be one by its content."""
    return parser_for(path) is not None or _by_content(path) is not None


def worth_of(path: str) -> Worth:
    """Return how much the name of `path` tells that it is a lock."""
    return _worth(path, parser_for(path))


def crawl_worth(path: str, told: Collection[Ecosystem] = ()) -> Worth:
    """Return `worth_of` where the lock can hold a ghost of Python, npm or an ecosystem that is `told` of, else NONE.

    UNREAD where the file is none and may hold install commands, or the URLs that `scan` reads of recipes.
    """
    parser = parser_for(path)
    other = None if parser is None else OTHER_ECOSYSTEMS.get(parser.format)
    left_alone = other is not None and other not in told
    worth = Worth.NONE if left_alone else _worth(path, parser)
    unread = worth is Worth.NONE and (command_kind(path) is not None or sweepable(path))
    return Worth.UNREAD if unread else worth


def _worth(path: str, parser: LockParser | None) -> Worth:
    if parser is None:
        return _WORTH_BY_CONTENT[_by_content(path)]
    if path.rpartition("/")[2] in _BY_NAME:
        return Worth.WELL_KNOWN
    return Worth.POSSIBLE if parser.format in MANIFEST_FORMATS - SETTING_READINGS else Worth.LIKELY


def reading_of(path: str) -> str:
    """Return how the file at `path` is read, by its name alone; what it pins depends on nothing else.

    The id of a format where a parser wants the name: `uv`, `npm`. `by-content` for all names of locks of which
    the content decides, `other-lock` for those of tools that are not read, `guessed` for texts that may be requirements files; `script`, `text` and `nothing` for
    what is no lock.
    """
    parser = parser_for(path)
    if parser is not None:
        return parser.format
    if (by_content := _by_content(path)) is not None:
        return by_content
    if path.endswith(_OF_PYTHON):
        return _SCRIPT
    if sweepable(path):
        return _TEXT
    return _SCRIPT if has_no_ending(path) else _NOTHING


def states_indexes(path: str) -> bool:
    """Say whether the file at `path` may say which registries are asked (see `index_settings`)."""
    return reading_of(path) in STATING_READINGS


def may_state_indexes(path: str, data: bytes) -> bool:
    """Say whether `data` at `path` may say which registries are asked; of a requirements file only one with options may."""
    reading = reading_of(path)
    if reading not in _OF_LINES:
        return reading in STATING_READINGS
    return _OPTION.search(data) is not None or b"\0" in data[:4]


def versions(parsers: Iterable[LockParser] = PARSERS) -> str:
    """Return what changes whenever some lock would be read otherwise, or looked for where it was not."""
    stated = [f"{parser.format} {parser.version}" for parser in parsers]
    stated += [f"{_SCRIPT} {SCRIPT_VERSION}", f"{_TEXT} {SWEEP_VERSION}", f"{_NAMES_VERSION}"]
    return sha256("\n".join(sorted(stated)).encode()).hexdigest()[:16]


def lock_id(path: str, oid: str) -> LockId:
    """Return which lock the blob `oid` is at `path`."""
    return LockId(oid=oid, reading=reading_of(path))


def names_files(path: str) -> bool:
    """Say whether a file that no parser wants may still name files to install: scripts, recipes, CI."""
    if parser_for(path) is not None:
        return False
    return path.endswith(_OF_PYTHON) or sweepable(path) or _by_content(path) == GUESSED


def may_name_files(path: str) -> bool:
    """Say whether a file with this name, though no lock, may contain URLs of packages; its content decides."""
    return names_files(path) or is_told_by_shebang(path)


def is_told_by_shebang(path: str) -> bool:
    """Say whether only the first line of a file, `#!` and its program, can tell that it is a script: `bin/tool`."""
    return has_no_ending(path) and reading_of(path) == _SCRIPT


@lru_cache(maxsize=_SAME)
def _by_content(path: str) -> str | None:
    """Return the reading of a file of whose name no parser is sure, or None where it tells nothing."""
    if sweepable(path):
        return None
    if is_of_other_tool(path):
        return _OTHER
    if may_be_lock(path):
        return UNNAMED
    if _is_copy_of_lock(path):
        return GUESSED if is_template(path) else UNNAMED
    return GUESSED if may_be_requirements(path) else None


def _is_copy_of_lock(path: str) -> bool:
    original = original_of(path)
    parser = None if original is None else parser_for(original)
    return parser is not None and parser.format not in MANIFEST_FORMATS | SETTING_FORMATS


def parse(path: str, data: bytes, memo: BlockMemo | None = None) -> ParseResult:
    """Return what the lock at `path` with the content `data` pins; never raises.

    With a `memo` the result is the same; what earlier locks stated in the same words is not read again.
    Where the name says no more than `.lock` the content decides. What no parser wants gives
    `Readable.NOT` with the reason.
    """
    return read_as(reading_of(path), data, memo)


def parse_unknown(path: str, data: bytes, known: KnownTexts) -> LockReading:
    """Return what `parse` does, without the packages that are `known`; never raises."""
    parser = _BY_FORMAT.get(reading_of(path))
    sharing = next((one for one in SHARING if one is parser), None)
    if sharing is not None:
        return sharing.parse_unknown(data, known)
    return LockReading(result=parse(path, data))


def read_as(reading: str, data: bytes, memo: BlockMemo | None = None) -> ParseResult:
    """Return what `parse` does for every path of this reading (see `reading_of`); never raises."""
    parser = _BY_FORMAT.get(reading)
    if reading in {UNNAMED, GUESSED}:
        parser = _BY_FORMAT.get(recognised_format(data) or "")
    sharing = next((known for known in SHARING if known is parser), None)
    if sharing is not None:
        return sharing.parse(data, memo)
    if parser is not None:
        return parser.parse(data)
    if reading == _SCRIPT:  # one without a block of its own pins nothing
        return inline_script(data) or ParseResult(format=_SCRIPT, readable=Readable.FULLY)
    if reading == GUESSED:  # a text like any other
        return ParseResult(format=_TEXT, readable=Readable.FULLY)
    if reading == _TEXT:
        return ParseResult(format=_TEXT, readable=Readable.FULLY, pins=sweep(data))
    reason = "not a lock file by its name"
    if reading == _OTHER:
        reason = "the lock of a tool, or a manifest, whose format is not read"
    if reading == UNNAMED:
        reason = "no lock of a format that is read, neither by its name nor by its content"
    skipped = (Skipped(context="document", reason=reason),)
    return ParseResult(format="unknown", readable=Readable.NOT, skipped=skipped)
