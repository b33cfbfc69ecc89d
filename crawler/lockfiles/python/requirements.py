"""requirements.txt, requirements.lock and constraints.txt, by pip's own grammar.

Source: pip, "Requirements File Format" and `_internal/req/req_file.py` (continuation, comments, where
options begin) and `constructors.py` (what is a URL, a path, a name); PEP 508 for `name @ URL`. Refused is what
pip 26.3 and uv 0.13.9 both refuse: a line that is no requirement, and a merge conflict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from crawler.errors import Malformed
from crawler.lockfiles.artifacts import Artifact, Package, digest_of, file_name
from crawler.lockfiles.documents.lines import Notes, of_sides, read_lines
from crawler.lockfiles.documents.reading import sides
from crawler.lockfiles.python.inclusion import named_after_requirements, say_included
from crawler.lockfiles.python.markers import NEVER_INSTALLED, holds_nowhere
from crawler.lockfiles.python.requirements_text import (
    Line,
    Option,
    decode_requirements,
    logical_lines,
    options_of,
)
from crawler.lockfiles.python.run_options import RunOptions
from crawler.lockfiles.sweep import is_archive
from crawler.model import (
    Digest,
    Ecosystem,
    LineSpan,
    Origin,
    OriginKind,
    ParseResult,
    Pin,
    normalize_name,
)
from crawler.model.urls import is_local, redact

__all__ = ["RequirementsParser", "direct_pin"]

_NAMED = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*+)[ \t]*+(?>\[[^\]]*+\])?+[ \t]*+(.*+)", re.ASCII | re.DOTALL
)
_SPECIFIER = re.compile(r"\s*+(===|==|~=|!=|<=|>=|<|>)\s*+([^\s,;()]++)\s*+")
_URL = re.compile(r"(?:https?|ftp|file):", re.IGNORECASE)
_VCS = re.compile(
    r"(?:(?:git|hg|svn|bzr)\+[a-z+]{2,10}|git|ssh|svn|sftp):", re.IGNORECASE | re.ASCII
)
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]++)", re.ASCII)
_UNKNOWN_HASH = re.compile(r"(?!(?:md5|sha\d+|blake2b)\b)[A-Za-z0-9_]+(?::|\Z)", re.IGNORECASE)
"""A hash of an algorithm that neither pip nor uv knows, or of none."""
_FRAGMENT_HASH = re.compile(r"[#&](md5|sha1|sha256|sha384|sha512)=([^&#]*+)")
_MOST_MARKERS = 60
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")


class RequirementsParser:
    """Reads `requirements*.txt`, `requirements*.lock`, `constraints*.txt` and all texts below `requirements/`."""

    format: Final = "requirements"
    version: Final = 4

    def wants(self, path: str) -> bool:
        """Say whether `path` is called as such files are; `requirements.in` is no lock."""
        return named_after_requirements(path, (".txt", ".lock"))

    def parse(self, data: bytes) -> ParseResult:
        """Return one pin per requirement, and one per `--find-links` that is a file."""
        return read_lines(data, self.format, _pins, decode_requirements, merges=True)


def direct_pin(text: str, number: int, notes: Notes) -> Pin | None:
    """Return the pin of the requirement `text` that stands on line `number`, or None with a note."""
    line = Line(text=text, lines=LineSpan(first=number, last=number))
    index = Origin(kind=OriginKind.REGISTRY)
    return next(iter(_Reader(notes, index).pins(line)), None)


def _pins(text: str, notes: Notes) -> Iterator[Pin]:
    """Yield the pins of `text`; of a merge conflict, which pip refuses, those of all sides."""
    versions = sides(text)
    if versions:
        notes.refuse("document", "merge conflict")
        yield from of_sides(versions, _pins, notes)
        return
    lines = list(logical_lines(text))
    if not lines and "#" not in text:
        raise Malformed("no requirements file: no requirement and no comment")
    asked = _asked(lines)
    reader = _Reader(notes, asked.origin)
    for line in lines:
        yield from reader.pins(line)
    notes.check("requirements file")
    yield from asked.pins(LineSpan(first=1, last=text.count("\n") + 1))


def _asked(lines: list[Line]) -> RunOptions:
    """Return where pip looks for a name, as far as the file itself says so, and what it includes."""
    asked = RunOptions()
    for line in lines:
        if line.text.startswith("-"):
            asked.add_line(line.text)
    return asked


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one line after the other."""

    notes: Notes
    index: Origin
    """Of what is named and nothing else."""

    def pins(self, line: Line) -> Iterator[Pin]:
        """Yield the pins of `line`: none or one, more only with several options on it."""
        options = options_of(line.options)
        if options is None:
            self.notes.skip(line.lines.first, "unclosed quotation")
            options = ()
        unknown = [option for option in options if not option.known]
        if unknown:
            self.notes.skip(line.lines.first, "an option that pip does not know")
        if line.requirement:
            yield from self._requirement(line, options)
        elif not unknown:
            yield from self._options(line, options)

    def _requirement(self, line: Line, options: tuple[Option, ...]) -> Iterator[Pin]:
        try:
            pin = self._read(line.requirement, line.lines)
        except Malformed as error:
            self.notes.skip(line.lines.first, str(error))
            if _is_refused(line.requirement):
                self.notes.refuse(f"line {line.lines.first}", str(error))
            return
        self.notes.understood = True
        if self._is_never_installed(line.requirement):
            pin = replace(pin, flags=(*pin.flags, NEVER_INSTALLED))
        stated = [option.value for option in options if option.name == "--hash"]
        if stated:
            digests = self._digests([*map(str, pin.digests), *stated], line.lines.first)
            pin = replace(pin, digests=digests)
        yield pin

    def _is_never_installed(self, text: str) -> bool:
        """Say whether the marker behind a requirement holds nowhere; of a great many different ones that is not told."""
        marker = text.partition(" ;" if "://" in text else ";")[2].strip()
        known = self.notes.conditions
        if marker and marker not in known and len(known) < _MOST_MARKERS:
            always = self.notes.always
            known[marker] = holds_nowhere(f"({marker}) and {always}" if always else marker)
        return known.get(marker, False)

    def _options(self, line: Line, options: tuple[Option, ...]) -> Iterator[Pin]:
        for option in options:
            self.notes.understood = True
            match option.name:
                case "--requirement" | "--constraint":
                    context = f"line {line.lines.first}"
                    say_included(self.notes.say, context, option.value, always=True)
                case "--find-links":
                    yield from self._links(option.value, line.lines)
                case "--editable":
                    yield from self._editable(option.value, line)
                case _:
                    pass

    def _links(self, place: str, lines: LineSpan) -> Iterator[Pin]:
        """A link that is a file itself is installed without asking an index."""
        url = redact(place)
        if _URL.match(url) and is_archive(file_name(url) or ""):
            origin = Origin(kind=OriginKind.FIND_LINKS, location=url)
            yield self._direct(Package.called(None, None, origin), place, lines)

    def _editable(self, place: str, line: Line) -> Iterator[Pin]:
        if _VCS.match(place) or "@" in place:
            yield from self._requirement(replace(line, text=place), ())
            return
        egg = _EGG.search(place)
        origin = Origin(kind=OriginKind.EDITABLE, location=redact(place))
        yield Package.called(egg and egg[1], None, origin).bare_pin(line.lines)

    def _read(self, text: str, lines: LineSpan) -> Pin:
        """Return the pin of a URL, a name or a path.

        Raises:
            Malformed: pip would refuse the line.
        """
        if _URL.match(text) or _VCS.match(text):
            return self._place(None, text, lines)
        named = _NAMED.fullmatch(text)
        if named is not None and named[2].startswith("@"):
            return self._place(_checked(named[1]), named[2][1:].strip(), lines)
        if _is_path(text):
            return self._place(None, text, lines)
        if named is None:
            raise Malformed("not a requirement")
        version = self._version(named[2], lines.first)
        return Package.called(_checked(named[1]), version, self.index).bare_pin(lines)

    def _version(self, stated: str, number: int) -> str | None:
        """Return the one version that the specifiers name, or None where they leave a choice."""
        exact = _exact(stated.partition(";")[0].strip())
        if exact is not None and _VARIABLE.search(exact):
            self.notes.skip(number, "the version is in an environment variable")
            return None
        return exact

    def _place(self, name: str | None, stated: str, lines: LineSpan) -> Pin:
        """Return the pin of a URL or path behind which only a marker may follow."""
        place, _, rest = stated.partition(" ")
        if not place or (rest.strip() and not rest.strip().startswith(";")):
            raise Malformed("not a requirement")
        egg = _EGG.search(place)
        package = Package.called(name or (egg and egg[1]), None, _origin(place))
        if package.origin.kind in {OriginKind.URL, OriginKind.PATH}:
            return self._direct(package, place, lines)
        return package.bare_pin(lines)

    def _direct(self, package: Package, place: str, lines: LineSpan) -> Pin:
        """Return the pin of the archive at `place`; with extras behind a path, which are no part of it."""
        url = redact(place)
        stated = [
            f"{found[1]}:{found[2]}"
            for found in _FRAGMENT_HASH.finditer(place.partition("#")[1] + place.partition("#")[2])
        ]
        digests = self._digests(stated, lines.first)
        if package.origin.kind is OriginKind.PATH:
            name = file_name(_without_extras(url))
            return package.pin(Artifact(lines=lines, filename=name, digests=digests))
        name = file_name(url)
        return package.pin(Artifact(lines=lines, url=url, filename=name, digests=digests))

    def _digests(self, stated: list[str], number: int) -> tuple[Digest, ...]:
        found: set[Digest] = set()
        for text in stated:
            try:
                found.add(digest_of(text))
            except Malformed as error:
                self.notes.skip(number, str(error))
                if _UNKNOWN_HASH.match(text):
                    self.notes.refuse(f"line {number}", str(error))
        return tuple(sorted(found, key=lambda digest: (digest.algorithm, digest.hex)))


def _is_refused(text: str) -> bool:
    """Say whether pip and uv refuse the whole file for the line `text`, which is no path and no URL.

    A variable may hold anything, and a path may be there.
    """
    if any(sign in text for sign in ("${", "/", "\\")):
        return False
    try:
        Requirement(text)
    except InvalidRequirement:
        return True
    return False


def _checked(name: str) -> str:
    if normalize_name(Ecosystem.PYPI, name) is None:
        raise Malformed("not a name")
    return name


def _exact(stated: str) -> str | None:
    """Return the version behind `==` or `===`, or that of `>=1.0,<=1.0`; Malformed where `stated` is no list of specifiers."""
    if stated.startswith("(") and stated.endswith(")"):
        stated = stated[1:-1]
    version, ends = None, dict[tuple[str, str], None]()
    for part in stated.removesuffix(",").split(",") if stated else ():
        found = _SPECIFIER.fullmatch(part)
        if found is None:
            raise Malformed("not a requirement")
        ends[found[1], found[2]] = None
        if found[1] == "===" or (found[1] == "==" and not found[2].endswith(".*")):
            version = found[2]
    only = (end for operator, end in ends if operator == ">=" and ("<=", end) in ends)
    exact = version or next(only, None)
    return exact if exact is None or len(ends) == 1 or _may_be(exact, stated) else None


def _may_be(version: str, stated: str) -> bool:
    """Say whether all specifiers allow `version`; of `==3.0,<3.0` nothing is installed."""
    try:
        return SpecifierSet(stated.removesuffix(",")).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def _is_path(text: str) -> bool:
    place = text.partition(" ")[0].partition(";")[0]
    return "/" in place or "\\" in place or place.startswith(".") or is_archive(place)


def _without_extras(place: str) -> str:
    """Return `./zz.whl[extra]` without its extras."""
    return place[: place.rindex("[")] if place.endswith("]") and "[" in place else place


def _origin(place: str) -> Origin:
    location = redact(place)
    if _VCS.match(place):
        return Origin(kind=OriginKind.GIT, location=location)
    if not is_local(place):
        return Origin(kind=OriginKind.URL, location=location)
    archive = is_archive(file_name(_without_extras(place)) or "")
    kind = OriginKind.PATH if archive else OriginKind.DIRECTORY
    return Origin(kind=kind, location=location)
