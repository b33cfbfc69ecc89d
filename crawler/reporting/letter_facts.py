"""The lines of a letter: each fact with the value that it comes from and the time when it was seen."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from crawler.model import (
    Ecosystem,
    IndexState,
    Level,
    digest_in_path,
)
from crawler.reporting.serving import serving_sentence
from crawler.reporting.text import (
    code_span,
    defang,
    prose,
    utc,
    web_link,
    without_folders,
)

if TYPE_CHECKING:
    from crawler.model import Digest, LineSpan, Source, Verdict
    from crawler.reporting.pinned_file import PinnedFile

__all__ = [
    "evidence_lines",
    "fact_lines",
    "lines_phrase",
    "pin_line",
    "ref_phrase",
    "source_phrase",
]

_MOST_LINKS = 3
_MOST_DIGESTS = 3
"""A requirement states one for each file of its release."""
_ARCHIVE = re.compile(
    r"\.(?:whl|egg|zip|tgz|tbz2?|txz|tar(?:\.\w+)?|gem|crate|jar|exe|conda)$", re.IGNORECASE
)
_BY_DIGEST = "file-digest"
_EXACT_FILE = "exact-file"
_INDEX_NAMES = {Ecosystem.PYPI: "PyPI"}
_REF_KINDS = {"refs/heads/": "branch", "refs/tags/": "tag"}
_LEVELS = {
    Level.FILE: "this file",
    Level.RELEASE: "this release",
    Level.PROJECT: "this project",
}


def evidence_lines(files: Sequence[PinnedFile]) -> Iterator[str]:
    """Yield what a reader can open: at most three links, or git commands where there are no pages."""
    distinct = dict.fromkeys(
        (_label(f), f.finding.sighting.commit, _pinned_lines(f)) for f in files
    )
    shown = list(distinct)[:_MOST_LINKS]
    labels = Counter(label for label, _, _ in shown)
    for label, commit, lines in shown:
        which = f" at commit {code_span(commit)}" if labels[label] > 1 else ""
        yield f"- {label}{which}: {lines}"
    viewer = next((u for f in files if (u := web_link(f.evidence.viewer_url))), None)
    if viewer is not None:
        yield f"- a read-only view of the file contents: <{viewer}>"


def _label(one: PinnedFile) -> str:
    """Return file and lines, which tell the links of a letter apart: `uv.lock` line 18."""
    return (
        f"{code_span(one.finding.sighting.path)}{lines_phrase(one.evidence.lines).replace(',', '')}"
    )


def _pinned_lines(one: PinnedFile) -> str:
    link = web_link(one.evidence.permalink)
    return code_span(_git_command(one)) if link is None else f"<{link}>"


def _git_command(one: PinnedFile) -> str:
    """Return what shows the pinned lines without a web page; the blob is named by its digest."""
    url = shlex.quote(one.finding.repository.clone_url)
    commit, blob = one.finding.sighting.commit, one.evidence.blob_oid
    fetch = f"git init -q case && cd case && git fetch -q --depth 1 {url} {shlex.quote(commit)}"
    lines = one.evidence.lines
    cut = "" if lines is None else f" | sed -n {lines.first},{lines.last}p"
    return f"{fetch} && git cat-file -p {shlex.quote(blob)}{cut}"


def fact_lines(one: PinnedFile, at: datetime) -> Iterator[str]:
    """Yield the facts about one pinned file, as a letter of `at` states them."""
    evidence, verdict = one.evidence, one.verdict
    yield f"- {pin_line(one)} ({_binding(one)})."
    for reason in one.tampering:
        yield f"  - The entry is not as its tool writes it: {prose(reason.text)}."
    if one.other_name is not None:
        yield (
            f"  - The entry is named {code_span(one.other_name)}, but its file belongs to "
            f"{code_span(one.project.name)}."
        )
    for digest in _telling_digests(one):
        yield f"  - {digest.algorithm.value}: {code_span(digest.hex)}"
    yield f"  - Listed as malicious since {utc(verdict.since)} by {source_phrase(verdict.sources)}."
    yield f"  - {_index_sentence(verdict)}"
    yield f"  - {serving_sentence(evidence.liveness, at)}"
    yield from _history_lines(one)
    read = f"The lock was read at {utc(evidence.collected_at)}"
    if evidence.verified_at is None or evidence.still_at_head is not True:
        yield f"  - {read}."
    else:
        yield f"  - {read}; the pin was still there at {utc(evidence.verified_at)}."


def _history_lines(one: PinnedFile) -> Iterator[str]:
    """Yield since when the pin is there; dates are what authors wrote, which the line says."""
    history = one.evidence.history
    if history is None or history.entered_commit is None:
        return
    commit, dated = code_span(history.entered_commit), history.entered_at
    if dated is None:
        yield f"  - The pin came with commit {commit}."
        return
    yield f"  - The pin came with commit {commit}, which its author dated {utc(dated)}."
    begun, removed = one.verdict.incarnation_from, one.verdict.incarnation_until
    if begun is not None and dated < begun:
        # Only a digest excludes an earlier file of that name.
        by_digest = one.finding.match.reasons[0].code == _BY_DIGEST
        told = "That date cannot be right: the" if by_digest else "The"
        yield (
            f"  - {told} project was created on the index only at {utc(begun)}. "
            "Anybody can set the date of a commit."
        )
    if removed is not None and dated > removed:
        yield f"  - That is after the index had removed the file (no later than {utc(removed)})."


def _binding(one: PinnedFile) -> str:
    """Return what binds the pin to the advisories: which digest, written where, is whose.

    An advisory may list a release only; which files are of it, the index has said, or another lock.
    """
    reason, verdict = one.finding.match.reasons[0], one.verdict
    where = _where_the_digest_is(one)
    if reason.code != _BY_DIGEST or where is None:
        return prose(reason.text)
    exact = any(found.code == _EXACT_FILE for found in verdict.reasons)
    whose = "the file" if exact else "a file of the release"
    known = "is said to be" if verdict.is_hearsay else "is"
    return f"{where} {known} that of {whose} that an advisory lists"


def _where_the_digest_is(one: PinnedFile) -> str | None:
    """Return which digest of the judged file the lock states, in its hashes or else in the URL."""
    pin = one.finding.match.pin
    for digest in _known_digests(one, pin.digests):
        if digest.identifies:
            return f"the {digest.algorithm.value} below is written in the lock and"
    in_url = digest_in_path(pin.url or "")
    if in_url is None or not _known_digests(one, [in_url]):
        return None
    return f"the {in_url.algorithm.value} in this URL"


def _known_digests(one: PinnedFile, digests: Sequence[Digest]) -> Sequence[Digest]:
    file = one.verdict.subject.file
    known = () if file is None else file.digests
    return [digest for digest in digests if digest in known]


def _telling_digests(one: PinnedFile) -> Sequence[Digest]:
    """Return the stated digests that are those of the judged file, else the first that are stated."""
    stated = one.finding.match.pin.digests
    return _known_digests(one, stated) or stated[:_MOST_DIGESTS]


def pin_line(one: PinnedFile) -> str:
    """Return which lock pins what, without a full stop."""
    pin, sighting = one.finding.match.pin, one.finding.sighting
    _, version = one.finding.match.release
    release = code_span(one.project.name if version is None else f"{one.project.name} {version}")
    what = release if pin.filename is None else f"{code_span(pin.filename)} of {release}"
    return (
        f"{code_span(sighting.path)}{lines_phrase(one.evidence.lines)} at commit "
        f"{code_span(sighting.commit)} on {ref_phrase(sighting.ref)} pins {what} from "
        f"{code_span(defang(pin.url or pin.origin.shown))}"
    )


def lines_phrase(lines: LineSpan | None) -> str:
    """Return `, line 20,` or `, lines 20-24,`, or nothing where the lines are not known."""
    if lines is None:
        return ""
    if lines.first == lines.last:
        return f", line {lines.first},"
    return f", lines {lines.first}-{lines.last},"


def ref_phrase(ref: str) -> str:
    """Return "branch `main`" for a branch, and likewise of a tag; any other ref by its whole name."""
    for prefix, kind in _REF_KINDS.items():
        if ref.startswith(prefix):
            return f"{kind} {code_span(ref.removeprefix(prefix))}"
    return code_span(ref)


def source_phrase(sources: Sequence[Source]) -> str:
    """Return who says so: record, finder and link; links to files are never clickable."""
    named = [_source(source) for source in sources[:_MOST_LINKS]]
    more = len(sources) - len(named)
    return ", ".join([*named, *([f"{more} more"] if more else [])])


def _source(source: Source) -> str:
    found_by = (
        f"{without_folders(source.record_id)} (found by {without_folders(source.root_source)})"
    )
    link = web_link(source.reference)
    if link is None:
        return code_span(found_by)
    path = re.split(r"[?#]", link)[0]
    is_file = digest_in_path(path) is not None or _ARCHIVE.search(path) is not None
    return f"{code_span(found_by)} {code_span(defang(link)) if is_file else f'<{link}>'}"


def _index_sentence(verdict: Verdict) -> str:
    """Return what the index says now; only what it was asked and has answered."""
    project = verdict.subject.project
    index = f"The package index {_INDEX_NAMES.get(project.ecosystem, project.ecosystem.value)}"
    if project.registry:
        index = f"The package index {code_span(project.registry)}"
    what = _LEVELS[verdict.subject.level]
    match verdict.index_state:
        case IndexState.GONE:
            until = verdict.incarnation_until
            removed = "" if until is None else f"; it was removed no later than {utc(until)}"
            return f"{index} no longer lists {what}{removed}."
        case IndexState.QUARANTINED:
            return f"{index} holds {what} in quarantine."
        case IndexState.LISTED:
            return f"{index} still lists {what}."
        case IndexState.UNKNOWN:
            return f"Whether {index[0].lower()}{index[1:]} still lists {what} is not known."
        case _:
            assert_never(verdict.index_state)
