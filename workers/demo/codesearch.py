"""GitHub's REST code search over the world, with its blind spots.

Facts from GitHub's documentation ("Searching code (legacy)", "Search" of the REST API): default branch
only, files below 384 KB only, forks only with more stars than the parent (nobody has stars here),
punctuation ignored, at most 256 characters and five AND/OR/NOT. How hyphens split a word is not
documented; here everything but letters, digits and underscores does.
"""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from workers.demo.catalogue import Catalogue, HostedRepository
from workers.demo.objects import blob_oid
from workers.demo.qualifiers import in_number_range, search_words

__all__ = ["BadQueryError", "CodeHit", "CodeIndex", "CodeQuery", "Term", "parse_query"]

_LARGEST_INDEXED = 384 * 1024
_LONGEST_QUERY = 256
_MOST_OPERATORS = 5
_OPERATORS = frozenset({"AND", "OR", "NOT"})
_WORD = re.compile(r"[0-9a-z_]+")


class BadQueryError(ValueError):
    """A query that GitHub answers with 422; the message is the one it gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or a quoted phrase."""

    words: tuple[str, ...]
    phrase: bool = False
    """The words follow one another; otherwise they only have to be there."""
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeQuery:
    """A query, parsed: every clause must hold, a clause holds when one of its terms does."""

    clauses: tuple[tuple[Term, ...], ...]
    qualifiers: tuple[tuple[str, str], ...] = ()
    """(name, value) pairs."""

    def values(self, name: str) -> list[str]:
        """Return the values of the qualifier `name`."""
        return [value for found, value in self.qualifiers if found == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeHit:
    """A file that a query found."""

    entry: HostedRepository
    path: str
    oid: str


def parse_query(text: str) -> CodeQuery:
    """Parse the `q` of a code search; raises BadQueryError with GitHub's reason."""
    parts = search_words(text)
    if len(text) > _LONGEST_QUERY:
        msg = f"The search is longer than {_LONGEST_QUERY} characters."
        raise BadQueryError(msg)
    if sum(part in _OPERATORS for part in parts) > _MOST_OPERATORS:
        msg = "More than five AND / OR / NOT operators were used."
        raise BadQueryError(msg)
    qualifiers = [part.partition(":")[::2] for part in parts if _is_qualifier(part)]
    query = CodeQuery(
        clauses=tuple(_clauses([part for part in parts if not _is_qualifier(part)])),
        qualifiers=tuple((name, value.strip('"')) for name, value in qualifiers),
    )
    if not query.clauses and not query.values("filename"):
        msg = "ERROR_TYPE_QUERY_PARSING_FATAL unable to parse query!"
        raise BadQueryError(msg)
    return query


class CodeIndex:
    """What GitHub's index would hold of a catalogue; built at the first search."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._built = False
        self._texts: dict[str, bytes] = {}
        self._postings: dict[str, set[str]] = defaultdict(set)
        self._files: list[CodeHit] = []

    def search(self, query: CodeQuery) -> list[CodeHit]:
        """Return all files that match, ordered by repository and path."""
        with self._lock:
            if not self._built:
                self._build()
                self._built = True
        texts = {oid for oid in self._texts if self._text_matches(query, oid)}
        return [
            hit
            for hit in self._files
            if hit.oid in texts
            and all(
                _QUALIFIERS[name](hit, self._texts[hit.oid], value.lower())
                for name, value in query.qualifiers
            )
        ]

    def _build(self) -> None:
        for entry in self._catalogue:
            if entry.repository.fork_of is not None:
                continue
            for path, data in sorted(entry.default_files.items()):
                if len(data) < _LARGEST_INDEXED:
                    self._add(CodeHit(entry=entry, path=path, oid=blob_oid(data)), data)

    def _add(self, hit: CodeHit, data: bytes) -> None:
        self._files.append(hit)
        if hit.oid not in self._texts:
            self._texts[hit.oid] = data
            for word in _words(data.decode("utf-8", "replace")):
                self._postings[word].add(hit.oid)

    def _text_matches(self, query: CodeQuery, oid: str) -> bool:
        return all(
            any(self._holds(term, oid) != term.negated for term in clause)
            for clause in query.clauses
        )

    def _holds(self, term: Term, oid: str) -> bool:
        if not all(oid in self._postings.get(word, ()) for word in term.words):
            return False
        return not term.phrase or _contains(
            _words(self._texts[oid].decode("utf-8", "replace")), term.words
        )


def _is_in(hit: CodeHit, directory: str) -> bool:
    place = hit.path.lower().rpartition("/")[0]
    return f"{place}/".startswith(f"{directory}/") if directory else not place


_QUALIFIERS: Mapping[str, Callable[[CodeHit, bytes, str], bool]] = {
    "extension": lambda hit, _data, end: hit.path.lower().endswith(f".{end.lstrip('.')}"),
    "filename": lambda hit, _data, name: _contains(
        _words(hit.path.rpartition("/")[2]), _words(name)
    ),
    "in": lambda _hit, _data, _where: True,
    "org": lambda hit, _data, owner: hit.entry.owner.lower() == owner,
    "path": lambda hit, _data, directory: _is_in(hit, directory.strip("/")),
    "repo": lambda hit, _data, path: hit.entry.repository.path.lower() == path,
    "size": lambda _hit, data, sizes: in_number_range(len(data), sizes),
    "user": lambda hit, _data, owner: hit.entry.owner.lower() == owner,
}


def _is_qualifier(part: str) -> bool:
    name, colon, _value = part.partition(":")
    return bool(colon) and name in _QUALIFIERS


def _clauses(parts: Iterable[str]) -> list[tuple[Term, ...]]:
    clauses: list[tuple[Term, ...]] = []
    joined = negated = False
    for part in parts:
        if part in _OPERATORS:
            joined, negated = joined or part == "OR", negated or part == "NOT"
            continue
        term = _term(part, negated=negated)
        if joined and clauses:
            clauses[-1] += (term,)
        elif term.words:
            clauses.append((term,))
        joined = negated = False
    return clauses


def _term(part: str, *, negated: bool) -> Term:
    bare = part.removeprefix("-")
    return Term(
        words=tuple(_words(bare)), phrase=bare.startswith('"'), negated=negated or bare != part
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _contains(words: Iterable[str], phrase: Iterable[str]) -> bool:
    return f" {' '.join(phrase)} " in f" {' '.join(words)} "
