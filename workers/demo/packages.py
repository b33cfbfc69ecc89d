"""The cast: every project of the demo index, what happened to it, and who says it is malicious.

Each shape is one that a real incident had: a good project with bad releases in between, a name used
again by another owner, an owner's own removal, a quarantine that was cleared, a withdrawn record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workers.demo.distributions import sdist, wheel
from workers.demo.history import ProjectHistory
from workers.demo.model import WorldFile

__all__ = ["PLAIN", "WIDE", "Shelf", "histories"]

PLAIN = tuple(f"zz-ghost-plain-{number:02}" for number in range(1, 13))
"""Innocent projects with one release, 1.0.0."""
WIDE = tuple(f"zz-ghost-broad-{number:02}" for number in range(1, 81))
"""Innocent projects with many wheels: they make a lock large, as compiled projects do."""

_PLATFORMS = (
    "manylinux_2_17_x86_64",
    "manylinux_2_17_aarch64",
    "musllinux_1_2_x86_64",
    "win_amd64",
    "macosx_11_0_arm64",
)
_PYTHONS = ("cp311", "cp312", "cp313", "cp314", "cp315")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every file ever uploaded, for those who pin it."""

    files: Mapping[str, Mapping[str, tuple[WorldFile, ...]]]
    """Project -> version -> files."""

    def wheel(self, name: str, version: str) -> WorldFile:
        """Return the first wheel of a release."""
        return next(f for f in self.files[name][version] if f.filename.endswith(".whl"))

    def sdist(self, name: str, version: str) -> WorldFile:
        """Return the source distribution of a release."""
        return next(f for f in self.files[name][version] if f.filename.endswith(".tar.gz"))


def histories() -> tuple[ProjectHistory, ...]:
    """Return the history of every project, in a fixed order."""
    return (
        *_innocent(),
        *_malicious(),
        *_compromised(),
        *_look_alikes(),
        *_held(),
        *_unexplained(),
    )


def _innocent() -> tuple[ProjectHistory, ...]:
    plain = [ProjectHistory(name).create(_DAWN).release(_DAWN, "1.0.0") for name in PLAIN]
    wide = [
        ProjectHistory(name).create(_DAWN).upload(_DAWN, "1.0.0", *_wheels(name)) for name in WIDE
    ]
    return (*plain, *wide)


_DAWN = "2026-01-05T08:00:00Z"


def _wheels(name: str) -> tuple[WorldFile, ...]:
    return tuple(
        wheel(name, "1.0.0", _DAWN, f"{python}-{python}-{platform}")
        for python in _PYTHONS
        for platform in _PLATFORMS
    )


def _malicious() -> tuple[ProjectHistory, ...]:
    """Projects that were malicious from the first file on, and removed as a whole."""
    wallet = ProjectHistory("zz-ghost-wallet").create("2026-06-01T10:00:00Z")
    wallet.release("2026-06-01T10:05:00Z", "1.0.0").release("2026-06-03T09:00:00Z", "1.0.1")
    wallet.quarantine("2026-06-04T07:00:00Z").remove_project("2026-06-05T12:00:00Z")
    graph = ProjectHistory("zz-ghost-graph").create("2026-06-10T10:00:00Z")
    graph.release("2026-06-10T10:01:00Z", "3.3.9").release("2026-06-10T10:05:00Z", "3.4.0")
    graph.release("2026-06-12T10:00:00Z", "3.4.2")
    graph.remove_project("2026-06-20T12:00:00Z")
    node = ProjectHistory("zz-ghost-node").create("2026-06-11T10:00:00Z")
    node.release("2026-06-11T10:05:00Z", "1.0.0").release("2026-06-11T11:00:00Z", "1.1.0")
    node.remove_project("2026-06-21T12:00:00Z")
    canvas = ProjectHistory("zz-ghost-canvas").create("2026-06-02T10:00:00Z")
    canvas.release("2026-06-02T10:05:00Z", "0.1a0").release("2026-06-03T10:00:00Z", "0.1rc3")
    canvas.quarantine("2026-06-04T10:00:00Z").remove_project("2026-06-07T12:00:00Z")
    return wallet, graph, node, canvas


def _compromised() -> tuple[ProjectHistory, ...]:
    """Good projects of which single releases were bad; the neighbours are clean."""
    llm = ProjectHistory("zz-ghost-llm").create("2026-02-01T10:00:00Z")
    llm.release("2026-03-10T10:00:00Z", "1.82.6")
    llm.release("2026-06-24T08:00:00Z", "1.82.7").release("2026-06-24T08:20:00Z", "1.82.8")
    llm.quarantine("2026-06-24T10:32:00Z").remove_release("2026-06-24T16:00:00Z", "1.82.7")
    llm.remove_release("2026-06-24T16:01:00Z", "1.82.8").clear("2026-06-25T09:00:00Z")
    llm.release("2026-06-30T10:00:00Z", "1.83.0")
    vision = ProjectHistory("zz-ghost-vision").create("2026-02-02T10:00:00Z")
    for day, version in enumerate(("8.3.40", "8.3.41", "8.3.42", "8.3.43", "8.3.44"), start=4):
        vision.release(f"2026-07-{day:02}T10:00:00Z", version)
    vision.release("2026-07-09T10:00:00Z", "8.3.45").release("2026-07-10T10:00:00Z", "8.3.46")
    vision.release("2026-07-11T10:00:00Z", "8.3.47")
    for version in ("8.3.41", "8.3.42", "8.3.45", "8.3.46"):
        vision.remove_release("2026-07-12T10:00:00Z", version)
    ledger = ProjectHistory("zz-ghost-ledger").create("2026-02-03T10:00:00Z")
    ledger.release("2026-03-01T10:00:00Z", "1.1.5").release("2026-07-20T10:00:00Z", "1.1.5.post1")
    ledger.remove_release("2026-07-21T10:00:00Z", "1.1.5.post1")
    pay = ProjectHistory("zz-ghost-pay").create("2026-02-04T10:00:00Z")
    pay.release("2026-03-02T10:00:00Z", "0.1.12").release("2026-07-22T10:00:00Z", "0.1.13")
    pay.quarantine("2026-07-23T10:00:00Z").remove_project("2026-07-24T10:00:00Z")
    return llm, vision, ledger, pay


def _look_alikes() -> tuple[ProjectHistory, ...]:
    """What must not be taken for malice: reused names, the owner's own doing, records taken back."""
    umap = _reused("zz-ghost-umap")
    legacy = _reused("zz-ghost-legacy")
    memory = ProjectHistory("zz-ghost-memory").create("2026-08-01T10:00:00Z")
    memory.release("2026-08-01T10:05:00Z", "0.1.0").release("2026-08-02T10:00:00Z", "0.1.1")
    memory.remove_release("2026-08-10T10:00:00Z", "0.1.0")
    memory.remove_release("2026-08-10T10:01:00Z", "0.1.1").remove_project("2026-08-10T10:02:00Z")
    yanked = ProjectHistory("zz-ghost-yanked").create("2026-02-05T10:00:00Z")
    yanked.release("2026-03-03T10:00:00Z", "2.0.0").release("2026-04-03T10:00:00Z", "2.0.1")
    yanked.yank("2026-04-04T10:00:00Z", "2.0.0")
    fast = ProjectHistory("zz-ghost-fast").create("2026-02-06T10:00:00Z")
    fast.release("2026-05-23T10:00:00Z", "0.136.3")
    disputed = ProjectHistory("zz-ghost-disputed").create("2026-02-07T10:00:00Z")
    disputed.release("2026-07-22T10:00:00Z", "7.1.0")
    return umap, legacy, memory, yanked, fast, disputed


def _reused(name: str) -> ProjectHistory:
    """The old owner's sdist 0.1.1, removed; years later a stranger's wheel of the same version."""
    old, new = "2021-05-01T10:00:00Z", "2026-07-14T10:00:00Z"
    reused = ProjectHistory(name).create(old).upload(old, "0.1.1", sdist(name, "0.1.1", old))
    reused.remove_project("2022-01-01T10:00:00Z").create(new)
    reused.upload(new, "0.1.1", wheel(name, "0.1.1", new))
    return reused.release("2026-07-15T10:00:00Z", "0.1.2").remove_project("2026-07-18T10:00:00Z")


def _held() -> tuple[ProjectHistory, ...]:
    """Quarantines: open, open for one release, cleared, and never cleared before the removal."""
    held = ProjectHistory("zz-ghost-held").create("2026-08-15T10:00:00Z")
    held.release("2026-08-15T10:05:00Z", "1.0.0").quarantine("2026-08-16T10:00:00Z")
    partly = ProjectHistory("zz-ghost-partly-held").create("2026-03-15T10:00:00Z")
    partly.release("2026-03-15T10:05:00Z", "1.0.0").release("2026-08-17T10:00:00Z", "1.0.1")
    partly.quarantine("2026-08-18T10:00:00Z", "1.0.1")
    cleared = ProjectHistory("zz-ghost-cleared").create("2026-05-18T10:00:00Z")
    cleared.release("2026-05-18T10:05:00Z", "1.108.20")
    cleared.quarantine("2026-05-19T10:00:00Z").clear("2026-05-26T10:00:00Z")
    limbo = ProjectHistory("zz-ghost-limbo").create("2026-08-19T10:00:00Z")
    limbo.release("2026-08-19T10:05:00Z", "1.0.0")
    limbo.quarantine("2026-08-20T10:00:00Z").remove_project("2026-08-22T10:00:00Z")
    return held, partly, cleared, limbo


def _unexplained() -> tuple[ProjectHistory, ...]:
    """Gone, and no feed that ghostcrawl believes says why."""
    unknown = ProjectHistory("zz-ghost-unknown").create("2026-08-23T10:00:00Z")
    unknown.release("2026-08-23T10:05:00Z", "1.0.0").remove_project("2026-08-24T10:00:00Z")
    pentest = ProjectHistory("zz-ghost-pentest").create("2026-08-25T10:00:00Z")
    pentest.release("2026-08-25T10:05:00Z", "0.0.1").remove_project("2026-08-26T10:00:00Z")
    filed = ProjectHistory("zz-ghost-filed").create("2026-03-20T10:00:00Z")
    filed.release("2026-03-20T10:05:00Z", "1.0.0")
    filed.remove_file("2026-08-27T10:00:00Z", "1.0.0", "zz_ghost_filed-1.0.0.tar.gz")
    return unknown, pentest, filed
