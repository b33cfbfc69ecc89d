"""One malware advisory of GitHub turned into assertions.

Sources: GitHub REST API, schema `global-advisory`; GitHub's documentation of `vulnerable_version_range`
(`= 0.2.0` one version, `>= 4.3.0, < 4.3.5` a range). An advisory has no digests of files. Some cite the
record of ossf/malicious-packages that they were imported from; such a copy counts as that record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.errors import GiveUp, Malformed
from crawler.fields import plain_name
from crawler.model import (
    Assertion,
    Claim,
    Ecosystem,
    ProjectKey,
    Record,
    Skipped,
    Subject,
    normalize_version,
)
from crawler.model.semver import parse_range, parse_semver
from feeds.npm.versions import VersionsOf
from feeds.subjects import project_of

if TYPE_CHECKING:
    from crawler.hosts.github.objects import GlobalAdvisory

__all__ = ["ECOSYSTEMS", "GHSA_ID", "read_advisory"]

GHSA_ID = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}", re.ASCII)
ECOSYSTEMS = {Ecosystem.PYPI: "pip", Ecosystem.NPM: "npm"}
"""How GitHub calls them."""
_CITED = re.compile(r"(?<![0-9A-Za-z-])MAL-\d{4}-\d{1,9}(?![0-9A-Za-z-])", re.ASCII)
_BOUND = re.compile(r"(<=|>=|==?|<|>) {0,9}([!-+\x2d-~]{1,255})", re.ASCII)
_NOTHING = re.compile(r"0(?:\.0){0,3}", re.ASCII)
"""The version before all versions."""
_WILDCARD = re.compile(r"(?:^|\.)[xX*](?:\.|$)")
_LONGEST_RANGE = 4096
_MOST_SUBJECTS = 20_000
_LONGEST_TEXT = 1024 * 1024


def read_advisory(
    advisory: GlobalAdvisory,
    feed: str,
    ecosystem: Ecosystem,
    versions_of: VersionsOf | None = None,
) -> tuple[Record, tuple[Skipped, ...]]:
    """Return what an advisory says of `ecosystem`, and what of it could not be used.

    A record without assertions names nothing that could be looked for; what it named before is taken
    back. Explicit versions win over a range that means all of them; which versions lie in a range of npm
    is asked of `versions_of`, whose Defer and Retry pass. Raises Malformed for what is no malware advisory.
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
    named = dict.fromkeys(_subjects(advisory, ecosystem, skipped, versions_of))
    if len(named) > _MOST_SUBJECTS:
        msg = f"{len(named)} versions"
        raise Malformed(msg)
    explicit = {subject.project for subject in named if subject.version is not None}
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
    advisory: GlobalAdvisory,
    ecosystem: Ecosystem,
    skipped: list[Skipped],
    versions_of: VersionsOf | None,
) -> Iterator[Subject]:
    for place, vulnerability in enumerate(advisory.vulnerabilities):
        context = f"{advisory.ghsa_id}.vulnerabilities[{place}]"
        if vulnerability.package.ecosystem != ECOSYSTEMS[ecosystem]:
            continue
        try:
            project = project_of(ecosystem, vulnerability.package.name or "", context)
        except Malformed as error:
            skipped.append(Skipped(context=context, reason=str(error)))
            continue
        bounds = vulnerability.vulnerable_version_range or ""
        versions = _versions(bounds, ecosystem)
        reason = f"a range that names no versions: {bounds[:60]!a}"
        if not versions and versions_of is not None and ecosystem is Ecosystem.NPM:
            try:
                versions = _in_range(bounds, versions_of(project))
            except GiveUp as error:
                reason = f"which versions are meant is not known: {error}"
        if not versions:
            skipped.append(Skipped(context=context, reason=reason))
        for version in versions:
            yield Subject(project=project, version=version)


def _versions(text: str, ecosystem: Ecosystem) -> tuple[str | None, ...]:
    """Return the versions (canonical) that a range names; (None,) for all, () where it names none.

    Which releases lie between two bounds only the registry knows.
    """
    if len(text) > _LONGEST_RANGE:
        return ()
    found = [_BOUND.fullmatch(part.strip()) for part in text.split(",")]
    bounds = [(bound[1], bound[2]) for bound in found if bound is not None]
    if len(bounds) != len(found) or any(not _is_one_version(version) for _, version in bounds):
        return ()
    plain = [(sign, normalize_version(ecosystem, version)) for sign, version in bounds]
    if all(sign in {"=", "=="} for sign, _ in plain):
        return tuple(dict.fromkeys(version for _, version in plain))
    match plain:
        case [(">" | ">=", version)] if _NOTHING.fullmatch(version):
            return (None,)
        case [(">=", first), ("<=", last)] | [("<=", last), (">=", first)] if first == last:
            return (first,)
        case _:
            return ()


def _in_range(text: str, known: Iterable[str]) -> tuple[str | None, ...]:
    """Return those of the `known` versions that lie in a range of npm."""
    wanted = parse_range(text)
    if wanted is None:
        return ()
    parsed = ((version, parse_semver(version)) for version in known)
    return tuple(v for v, number in parsed if number is not None and wanted.allows(number))


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
