"""Files in which people write commands that install packages: no locks, and what they name there is not read.

They are said, so that nobody takes them for looked at: by what they say where the content is at hand, else by their
names alone. What a command takes from a file (`pip install -r`, `npm ci`) is not said: that file is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["MOST_OF_COMMANDS", "command_kind", "installs_by_name"]

MOST_OF_COMMANDS = 1024 * 1024
"""Bytes that are looked at; of a larger file nobody knows."""
_DOCKER = (
    r"(?:.*[._-])?(?:docker|container)file(?:[._-].*)?|(?:docker-)?compose.*\.ya?ml"
    r"|devcontainer\.json|vagrantfile"
)
_CI = (
    r"\.?(?:gitlab-ci|travis|appveyor|drone|woodpecker|cirrus|gitpod|azure-pipelines|bitbucket-pipelines|buildspec"
    r"|cloudbuild|codemagic|netlify)(?:[._-].*)?\.(?:ya?ml|toml)|\.?readthedocs\.ya?ml|jenkinsfile(?:[._-].*)?"
)
_KINDS = (
    ("Dockerfiles", _DOCKER),
    ("CI files", _CI),
    ("notebooks", r".*\.(?:ipynb|rmd|qmd)"),
    ("Makefiles", r"(?:gnu)?makefile(?:[._-].*)?|.*\.mk|\.?justfile|taskfile(?:[._-].*)?\.ya?ml"),
    ("shell scripts", r".*\.(?:sh|bash|zsh|fish|ksh|ps1|bat|cmd)|procfile"),
    ("Python code", r".*\.pyw?"),
)
"""What such files are called in all, and each in small letters."""
_NAMES = re.compile("|".join(f"(?P<k{n}>{names})" for n, (_, names) in enumerate(_KINDS)))
_CI_FOLDER = re.compile(
    r"(?:.*/)?\.(?:github/(?:workflows|actions)|(?:gitea|forgejo)/workflows|circleci|buildkite|woodpecker)/.*"
)
_TOOLS = (
    b"pip",
    b"uv",
    b"npm",
    b"npx",
    b"pnpx",
    b"yarn",
    b"bun",
    b"poetry",
    b"pdm",
    b"easy_install",
)
"""One of these is in every command that is known here."""
_COMMAND = re.compile(
    rb"(?<![\w.-])(pip[0-9.]{0,5}|pipx|uvx?|[cp]?npm|[np]npx|npx|yarn|bunx?|poetry|pdm|easy_install)[ \t\"'`,]"
    rb"([^\r\n;&|]{1,400})"
)
_BETWEEN = re.compile(r"[\s\"'`,()]+")
_AT_ONCE = frozenset({"uvx", "npx", "pnpx", "bunx", "easy_install"})
_VERBS = frozenset({"install", "i", "add", "inject", "dlx", "exec", "--with"})
_BEFORE = frozenset({"pip", "tool", "global", "workspace"})
_WITH_VALUE = frozenset(
    {
        "-r",
        "-c",
        "-e",
        "-f",
        "-i",
        "-t",
        "-G",
        "-C",
        "-g",
        "--requirement",
        "--constraint",
        "--editable",
        "--prefix",
    }
    | {
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--target",
        "--group",
        "--registry",
        "--trusted-host",
    }
)
_PACKAGE = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._@/=<>!~+:^*%$\\{}\[\]-]*|git\+\S+|\$\S+|%\S+")
_MOST_WORDS = 40


def command_kind(path: str) -> str | None:
    """Return what files called like `path` are called in all, where people write commands into them."""
    folder, _, name = path.lower().rpartition("/")
    found = _NAMES.fullmatch(name)
    if found is not None:
        return _KINDS[int((found.lastgroup or "k0")[1:])][0]
    in_ci = name.endswith((".yml", ".yaml")) and _CI_FOLDER.fullmatch(f"{folder}/")
    return "CI files" if in_ci else None


def installs_by_name(data: bytes) -> bool:
    """Say whether `data` has a command that installs what it names itself; so may what is larger than is looked at."""
    if len(data) > MOST_OF_COMMANDS:
        return True
    if not any(tool in data for tool in _TOOLS):
        return False
    joined = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    return any(_names_one(*found.groups()) for found in _COMMAND.finditer(joined))


def _names_one(tool: bytes, rest: bytes) -> bool:
    """Say whether the words behind a tool are a verb that installs, and a package or a URL."""
    words = iter(_BETWEEN.split(rest.decode("utf-8", "replace").strip())[:_MOST_WORDS])
    if tool.decode() not in _AT_ONCE and not _reaches_verb(
        words, _VERBS | {"run"} if tool == b"pipx" else _VERBS
    ):
        return False
    for word in words:
        if word.startswith("#"):
            return False
        if word in _WITH_VALUE:
            next(words, "")
        elif not word.startswith("-") and _PACKAGE.fullmatch(word):
            return True
    return False


def _reaches_verb(words: Iterator[str], verbs: frozenset[str]) -> bool:
    for word in words:
        if word in verbs:
            return True
        if word and not word.startswith("-") and word not in _BEFORE:
            return word == "run" and "--with" in words
    return False
