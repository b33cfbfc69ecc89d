"""What the name of a file tells where no parser wants it as it stands.

A case-insensitive file system opens `UV.LOCK` for `uv.lock`, one of macOS passes over some characters that nobody
sees, and one of Windows over dots and blanks at the end. Other tools take a name from their settings (`pdm lock -L`,
yarn's `lockfileFilename`, `uv lock --script tool`, `pip install -r`): there the content decides.
"""

from __future__ import annotations

import re

__all__ = [
    "as_opened",
    "has_no_ending",
    "is_of_other_tool",
    "is_python",
    "is_template",
    "may_be_lock",
    "may_be_requirements",
    "original_of",
]

_CANONICAL = {
    name.lower(): name
    for name in (
        "Cargo.lock",
        "Gemfile.lock",
        "MODULE.bazel.lock",
        "Package.resolved",
        "Pipfile",
        "Pipfile.lock",
        "Podfile.lock",
    )
}
"""Names with capitals; all others of tools have none."""
_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""HFS+ compares names without them (Apple, TN1150, "Unicode Subtleties"); git guards `.git` the same way."""
_LOCK = re.compile(r"[^/]*\.lock|lock\.json", re.IGNORECASE)
_LOCK_WORD = re.compile(r"(?:^|[._-])lock(?:file|ed|s)?(?:[._-]|$)")
_LOCK_ENDINGS = (".json", ".yaml", ".yml", ".toml", ".txt")
_PIP_ENDINGS = (".pip", ".req", ".reqs", ".requirements", ".constraints")
_WHOLE_NAMES = frozenset(
    {"lockfile", ".lockfile", "requirements", "reqs", "constraints", "pip-requirements"}
)
_COPY = re.compile(
    r"(.+?)(?:~|\.(?:bak|backup|copy|disabled|old|off|orig|rej|save|swp|[0-9]{1,8})"
    r"|\.(dist|erb|example|hbs|j2|jinja2?|mustache|sample|template|tmpl|tpl))+",
    re.IGNORECASE,
)
"""What people and tools put behind the name of a file that they copy, or of which they make others."""
_DOTTED_PYLOCK = re.compile(r"pylock\.[^/]*\.toml")
"""PEP 751 allows no dot in the name; nobody reads it by itself."""
_BARE = re.compile(r"[^/.]+")
_OF_OTHERS = re.compile(
    r"(?:scarb|chart|requirements\.helm|flake|shard|dub|rebar|stack\.yaml|conan|vcpkg|symfony|paket|gopkg|glide|renv"
    r"|packrat|buf|mise|aqua|soldeer|foundry|move|wally|pesde|rokit|dvc|devbox|devenv|npins|berksfile|puppetfile"
    r"|policyfile|brewfile|cartfile|mintfile|elm|jsonnetfile|haxe|apko|melange|terraform|opam|nimble|crystal|lazy)"
    r"\.lock(?:\.json)?|(?:[^/]*\.)?terraform\.lock",
    re.IGNORECASE,
)
"""Locks of tools that install no package of Python or npm: whatever bytes lie there, they are none of these."""
_NOT_READ = frozenset(
    {
        ".pnpmfile.cjs",
        ".pnpmfile.mjs",
        ".pre-commit-hooks.yaml",
        "anaconda-project.yml",
        "buildout.cfg",
        "cibuildwheel.toml",
        "common-versions.json",
        "flit.ini",
        "package.json5",
        "pnpm-config.json",
        "pnpmfile.js",
        "prek.toml",
    }
)
"""Manifests that installers read, and ghostcrawl does not."""
_WORDS = re.compile(r"[^a-z]+")
_OF_REQUIREMENTS = re.compile(
    r"req|reqs|require[ds]?|requirements?|deps?|dependency|dependencies|pip|pypi|pins?|pinned|freeze|frozen"
    r"|constraints?|packages?|pkgs|modules|libs|install"
)
_OF_ENVIRONMENTS = re.compile(
    r"all|api|app|base|bench|build|ci|client|common|core|cpu|cuda|default|deploy|dev|devel|develop|development|docs?"
    r"|env|examples?|extras?|format|full|gpu|latest|lint|linting|linux|local|lock|locked|mac|macos|main|min|minimal"
    r"|mypy|notebooks?|optional|prod|production|py|python|release|runtime|server|setup|staging|style|tests?|testing"
    r"|tools?|typing|venv|web|win|windows|worker"
)
_PROSE = re.compile(
    r"ads|authors|changelog|changes|cmakelists|config|configure|contributors|copying|copyright|credits|history|humans"
    r"|index|licen[sc]es?|llms|makefile|manifest|news|notices?|readme|robots|security|thanks|todo|version"
)
_OF_LISTS = re.compile(
    r"(?:block|deny|black|allow|white)(?:ed|s|lists?)?|malware|malicious|evil|bad|banned|iocs?|indicators?|threats?"
    r"|compromised|removed|yanked|unsafe|vulnerable|samples?|ghosts?"
)
"""Lists of packages that nobody is to install have the form of requirements, too."""
_OF_DATA = re.compile(
    r"(?:^|/)(?:node_modules|site-packages|corpora|corpus|data|datasets?|vocab)/", re.IGNORECASE
)


def as_opened(path: str) -> str:
    """Return `path` as the tools call it that open it where case and unseen characters do not count."""
    folded = _UNSEEN.sub("", path).casefold()
    folder, slash, name = folded.rstrip(". ").rpartition("/")
    return f"{folder}{slash}{_CANONICAL.get(name, name)}"


def may_be_lock(path: str) -> bool:
    """Say whether a file of which no parser wants the name calls itself a lock: `tool.lock`, `lock.json`."""
    name = path.rpartition("/")[2]
    return (_LOCK.fullmatch(name) or _DOTTED_PYLOCK.fullmatch(name)) is not None


def original_of(path: str) -> str | None:
    """Return the path of which `path` is a copy or a template by its name, else None: of `uv.lock.bak`, `uv.lock`."""
    folder, slash, name = path.rpartition("/")
    found = _COPY.fullmatch(name)
    return None if found is None else f"{folder}{slash}{found[1]}"


def is_template(path: str) -> bool:
    """Say whether other files are made of the one at `path`, by its name: `requirements.txt.j2`."""
    found = _COPY.fullmatch(path.rpartition("/")[2])
    return found is not None and found[2] is not None


def is_python(path: str) -> bool:
    """Say whether a file is code of Python by its ending."""
    return path.endswith((".py", ".pyw"))


def is_of_other_tool(path: str) -> bool:
    """Say whether a file has the name of a lock or manifest that ghostcrawl does not read: `Scarb.lock`."""
    name = path.rpartition("/")[2]
    return name in _NOT_READ or _OF_OTHERS.fullmatch(name) is not None


def may_be_requirements(path: str) -> bool:
    """Say whether a text may be a requirements file, or a lock with that word in its name.

    That is any `*.pip`, and texts the further from the root the more their name has to speak of it: `needs.txt` and
    `needs.in` at the root, `ci/dev.txt`, `a/b/test-deps.in`. Names of prose, templates of other files (`config.h.in`) and
    folders of data are passed over.
    """
    folder, _, name = path.lower().rpartition("/")
    if _OF_DATA.search(f"{folder}/"):
        return False
    stem = name.rpartition(".")[0]
    named_lock = name.endswith(_LOCK_ENDINGS) and _LOCK_WORD.search(stem) is not None
    if named_lock or name.endswith(_PIP_ENDINGS) or name in _WHOLE_NAMES:
        return True
    template = name.endswith(".in") and "." in stem
    if not name.endswith((".txt", ".in")) or template:
        return False
    words = _words(stem)
    if any(map(_OF_LISTS.fullmatch, words)):
        return False
    if not folder:
        return not any(map(_PROSE.fullmatch, words))
    speaks = any(map(_OF_REQUIREMENTS.fullmatch, words))
    around = any(map(_OF_REQUIREMENTS.fullmatch, _words(folder.rpartition("/")[2])))
    usual = all(_OF_REQUIREMENTS.fullmatch(w) or _OF_ENVIRONMENTS.fullmatch(w) for w in words)
    return around or (usual and (speaks or "/" not in folder))


def has_no_ending(path: str) -> bool:
    """Say whether the name of a file has no dot: `bin/tool`."""
    return _BARE.fullmatch(path.rpartition("/")[2]) is not None


def _words(name: str) -> list[str]:
    return [word for word in _WORDS.split(name) if word]
