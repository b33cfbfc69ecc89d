"""One malware advisory of GitHub turned into assertions.

Sources: GitHub REST API, schema `global-advisory`; GitHub's documentation of `vulnerable_version_range`
(`= 0.2.0` one version, `>= 4.3.0, < 4.3.5` a range). An advisory has no digests of files. Some cite the
record of ossf/malicious-packages that they were imported from; such a copy counts as that record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import Malformed
from crawler.fields import plain_name
from crawler.model import (
    Assertion,
    Claim,
    Ecosystem,
    ProjectKey,
    Record,
    Skipped,
    Subject,
)
from crawler.model.semver import parse_range
from crawler.model.version_ranges import VersionSpan, is_range, is_zero
from feeds.subjects import project_of, subjects_of

if TYPE_CHECKING:
    from crawler.hosts.github.objects import GlobalAdvisory

__all__ = ["ECOSYSTEMS", "GHSA_ID", "read_advisory"]

GHSA_ID = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.ASCII)
ECOSYSTEMS = {Ecosystem.PYPI: "pip", Ecosystem.NPM: "npm"}
"""How GitHub calls them."""
_CITED = re.compile(r"(?<![0-9A-Za-z-])MAL-\d{4}-\d{1,9}(?![0-9A-Za-z-])", re.ASCII)
_BOUND = re.compile(r"(<=|>=|==?|<|>) {0,9}([!-+\x2d-~]{1,255})", re.ASCII)
_FINAL = re.compile(r"v?[0-9]+(?>\.[0-9]+)*+", re.ASCII)
"""A version that is no pre-release."""
_EQUAL = frozenset({"", "=", "=="})
_ALL = frozenset({"", "*"})
"""No bound at all."""
_WILDCARD = re.compile(r"(?:^|\.)[xX*](?:\.|$)")
_LONGEST_RANGE = 4096
_MOST_SUBJECTS = 20_000
_LONGEST_TEXT = 1024 * 1024


def read_advisory(
    advisory: GlobalAdvisory, feed: str, ecosystem: Ecosystem
) -> tuple[Record, tuple[Skipped, ...]]:
    """Return what an advisory says of `ecosystem`, and what of it could not be used.

    A record without assertions names nothing that could be looked for; what it named before is taken
    back. Explicit versions win over a range that means all of them; a range of some is kept as one. Raises
    Malformed for what is no malware advisory.
    """
    identity = advisory.ghsa_id
    if not GHSA_ID.fullmatch(identity):
        msg = f"invalid id of an advisory {identity[:60]!a}: expected GHSA-...."
        raise Malformed(msg)
    if advisory.type != "malware":
        msg = f"an advisory of type {advisory.type[:60]!a} accuses nobody"
        raise Malformed(msg)
    template = _template(advisory, feed, ecosystem)
    skipped = list[Skipped]()
    named = dict.fromkeys(_subjects(advisory, ecosystem, skipped))
    if len(named) > _MOST_SUBJECTS:
        msg = f"{len(named)} versions"
        raise Malformed(msg)
    explicit = {s.project for s in named if s.version is not None and not is_range(s.version)}
    subjects = [s for s in named if s.version is not None or s.project not in explicit]
    if not subjects and not skipped:
        skipped.append(Skipped(context=identity, reason=f"nothing of {ecosystem} affected"))
    assertions = tuple(replace(template, subject=subject) for subject in subjects)
    return Record(id=identity, assertions=assertions), tuple(skipped)


def _template(advisory: GlobalAdvisory, feed: str, ecosystem: Ecosystem) -> Assertion:
    """Return an assertion about nothing yet."""
    return Assertion(
        feed=feed,
        record_id=advisory.ghsa_id,
        subject=Subject(project=ProjectKey(ecosystem=ecosystem, name="?")),
        claim=Claim.MALICIOUS,
        valid_from=advisory.published_at,
        observed_at=max(advisory.updated_at, advisory.published_at),
        root_source=_root_source(advisory),
        reference=_reference(advisory),
        retracted_at=advisory.withdrawn_at,
    )


def _subjects(
    advisory: GlobalAdvisory, ecosystem: Ecosystem, skipped: list[Skipped]
) -> Iterator[Subject]:
    for place, vulnerability in enumerate(advisory.vulnerabilities):
        context = f"{advisory.ghsa_id}.vulnerabilities[{place}]"
        if vulnerability.package.ecosystem != ECOSYSTEMS[ecosystem]:
            continue
        try:
            project = project_of(ecosystem, vulnerability.package.name or "", context)
            spans = _spans(vulnerability.vulnerable_version_range or "", ecosystem, context)
            yield from subjects_of(project, spans, context)
        except Malformed as error:
            skipped.append(Skipped(context=context, reason=str(error)))


def _spans(text: str, ecosystem: Ecosystem, context: str) -> Sequence[VersionSpan]:
    """Return the versions that a range means; raises Malformed for what is no range.

    GitHub writes bounds that must all hold; of npm everything is read that its own library takes for a range.
    """
    if text.strip() in _ALL:
        return (VersionSpan(),)
    if len(text) <= _LONGEST_RANGE:
        found = [_BOUND.fullmatch(part.strip()) for part in text.split(",")]
        bounds = [(bound[1], bound[2]) for bound in found if bound is not None]
        if len(bounds) == len(found) and all(_is_one_version(version) for _, version in bounds):
            if all(sign in _EQUAL for sign, _ in bounds):
                return [_span([bound], ecosystem, context) for bound in bounds]
            return (_span(bounds, ecosystem, context),)
    wanted = parse_range(text) if ecosystem is Ecosystem.NPM else None
    if wanted is None:
        msg = f"{context}: invalid range of versions: {text[:60]!a}"
        raise Malformed(msg)
    return [
        _span([(bound.operator, str(bound.version)) for bound in bounds], ecosystem, context)
        for bounds in wanted.alternatives
    ]


def _span(bounds: Iterable[tuple[str, str]], ecosystem: Ecosystem, context: str) -> VersionSpan:
    """Return the versions for which all `bounds` hold; raises Malformed where two bound the same side."""
    span = VersionSpan()
    for sign, version in bounds:
        if sign in _EQUAL and span == VersionSpan():
            span = VersionSpan(first=version, last=version, included=True)
        elif sign in {">", ">="} and span.first is None:
            first = None if is_zero(version) else version
            span = replace(span, first=first, after=sign == ">" and first is not None)
        elif sign in {"<", "<="} and span.last is None:
            last = version if sign == "<=" else _end(version, ecosystem)
            span = replace(span, last=last, included=sign == "<=")
        else:
            msg = f"{context}: invalid range of versions: expected one bound at each end"
            raise Malformed(msg)
    return span


def _end(version: str, ecosystem: Ecosystem) -> str:
    """Return where a range ends that leaves out `version`, and its pre-releases with it.

    Source: node-semver, README, "Prerelease Tags"; PEP 440, "Exclusive ordered comparison".
    """
    if not _FINAL.fullmatch(version):
        return version
    return f"{version}-0" if ecosystem is Ecosystem.NPM else f"{version}.dev0"


def _is_one_version(text: str) -> bool:
    try:
        return not _WILDCARD.search(plain_name(text, "version"))
    except Malformed:
        return False


def _root_source(advisory: GlobalAdvisory) -> str:
    """Return the OSSF record that the advisory cites as its source, or the advisory itself."""
    texts = (
        advisory.source_code_location,
        *advisory.references,
        advisory.description[:_LONGEST_TEXT],
    )
    cited: list[str] = sorted({record_id for text in texts for record_id in _CITED.findall(text)})
    return cited[0] if cited else f"ghsa:{advisory.ghsa_id}"


def _reference(advisory: GlobalAdvisory) -> str | None:
    urls = (advisory.html_url, *advisory.references)
    return next((url for url in urls if re.fullmatch(r"https://[!-~]{1,500}", url)), None)
