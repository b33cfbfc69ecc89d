"""What is taken down of a lock, and what is not made up."""

from __future__ import annotations

from dataclasses import replace

from crawler import pipeline
from crawler.hosts.interface import HostKind, HostSettings
from crawler.hosts.plain import PlainGit
from crawler.matching import VerdictIndex, match, place
from crawler.model import LineSpan, LockBlob, Pin
from tests.values import NOW, REGISTRIES, REPOSITORY, SIGHTING, ghost_file, pin, verdict

_HOST = PlainGit(HostSettings(name="git.example", kind=HostKind.GIT, web_url="https://git.example"))
_BLOB = LockBlob(oid=SIGHTING.oid, path="uv.lock", data=b"one\ntwo\nthree\n")


def _excerpt_and_lines(pinned: Pin) -> tuple[str, LineSpan | None]:
    (matched,) = match([pinned], VerdictIndex([verdict(file=ghost_file())]), REGISTRIES)
    finding = place(matched, REPOSITORY, SIGHTING, "uv")

    taken = pipeline.evidence(finding, _BLOB, _HOST, REGISTRIES, NOW)

    return taken.excerpt, taken.lines


def test_the_lines_of_a_pin_are_cut_out_of_the_lock() -> None:
    known = replace(pin(), lines=LineSpan(first=2, last=3))

    assert _excerpt_and_lines(known) == ("two\nthree", LineSpan(first=2, last=3))


def test_of_a_pin_whose_lines_are_unknown_none_are_stated() -> None:
    unknown = replace(pin(), lines=None)

    assert _excerpt_and_lines(unknown) == ("", None)
