"""Parsers by the syntax they read, with samples of each and the reader that says what is valid."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tomli
import yaml

from crawler import lockfiles
from crawler.lockfiles.registry import PARSERS
from tests.hostile.good import GOOD
from tests.hostile.mutation import Sample

__all__ = ["FAMILIES", "Family"]

_DATA = Path(__file__).parents[1] / "data" / "locks"
_LARGEST_SAMPLE = 1500
"""Bytes; a hundred thousand runs must not take the night."""

_OF_JAVASCRIPT = frozenset(
    {"bun.lock", "npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """All formats of one syntax."""

    name: str
    formats: frozenset[str]
    accepts: Callable[[Sample], object]
    """Raises ValueError (or YAMLError, RecursionError) for what the reference reader refuses."""

    def samples(self) -> tuple[Sample, ...]:
        """Return the small locks of the test data that are of this syntax."""
        return tuple(sample for sample in _samples() if _format_of(sample) in self.formats)

    def refuses(self, sample: Sample) -> str | None:
        """Return why the reference reader takes `sample` for broken, or None."""
        try:
            self.accepts(sample)
        except (ValueError, RecursionError, yaml.YAMLError) as error:
            return f"{type(error).__name__}: {str(error)[:200]}"
        return None


@cache
def _samples() -> tuple[Sample, ...]:
    files = (path for path in sorted(_DATA.glob("*/*")) if not path.name.startswith("lfs-pointer"))
    found = [Sample(path=_path(file.name), data=file.read_bytes()) for file in files]
    found += [Sample(path=path, data=data) for path, data in GOOD.items()]
    return tuple(sample for sample in found if 0 < len(sample.data) <= _LARGEST_SAMPLE)


def _path(name: str) -> str:
    """Return the name of the lock that the test data calls `plain.<name>`."""
    lock = name.partition(".")[2]
    return lock if lockfiles.is_lock(lock) else name


def _format_of(sample: Sample) -> str:
    """Return the format; a yarn.lock is of one syntax before version 2 and of another one since."""
    known = lockfiles.parse(sample.path, sample.data).format
    return "yarn-berry" if known == "yarn" and b"__metadata" in sample.data else known


def _toml(sample: Sample) -> object:
    return tomli.loads(sample.data.decode("utf-8-sig"))


def _written(sample: Sample) -> str | None:
    """Return the text, None where it has a conflict that its tool merges: no reference reader does.

    JavaScript puts another character for bytes that are no UTF-8, and so do the tools written in it.
    """
    lenient = sample.path in _OF_JAVASCRIPT
    text = sample.data.decode("utf-8-sig", "replace" if lenient else "strict")
    merged = lenient and all(marker in text for marker in ("<<<<<<<", "=======", ">>>>>>>"))
    return None if merged else text


def _json(sample: Sample) -> object:
    text = _written(sample)
    if text is None:
        return None
    if sample.path == "bun.lock":
        # Bun reads one document, whatever stands behind it.
        return json.JSONDecoder().raw_decode(_without_dialect(text).lstrip())[0]
    if text.lstrip().startswith("//"):
        text = re.sub(r"\A(?:\s*//[^\n]*\n)+", "", text)
    return json.loads(text)


def _without_dialect(text: str) -> str:
    """Drop comments, then trailing commas, character by character: slow, and nothing to get wrong."""
    kept: list[str] = []
    at = 0
    while at < len(text):
        end = at + 1
        if text[at] == '"':
            while end < len(text) and text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            kept.append(text[at : end + 1])
            at = end + 1
            continue
        if text.startswith("//", at):
            end = text.find("\n", at) if "\n" in text[at:] else len(text)
        elif text.startswith("/*", at):
            closed = text.find("*/", at + 2)
            # One that is never closed can only stand behind the document: inside, its end is missing.
            end = len(text) if closed < 0 else closed + 2
        elif text[at] in "]}" and "".join(kept[-1:]) == ",":
            kept[-1] = text[at]
        elif not text[at].isspace():
            kept.append(text[at])
        at = end
    return " ".join(kept) if len(kept) == 1 else "".join(kept)


def _yaml(sample: Sample) -> object:
    """Ask PyYAML's own scanner, not the libyaml that our parsers use; where it is stricter, libyaml.

    It refuses a TAB and, in flow collections, a `?` inside a plain scalar, which YAML 1.2 (7.3.3) and the
    tools allow, and it takes a byte order mark at the beginning of a line for text.
    """
    text = _written(sample)
    if text is None or (sample.path == "yarn.lock" and "__metadata" not in text):
        return None
    try:
        return list(yaml.parse(text.replace("\n\ufeff", "\n"), Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        if _STRICTER.search(str(error)) is None:
            raise
    return list(yaml.parse(text, Loader=yaml.CSafeLoader))


_STRICTER = re.compile(r"'\\t'|got '\?'")
_FIELDS = re.compile(r"\S+ \S+ h1:[A-Za-z0-9+/]{43}=")


def _text(sample: Sample) -> object:
    """Check what there is to check of lines: their encoding, and of go.sum the three fields."""
    if sample.path == "requirements.txt":  # may declare another encoding
        return None
    text = _written(sample)
    if sample.path == "go.sum" and text is not None:
        wrong = [line for line in text.split("\n") if line.split() and len(line.split()) != 3]
        if wrong:
            raise ValueError(f"not three fields: {wrong[0]!r}")
    return text


def _family(name: str, accepts: Callable[[Sample], object], *formats: str) -> Family:
    return Family(name=name, formats=frozenset(formats), accepts=accepts)


_SYNTAXES = (
    _family("toml", _toml, "uv", "pylock", "poetry", "pdm", "cargo", "pyproject"),
    _family(
        "json", _json,
        "npm", "pipfile", "pex", "composer", "bun", "deno", "nuget", "spm", "bazelmod",
    ),
    _family("yaml", _yaml, "pnpm", "condalock", "pixi", "yarn-berry", "pubspec", "podfile"),
)  # fmt: skip
_KNOWN = frozenset().union(*(family.formats for family in _SYNTAXES))
_REST = (parser.format for parser in PARSERS if parser.format not in _KNOWN)

FAMILIES: Mapping[str, Family] = {
    family.name: family for family in (*_SYNTAXES, _family("text", _text, *_REST))
}
"""A format of no other syntax is text, also one that is new."""
