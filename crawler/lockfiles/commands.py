"""Files in which people write commands that install packages: no locks, and what they name there is not read.

They are said, so that nobody takes them for looked at: by what they say where the content is at hand, else by their
names alone. What a command takes from a file (`pip install -r`, `npm ci`) is not said: that file is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice

__all__ = [
    "MOST_OF_COMMANDS",
    "command_kind",
    "installs_by_name",
    "names_an_index",
    "requirements_of_commands",
    "stated_requirements",
]

MOST_OF_COMMANDS = 1024 * 1024
"""Bytes that are looked at; of a larger file nobody knows."""
_PYTHON = "Python code"
_ENDINGS = {
    "notebooks": "ipynb rmd qmd",
    "shell scripts": "sh bash zsh fish ksh ps1 bat cmd",
    "Makefiles": "mk",
    _PYTHON: "py pyw",
}
_BY_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_AGENTS = "settings of agents"
_MAYBE = ("file", "compose", "devcontainer", ".yml", ".yaml", ".toml", "mcp", "package.json")
"""One of these is in every other name of such files."""
_BY_NAME = (
    (
        "Dockerfiles",
        re.compile(
            r"(?:.*[._-])?(?:docker|container)file(?:[._-].*)?|(?:docker-)?compose.*\.ya?ml"
            r"|devcontainer\.json|vagrantfile"
        ),
    ),
    (
        "CI files",
        re.compile(
            r"\.?(?:gitlab-ci|travis|appveyor|drone|woodpecker|cirrus|gitpod|azure-pipelines|bitbucket-pipelines"
            r"|buildspec|cloudbuild|codemagic|netlify)(?:[._-].*)?\.(?:ya?ml|toml)|\.?readthedocs\.ya?ml"
            r"|jenkinsfile(?:[._-].*)?"
        ),
    ),
    (
        "Makefiles",
        re.compile(r"(?:gnu)?makefile(?:[._-].*)?|\.?justfile|taskfile(?:[._-].*)?\.ya?ml"),
    ),
    ("shell scripts", re.compile(r"procfile")),
    ("scripts of package.json", re.compile(r"package\.json")),
    (_AGENTS, re.compile(r"\.?mcp(?:[._-].*)?\.json|.*[._-]mcp\.json")),
)
"""What such files are called in all, and each in small letters."""
_CI_FOLDER = re.compile(
    r"(?:.*/)?\.(?:github/(?:workflows|actions)|(?:gitea|forgejo)/workflows|circleci|buildkite|woodpecker)/.*"
)
_FIRST = (
    b"install",
    b"add",
    b"npx",
    b"uvx",
    b"bunx",
    b" i ",
    b"dlx",
    b"exec",
    b"--with",
    b"tool run",
    b"pipx",
)
"""One of these is in every command that is known here."""
_TAKERS = (b"PIP_", b"uv ", b"uvx", b"UV_", b"pdm ", b"poetry ", b"easy_install")
_PIP = re.compile(rb"pip(?:x|env|[0-9.]{1,5})?(?:\.exe)?[ \t\"'`,]")
"""One of these, or this, is where requirements are taken from a file."""
_COMMAND = re.compile(
    rb"(?:(?<![\w.-])|(?<=\s-m))(pip[0-9.]{0,5}|pipx|pipenv|uvx?|[cp]?npm|[np]npx|npx|yarn|bunx?|poetry|pdm|easy_install)(?:\.exe)?[ \t\"'`,]"
    rb"(?=([^\r\n;&|]{1,400}))"
)
_INSTALL = re.compile(rb"install\b")
_BETWEEN = re.compile(r"[\s\"'`,()]+")
_AT_ONCE = frozenset({"uvx", "npx", "pnpx", "bunx", "easy_install"})
_VERBS = frozenset({"install", "i", "add", "inject", "dlx", "exec", "--with"})
_BEFORE = frozenset({"pip", "tool", "global", "workspace"})
_NODE = frozenset({"npm", "cnpm", "pnpm", "npx", "pnpx", "nnpx", "yarn", "bun", "bunx"})
_VALUE_OF_NODE = frozenset({"-C", "--prefix", "--registry"})
_VALUE_OF_PYTHON = frozenset(
    [
        "-r",
        "-c",
        "-e",
        "-f",
        "-i",
        "-t",
        "-G",
        "-C",
        "--requirement",
        "--constraint",
        "--editable",
        "--prefix",
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--target",
        "--group",
        "--trusted-host",
    ]
)
"""Options that take the next word."""
_EDITABLE = frozenset({"-e", "--editable"})
_PACKAGE = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._@/=<>!~+:^*%$\\{}\[\]-]*|git\+\S+|\$\S+|%\S+")
_FILE = rb"([A-Za-z0-9_./][A-Za-z0-9_./+-]{0,200})"
_TAKEN = re.compile(
    rb"(?:(?:^|[\s\"',\[(])(?:-[rcb]|--(?:with-)?(?:requirements?|(?:build-)?constraints?|overrides?))[=\s\"',]{1,4}|<[ \t]{0,4}|\$\(cat[ \t]{1,4})"
    + _FILE
)
"""A file that `pip install`, `uv pip install`, `uv run --with-requirements` and their like are given."""
_STATED = re.compile(
    rb"(?:^|[\s\"',\[(])(?:-[rc]|--(?:with-)?(?:requirements?|constraints?))[=\s\"',]{1,4}([^\s\"'`;|&()<>,\]-][^\s\"'`;|&()<>,\]]{0,200})"
)
"""The same of pip alone, whatever it is: a variable, a URL, what a template puts there."""
_SET = re.compile(
    rb"\b(?:PIP_(?:REQUIREMENT|CONSTRAINT)|UV_(?:BUILD_)?(?:CONSTRAINT|OVERRIDE))[=:\s\"']{1,4}"
    + _FILE
)
_COPIED = re.compile(
    rb"^[ \t]*(?:COPY|ADD)[ \t]((?:--\S{1,100}[ \t]{1,9}){0,4})([^\n]{1,400})", re.MULTILINE
)
"""What a Dockerfile puts somewhere else, and where."""
_SYNCED = re.compile(rb"\bsync[ \t]+" + _FILE)
_INDEX = re.compile(
    rb"--(?:extra-)?index(?:-url)?[= ]|--default-index[= ]|--registry[= ]"
    rb"|\b(?:PIP_(?:EXTRA_)?INDEX_URL|UV_(?:(?:EXTRA_)?INDEX_URL|INDEX|DEFAULT_INDEX)"
    rb"|(?:npm|NPM)_(?:config|CONFIG)_(?:registry|REGISTRY)|YARN_(?:NPM_)?REGISTRY(?:_SERVER)?|POETRY_REPOSITORIES_[A-Z0-9_]{1,60})\b"
)
"""What tells an installer to ask another index than it is configured to."""
_OF_INDEX = (
    b"--index",
    b"--extra-index",
    b"--default-index",
    b"--registry",
    b"_INDEX",
    b"_registry",
    b"_REGISTRY",
    b"_REPOSITORIES",
)
"""One of these is in all of that, and in few other texts."""
_MOST_WORDS = 40
_MOST_PLACES = 2_000


def command_kind(path: str) -> str | None:
    """Return what files called like `path` are called in all, where people write commands into them."""
    folder, _, name = path.lower().rpartition("/")
    kind = _BY_ENDING.get(name.rpartition(".")[2])
    if kind is not None or not any(part in name for part in _MAYBE):
        return kind
    for named, names in _BY_NAME:
        if names.fullmatch(name):
            return named
    in_ci = name.endswith((".yml", ".yaml")) and _CI_FOLDER.fullmatch(f"{folder}/")
    return "CI files" if in_ci else None


def installs_by_name(data: bytes, kind: str = "") -> bool:
    """Say whether `data` has a command that installs what it names itself; so may what is too much to look at.

    Of Python code, of which there is much, only `install` is looked for; `kind` is one of `command_kind`.
    """
    if len(data) > MOST_OF_COMMANDS:
        return True
    if kind == _PYTHON:
        data = _around_install(data)
    if kind == _AGENTS:  # a program and its arguments, each on a line
        data = data.replace(b"\n", b" ").replace(b"\r", b" ")
    if not any(verb in data for verb in _FIRST):
        return False
    joined = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    for number, found in enumerate(_COMMAND.finditer(joined)):
        if number == _MOST_PLACES or _names_one(*found.groups()):
            return True
    return False


def requirements_of_commands(data: bytes) -> tuple[str, ...]:
    """Return the files that commands in `data` take requirements from, as they stand there; none of more than 1 MiB."""
    if len(data) > MOST_OF_COMMANDS or not _may_take(data):
        return ()
    joined = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    found = list[bytes](_SET.findall(joined))
    for command in islice(_COMMAND.finditer(joined), _MOST_PLACES):
        tool, rest = command.groups()
        if tool.decode() not in _NODE:
            found += [*_TAKEN.findall(rest), *_SYNCED.findall(rest)]
    taken = dict.fromkeys(one.decode() for one in found)
    return tuple(dict.fromkeys([*taken, *_copied_to(joined, taken)]))


def _may_take(data: bytes) -> bool:
    return _PIP.search(data) is not None or any(word in data for word in _TAKERS)


def stated_requirements(data: bytes) -> tuple[str, ...]:
    """Return what commands of pip in `data` take requirements from, URLs and variables too; none of more than 1 MiB."""
    if len(data) > MOST_OF_COMMANDS or not _may_take(data):
        return ()
    joined = data.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
    found = list[bytes]()
    for command in islice(_COMMAND.finditer(joined), _MOST_PLACES):
        tool, rest = command.groups()
        of_pip = tool.startswith(b"pip") or rest.startswith(b"pip ")
        if of_pip or (tool.startswith(b"uv") and b"--with-requirements" in rest):
            found += _STATED.findall(rest)
    stated = (one.decode("utf-8", "replace").rstrip(".:\\") for one in found)
    return tuple(dict.fromkeys(one for one in stated if one and not one.startswith("/dev/")))


def _copied_to(text: bytes, taken: Collection[str]) -> Iterator[str]:
    """Yield what a Dockerfile copies to where one of `taken` is, or under its name into some folder."""
    names = {one.rpartition("/")[2] for one in taken}
    for _, words in islice(_COPIED.findall(text) if taken else (), _MOST_PLACES):
        *sources, target = re.split(r"[\s\",\[\]]+", words.decode("utf-8", "replace").strip(' []"'))
        renamed = target.rpartition("/")[2] in names
        yield from (one for one in sources if renamed or one.rpartition("/")[2] in names)


def names_an_index(data: bytes) -> bool:
    """Say whether a command or a variable in `data` names an index, which counts for no lock here."""
    return any(word in data for word in _OF_INDEX) and _INDEX.search(data) is not None


def _around_install(data: bytes) -> bytes:
    """Return what stands around each `install`, which is little of most texts."""
    places = (found.start() for found in _INSTALL.finditer(data))
    return b"\n".join(data[max(0, at - 80) : at + 400] for at in islice(places, _MOST_PLACES))


def _names_one(tool: bytes, rest: bytes) -> bool:
    """Say whether the words behind a tool are a verb that installs, and a package or a URL."""
    named = tool.decode()
    with_value = _VALUE_OF_NODE if named in _NODE else _VALUE_OF_PYTHON
    words = iter(_BETWEEN.split(rest.decode("utf-8", "replace").strip())[:_MOST_WORDS])
    verbs = _VERBS | {"run"} if named == "pipx" else _VERBS
    if named not in _AT_ONCE and not _reaches_verb(words, verbs, with_value):
        return False
    for word in words:
        if word.startswith("#"):
            return False
        if word in with_value:
            if "://" in next(words, "") and word in _EDITABLE:
                return True
        elif not word.startswith("-") and _PACKAGE.fullmatch(word):
            return True
    return False


def _reaches_verb(words: Iterator[str], verbs: frozenset[str], with_value: frozenset[str]) -> bool:
    before = ""
    for word in words:
        if word in verbs or (before, word) == ("tool", "run"):
            return True
        before = word
        if word in with_value:
            next(words, "")
        elif word and not word.startswith("-") and word not in _BEFORE:
            return word == "run" and "--with" in words
    return False
