"""`.pre-commit-config.yaml`: no lock, but pre-commit installs the `additional_dependencies` of its hooks.

Source: pre-commit, "Supported languages" and "`.pre-commit-config.yaml` - hooks": the entries are given to pip or to
npm as they stand. The language of a hook often stands in another repository only, so that of an entry tells:
`zz==1.0` and `zz @ URL` are pip's, `zz@1.0.0` is npm's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.documents.yaml_nodes import Places
from crawler.lockfiles.documents.yaml_reading import entries, read_yaml
from crawler.lockfiles.javascript.npm_specifiers import stated_pin
from crawler.lockfiles.python.manifests import MAY_PIN, installed_as_stated
from crawler.lockfiles.python.requirements import direct_pin
from crawler.model import Ecosystem, LineSpan, ParseResult, Pin

__all__ = ["PreCommitParser"]

_NPM = re.compile(r"(@[^/@\s]{1,214}/[^/@\s]{1,214}|[^/@\s:]{1,214})@([^\s@]{1,300})")
_NAMES = frozenset({".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.yaml"})
_OF_NO_REGISTRY = frozenset({"golang", "rust", "ruby", "dart", "lua", "perl", "r", "julia"})


class PreCommitParser:
    """Reads `.pre-commit-config.yaml`."""

    format: Final = "pre-commit"
    version: Final = 1

    def wants(self, path: str) -> bool:
        """Say whether `path` is the configuration of pre-commit."""
        return path.rpartition("/")[2] in _NAMES

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per direct URL, checkout and exact version, flagged `manifest`."""
        return read_yaml(data, self.format, Ecosystem.PYPI, _pins)


def _pins(root: TableReader, places: Places) -> Iterator[Pin]:
    for repository, _ in entries(root, "repos", places):
        for hook, _ in entries(repository, "hooks", places):
            stated = hook.entries("additional_dependencies")
            for number, one in enumerate(stated):
                if isinstance(one, str) and hook.text("language") not in _OF_NO_REGISTRY:
                    yield from _pin(one.strip(), places.item(stated, number))


def _pin(stated: str, lines: LineSpan) -> Iterator[Pin]:
    of_npm = _NPM.fullmatch(stated)
    if of_npm is not None and not _is_of_python(of_npm[2]):
        pin = stated_pin(of_npm[1], of_npm[2], lines)
        yield from () if pin is None else (pin,)
    elif any(sign in stated for sign in MAY_PIN):
        pin = direct_pin(stated, lines.first, Notes())
        yield from installed_as_stated(() if pin is None else (pin,))


def _is_of_python(specifier: str) -> bool:
    """Say whether a URL behind `zz@` is pip's: npm's tarballs end in `.tgz`."""
    return "://" in specifier and not specifier.partition("#")[0].endswith(".tgz")
