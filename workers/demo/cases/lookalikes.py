"""What looks like a ghost and must not be accused, or not as strongly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crawler.model import CaseClass, Confidence, Tier
from workers.demo.cases.case import (
    FORGE,
    GIT,
    GITHUB,
    NOTHING,
    Lock,
    PlantedRepository,
    StrongestClaim,
)
from workers.demo.cases.ghosts import EXACT, everything, ghost, innocent
from workers.demo.distributions import wheel
from workers.demo.locks import LockedPackage, RegistryAddress, pin, sourced, uv_lock
from workers.demo.packages import Shelf

__all__ = ["look_alike_cases"]

_ASKED = StrongestClaim(Confidence.CONFIRMED, Tier.A, asked=True)
_STILL_LISTED = StrongestClaim(Confidence.LIKELY, Tier.B)
_BY_NAME = StrongestClaim(Confidence.POSSIBLE, Tier.C)
_COINCIDENCE = StrongestClaim(Confidence.CENSUS, Tier.C)
_UNEXPLAINED = StrongestClaim(Confidence.CENSUS, Tier.U)

_PRIVATE = RegistryAddress(
    registry="https://private.example/simple", files="https://private.example/files"
)


def look_alike_cases(shelf: Shelf) -> tuple[PlantedRepository, ...]:
    """Return all cases of this module."""
    singles = (*_reused(shelf), *_states(shelf), *_sources(shelf), *_words(shelf))
    hosts = (GITHUB, FORGE, GIT)
    numbered = (
        PlantedRepository(host=hosts[number % 3], path=f"demo-{number}/app", locks=(lock,))
        for number, lock in enumerate(singles, start=70)
    )
    return (*numbered, *_research(shelf))


def _reused(shelf: Shelf) -> Iterator[Lock]:
    for name, record in (("zz-ghost-umap", "by file"), ("zz-ghost-legacy", "by version")):
        old = pin(name, "0.1.1", [shelf.sdist(name, "0.1.1")])
        why = f"name reuse: the first owner's sdist; the record lists the new one {record}"
        yield Lock(uv_lock("reader", (old,)), _BY_NAME, why)
        data = uv_lock("reader", (old.without_upload_times(),), revision=1)
        yield Lock(data, _BY_NAME, f"{why}; the lock has no upload times")
    new = pin("zz-ghost-umap", "0.1.2", [shelf.wheel("zz-ghost-umap", "0.1.2")])
    yield Lock(uv_lock("reader", (new,)), EXACT, "name reuse: the second owner's malicious wheel")


def _states(shelf: Shelf) -> Iterator[Lock]:
    for name, version, answer, why in _STATES:
        yield Lock(uv_lock("app", (everything(shelf, name, version),)), answer, why)
    late = [shelf.sdist("zz-ghost-filed", "1.0.0")]
    data = uv_lock("app", (pin("zz-ghost-filed", "1.0.0", late),))
    yield Lock(data, _UNEXPLAINED, "single file removed from a release that is still listed")


_STATES: Sequence[tuple[str, str, StrongestClaim, str]] = (
    ("zz-ghost-memory", "0.1.1", _UNEXPLAINED, "owner removal: nobody says why it is gone"),
    ("zz-ghost-unknown", "1.0.0", _UNEXPLAINED, "unknown ghost: removed, and no feed says why"),
    ("zz-ghost-pentest", "0.0.1", _UNEXPLAINED, "suspicious only: no malicious record"),
    ("zz-ghost-graph", "3.3.9", _UNEXPLAINED, "clean release of a removed project, in no record"),
    ("zz-ghost-pay", "0.1.12", _BY_NAME, "in no record, but the project was held to the end"),
    ("zz-ghost-node", "1.1.0", _BY_NAME, "every-version record only"),
    ("zz-ghost-fast", "0.136.3", NOTHING, "withdrawn record"),
    ("zz-ghost-yanked", "2.0.0", NOTHING, "yanked only: the index still serves it"),
    ("zz-ghost-disputed", "7.1.0", _STILL_LISTED, "listed by a record and still by the index"),
    ("zz-ghost-held", "1.0.0", _BY_NAME, "quarantine still open"),
    ("zz-ghost-partly-held", "1.0.1", _BY_NAME, "quarantine of this release still open"),
    ("zz-ghost-partly-held", "1.0.0", NOTHING, "clean release beside a quarantined one"),
    ("zz-ghost-cleared", "1.108.20", NOTHING, "quarantine cleared"),
    ("zz-ghost-limbo", "1.0.0", _BY_NAME, "quarantined, then removed, and no record"),
)


def _sources(shelf: Shelf) -> Iterator[Lock]:
    name, version = "zz-ghost-wallet", "1.0.0"
    other = wheel(name, version, "2026-02-01T08:00:00Z", "py2.py3-none-any")
    own = replace(other, filename=shelf.wheel(name, version).filename)
    private = pin(name, version, [own], _PRIVATE)
    yield Lock(uv_lock("intranet", (private,)), _BY_NAME, "private registry, another file")
    own = wheel("zz-ghost-graph", "3.4.2", "2026-02-01T08:00:00Z", "py2.py3-none-any")
    private = pin("zz-ghost-graph", "3.4.2", [own], _PRIVATE)
    why = "private registry, and a record that knows the version only"
    yield Lock(uv_lock("intranet", (private,)), _BY_NAME, why)
    for kind, location, why in _SOURCES:
        entries = (sourced(name, version, kind, location), *innocent(shelf, 9))
        yield Lock(uv_lock("house", entries), _COINCIDENCE, why)


_SOURCES = (
    ("git", f"https://git.example/demo/wallet?rev=main#{'0' * 39}1", "git source of the name"),
    ("editable", "libs/wallet", "editable member of the own workspace with the name"),
    ("virtual", "apps/wallet", "workspace member of the name"),
    ("directory", "vendor/wallet", "folder of the repository with the name"),
)


def _words(shelf: Shelf) -> Iterator[Lock]:
    pair = everything(shelf, "zz-ghost-llm", "1.83.0")
    refused = "!=1.82.7,!=1.82.8"
    specifiers = [("zz-ghost-llm", f">=1.80,{refused}")]
    data = uv_lock("careful", (pair,), specifiers=specifiers)
    yield Lock(data, NOTHING, "`!=` in requires-dist only; the pinned release is good")
    data = uv_lock("careful", (pair,), constraints=[("zz-ghost-llm", refused)])
    yield Lock(data, NOTHING, "`!=` in a constraint only; the pinned release is good")
    data = uv_lock("careful", innocent(shelf, 1), specifiers=[("zz-ghost-wallet", "==1.0.0")])
    yield Lock(data, NOTHING, "ghost name in requires-dist only, without a pin")
    comment = "zz-ghost-wallet 1.0.0 was malicious\n" + _url(ghost(shelf))
    data = uv_lock("careful", innocent(shelf, 2), comment=comment)
    yield Lock(data, NOTHING, "ghost name and URL in comments only")


def _url(entry: LockedPackage) -> str:
    return entry.artifacts[0].url


def _research(shelf: Shelf) -> Iterator[PlantedRepository]:
    data = uv_lock("sample", (ghost(shelf),))
    about = "A sample collection of PyPI malware for security research. Do not install."
    sample = Lock(data, _ASKED, "research repository", "samples/wallet/uv.lock")
    yield PlantedRepository(
        host=GITHUB,
        path="demo-lab/malware-samples",
        locks=(sample,),
        description=about,
        case_class=CaseClass.RESEARCH,
    )
    root = Lock(uv_lock("lab", (ghost(shelf),)), _ASKED, "research repository, lock in its root")
    yield PlantedRepository(
        host=FORGE,
        path="demo-lab/malware-archive",
        locks=(root,),
        description=about,
        case_class=CaseClass.RESEARCH,
    )
    fixture = Lock(data, _ASKED, "lock among test fixtures", "tests/fixtures/uv.lock")
    clean = Lock(uv_lock("scanner", innocent(shelf, 4)), NOTHING, "innocent lock of a scanner")
    yield PlantedRepository(
        host=GITHUB,
        path="demo-lab/lock-reader",
        locks=(clean, fixture),
        case_class=CaseClass.RESEARCH,
    )
