"""`setup.py`, taken apart and never run: the strings that it hands to `setup()` as requirements.

Source: setuptools, "Keywords" (`install_requires`, `extras_require`, `setup_requires`, `dependency_links`) and PEP 508.
A string anywhere else (a list of what is refused, a description) is none. What is put together at run time is not seen; a
file that is read for it is said.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from crawler.errors import Malformed, TooLarge
from crawler.lockfiles.documents.lines import Notes, read_lines
from crawler.lockfiles.python.inclusion import say_included
from crawler.lockfiles.python.manifests import Redirects, installed_as_stated, normalized
from crawler.lockfiles.python.requirements import direct_pin
from crawler.lockfiles.sweep import is_archive
from crawler.model import LineSpan, ParseResult, Pin, file_name_of

__all__ = ["ScriptTexts", "SetupPyParser", "is_requirement"]

_REQUIREMENT = re.compile(
    r"[ \t]*+[A-Za-z0-9][A-Za-z0-9._-]*+[ \t]*+(?>\[[^\]\n]*+\])?+[ \t]*+(?:@|\(?[=<>])[^\n]*+"
)
_LONGEST = 2_000
_MOST_STEPS = 200_000
_CHARACTERS = 100
"""Of a string that is handed on, for one step more."""
_REQUIRES = frozenset(
    {"install_requires", "setup_requires", "tests_require", "extras_require", "dependency_links"}
)
_COLLECTS = frozenset({"append", "extend", "insert", "update", "setdefault"})
_COPIES = frozenset({"list", "tuple", "set", "sorted", "dict", "filter", "map"})
_SPLITS = frozenset({"split", "splitlines", "strip", "read", "readlines", "decode"})


class SetupPyParser:
    """Reads `setup.py`."""

    format: Final = "setup-py"
    version: Final = 3

    def wants(self, path: str) -> bool:
        """Say whether `path` is the script of setuptools."""
        return path.rpartition("/")[2] == "setup.py"

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per string that is a requirement with a URL or exact version, flagged `manifest`."""
        return read_lines(data, self.format, _pins)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    try:
        script = ScriptTexts(ast.parse(text))
        required, of_project = list(script.required()), Redirects(own=script.name())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Malformed("not a script of Python 3") from error
    if not script.calls:
        raise Malformed("no setup.py: it does not call `setup`")
    notes.understood = True
    for place, number in script.files.items():
        say_included(notes.say, f"line {number}", place)
    unreported = Notes()
    for lines, stated in required:
        for offset, line in enumerate(stated.split("\n")):
            if not is_requirement(line):
                continue
            number = min(lines.first + offset, lines.last)
            own = LineSpan(first=number, last=number) if "\n" in stated else lines
            pin = direct_pin(line.strip(), number, unreported)
            found = installed_as_stated(() if pin is None else (replace(pin, lines=own),))
            yield from of_project.of(found)


def is_requirement(line: str) -> bool:
    """Say whether `line` is a requirement with a version or URL, or a URL of an archive."""
    if len(line) > _LONGEST:
        return False
    if _REQUIREMENT.fullmatch(line):
        return True
    bare = line.strip()
    return bare.lower().startswith(("http://", "https://")) and is_archive(file_name_of(bare) or "")


_Text = tuple[LineSpan, str]


class ScriptTexts:
    """What a script hands to the functions `called`, as far as that can be told without running it."""

    def __init__(self, tree: ast.Module, called: frozenset[str] = frozenset({"setup"})) -> None:
        """Look through the whole of `tree`."""
        self._called, self._room = called, _MOST_STEPS
        self.calls: list[ast.Call] = []
        self._values: defaultdict[str, list[ast.expr]] = defaultdict(list)
        """What is assigned to each name, or added to it, anywhere."""
        self._items: defaultdict[str, list[tuple[str, ast.expr]]] = defaultdict(list)
        """What is put under a key of the mapping of a name."""
        self._returned: defaultdict[str, list[ast.expr]] = defaultdict(list)
        """What the functions of each name return."""
        self.files: dict[str, int] = {}
        """Files that are read for requirements, as far as that was looked at, and where."""
        for node in ast.walk(tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.AugAssign(target=target, value=value):
                self._assign(target, value)
            case ast.FunctionDef(name=name):
                returns = (one for one in ast.walk(node) if isinstance(one, ast.Return))
                self._returned[name] += [one.value for one in returns if one.value is not None]
            case ast.withitem(context_expr=value, optional_vars=ast.Name() as target):
                self._assign(target, value)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
                name in self._called
            ):
                self.calls.append(node)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if (
                attr in _COLLECTS
            ):
                self._values[name] += node.args
            case _:
                pass

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self._values[name].append(value)
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)):
                self._values[name].append(value)
                self._items[name].append((key, value))
            case _:
                pass

    def name(self) -> str:
        """Return what the project is called, where constants tell it, or an empty string."""
        keywords = (one for call in self.calls for one in call.keywords if one.arg == "name")
        names = (self._string(one.value) for one in keywords)
        return normalized(next(filter(None, names), ""))

    def required(self) -> Iterator[_Text]:
        """Yield lines and text of each string that is a requirement of a call of `setup`."""
        for call in self.calls:
            for keyword in call.keywords:
                if keyword.arg in _REQUIRES:
                    yield from self._texts(keyword.value, frozenset())
                elif keyword.arg is None:
                    yield from self._of_mapping(keyword.value, frozenset())

    def _of_mapping(  # noqa: C901 - one case per expression
        self, node: ast.expr, seen: frozenset[str]
    ) -> Iterator[_Text]:
        """Yield what a mapping of keywords has for requirements."""
        self._step()
        match node:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in _REQUIRES:
                        yield from self._texts(value, seen)
                    elif key is None:
                        yield from self._of_mapping(value, seen)
            case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
                for keyword in keywords:
                    if keyword.arg in _REQUIRES:
                        yield from self._texts(keyword.value, seen)
            case ast.Name(id=name) if name not in seen:
                for value in self._values[name]:
                    yield from self._of_mapping(value, seen | {name})
                for item, value in self._items[name]:
                    if item in _REQUIRES:
                        yield from self._texts(value, seen | {name})
            case _:
                pass

    def texts(self, node: ast.expr) -> Iterator[tuple[LineSpan, str]]:
        """Yield the strings of an expression with their lines."""
        return self._texts(node, frozenset())

    def _texts(  # noqa: C901, PLR0912 - one case per expression
        self, node: ast.expr, seen: frozenset[str]
    ) -> Iterator[_Text]:
        """Yield the strings of an expression; of a mapping those of its values."""
        self._step()
        text = self._string(node)
        match node:
            case _ if text is not None:
                yield LineSpan(first=node.lineno, last=node.end_lineno or node.lineno), text
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                yield from self._all(parts, seen)
            case ast.Dict(values=parts):
                yield from self._all(parts, seen)
            case ast.BinOp(left=left, op=ast.Add() | ast.BitOr(), right=right):
                yield from self._all([left, right], seen)
            case ast.IfExp(body=one, orelse=other):
                yield from self._all([one, other], seen)
            case ast.BoolOp(values=parts):
                yield from self._all(parts, seen)
            case ast.Starred(value=inner) | ast.NamedExpr(value=inner):
                yield from self._texts(inner, seen)
            case ast.Call(func=ast.Name(id=name), args=parts) if name in _COPIES:
                yield from self._all([*parts, *(one.value for one in node.keywords)], seen)
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _SPLITS:
                yield from self._texts(inner, seen)
            case ast.Name(id=name) if name not in seen:
                yield from self._all(self._values[name], seen | {name})
            case ast.ListComp(generators=[first, *_]) | ast.GeneratorExp(generators=[first, *_]):
                yield from self._texts(first.iter, seen)
            case ast.Call(func=ast.Attribute(value=place, attr="read_text")):
                self._open(place)
            case ast.Call(args=[place, *_]):
                self._open(place)
            case ast.Call(func=ast.Name(id=name)) if name not in seen:
                yield from self._all(self._returned[name], seen | {name})
            case _:
                pass

    def _step(self, steps: int = 1) -> None:
        """Count an expression that is looked at; names may stand for one another over and over."""
        self._room -= steps
        if self._room < 0:
            raise TooLarge(f"more than {_MOST_STEPS} expressions to look at")

    def _open(self, place: ast.expr) -> None:
        """Note the file that a call in a list of requirements reads: `open("a/b")`, `read(join(here, "a", "b"))`."""
        parts = []
        for one in ast.walk(place):
            self._step()
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                parts.append(self._counted(one.value))
        path = posixpath.join("", *parts)
        if path and not is_requirement(path):
            self.files[path] = place.lineno

    def _string(self, node: ast.expr) -> str | None:
        """Return the string that constants make: itself, `f"zz=={V}"`, `"zz==" + V`, `"zz==%s" % V` ..."""
        self._step()
        match node:
            case ast.Constant(value=str() as text):
                return self._counted(text)
            case ast.Name(id=name) if len(self._values[name]) == 1:
                value = self._values[name][0]
                texts = [self._string(value) if isinstance(value, ast.Constant) else None]
            case ast.JoinedStr(values=parts):
                texts = [self._string(part) for part in parts]
            case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                texts = [self._string(inner)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                texts = [self._string(left), self._string(right)]
            case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod(), right=right):
                before, _, after = text.partition("%s")
                texts = [before, self._string(right), after]
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str() as text), attr="format"),
                args=[one],
            ):
                before, _, after = text.partition("{}")
                texts = [before, self._string(one), after]
            case _:
                return None
        return None if None in texts else self._counted("".join(filter(None, texts)))

    def _counted(self, text: str) -> str:
        """Return `text`; what costs more the longer it is, and may be asked for over and over, is counted so."""
        self._step(len(text) // _CHARACTERS)
        return text

    def _all(self, nodes: Iterable[ast.expr], seen: frozenset[str]) -> Iterator[_Text]:
        for node in nodes:
            yield from self._texts(node, seen)
