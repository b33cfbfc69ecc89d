"""Ghosts that must be found: exact files, listed releases, every lock format, behind mirrors."""

from __future__ import annotations

from collections.abc import Iterator
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
from workers.demo.locks import (
    MIRROR,
    LockedPackage,
    RegistryAddress,
    pin,
    pylock,
    script_lock,
    uv_lock,
)
from workers.demo.packages import Shelf

__all__ = ["EXACT", "LISTED", "everything", "ghost", "ghost_cases", "innocent"]

EXACT = StrongestClaim(Confidence.CONFIRMED, Tier.A)
LISTED = StrongestClaim(Confidence.CONFIRMED, Tier.B)

_FLAT = RegistryAddress(
    registry="https://private.example/flat/simple",
    files="https://private.example/flat/packages",
    digest_path=False,
)


def everything(shelf: Shelf, name: str, version: str) -> LockedPackage:
    """Pin all files of a release, as uv does."""
    return pin(name, version, shelf.files[name][version])


def ghost(shelf: Shelf) -> LockedPackage:
    """Pin the ghost that most repositories pin."""
    return everything(shelf, "zz-ghost-wallet", "1.0.0")


def innocent(shelf: Shelf, *numbers: int) -> tuple[LockedPackage, ...]:
    """Pin innocent projects by their numbers."""
    return tuple(everything(shelf, f"zz-ghost-plain-{n:02}", "1.0.0") for n in numbers)


def ghost_cases(shelf: Shelf) -> tuple[PlantedRepository, ...]:
    """Return all cases of this module."""
    return (*_exact(shelf), *_formats(shelf), *_mirrors(shelf), *_releases(shelf))


def _exact(shelf: Shelf) -> Iterator[PlantedRepository]:
    repositories = (
        (GITHUB, "demo-01/trading-bot", "1.0.0"),
        (GITHUB, "demo-02/arbitrage-bot", "1.0.1"),
        (FORGE, "demo-03/mint-bot", "1.0.0"),
        (GIT, "demo-04/copy-trader", "1.0.1"),
        (GITHUB, "demo-05/interview-task", "1.0.0"),
    )
    for number, (host, path, version) in enumerate(repositories, start=1):
        entries = (everything(shelf, "zz-ghost-wallet", version), *innocent(shelf, number))
        lock = Lock(uv_lock(f"demo-{number}", entries), EXACT, "exact file in uv.lock")
        yield PlantedRepository(
            host=host, path=path, locks=(lock,), description="Trades while you sleep."
        )
    early = uv_lock("early", (everything(shelf, "zz-ghost-canvas", "0.1rc3"),))
    lock = Lock(early, EXACT, "exact file of a pre-release-only project")
    yield PlantedRepository(host=GITHUB, path="demo-06/render-task", locks=(lock,))


def _formats(shelf: Shelf) -> Iterator[PlantedRepository]:
    entries = (ghost(shelf), *innocent(shelf, 2, 3))
    locked = Lock(pylock(entries), EXACT, "exact file in pylock.toml", "pylock.toml")
    yield PlantedRepository(host=GITHUB, path="demo-07/pylock-bot", locks=(locked,))
    named = Lock(pylock(entries), EXACT, "exact file in a named pylock", "pylock.prod.toml")
    yield PlantedRepository(host=FORGE, path="demo-08/pylock-prod", locks=(named,))
    script = Lock(script_lock(entries), EXACT, "exact file in a script lock", "tool.py.lock")
    inline = b'# /// script\n# dependencies = ["zz-ghost-wallet"]\n# ///\nprint("demo")\n'
    yield PlantedRepository(
        host=GITHUB, path="demo-09/script-tool", locks=(script,), files={"tool.py": inline}
    )
    others = (
        ghost(shelf),
        *innocent(shelf, 3, 3),
    )  # the same lock would be the original of that above
    deep = Lock(script_lock(others), EXACT, "script lock in a sub-folder", "bin/run.py.lock")
    yield PlantedRepository(host=GIT, path="demo-10/script-deep", locks=(deep,))
    wheel = pin("zz-ghost-wallet", "1.0.0", [shelf.wheel("zz-ghost-wallet", "1.0.0")])
    direct = replace(wheel, source=("url", wheel.artifacts[0].url))
    lock = Lock(uv_lock("direct", (direct,)), EXACT, "exact file by a direct URL")
    yield PlantedRepository(host=GITHUB, path="demo-17/direct-url", locks=(lock,))
    old = uv_lock("old", (ghost(shelf).without_upload_times(),), revision=1)
    lock = Lock(old, EXACT, "exact file in a lock of revision 1, without upload times")
    yield PlantedRepository(host=GIT, path="demo-11/old-lock", locks=(lock,))


def _mirrors(shelf: Shelf) -> Iterator[PlantedRepository]:
    files = shelf.files["zz-ghost-wallet"]["1.0.0"]
    mirrored = uv_lock("mirrored", (pin("zz-ghost-wallet", "1.0.0", files, MIRROR),))
    lock = Lock(mirrored, EXACT, "exact file behind a mirror that keeps the digest path")
    yield PlantedRepository(host=GITHUB, path="demo-12/mirror-bot", locks=(lock,))
    yield PlantedRepository(host=FORGE, path="demo-13/mirror-task", locks=(lock,))
    flat = uv_lock("flat", (pin("zz-ghost-wallet", "1.0.0", files, _FLAT),))
    lock = Lock(flat, EXACT, "exact file by sha256, behind a mirror without digest path")
    yield PlantedRepository(host=GITHUB, path="demo-14/flat-mirror", locks=(lock,))
    listed = pin("zz-ghost-graph", "3.4.2", shelf.files["zz-ghost-graph"]["3.4.2"], MIRROR)
    lock = Lock(uv_lock("graph", (listed,)), LISTED, "listed release behind a known mirror")
    yield PlantedRepository(host=GIT, path="demo-15/mirror-graph", locks=(lock,))
    direct = Lock(
        pylock((pin("zz-ghost-wallet", "1.0.1", shelf.files["zz-ghost-wallet"]["1.0.1"], MIRROR),)),
        EXACT,
        "exact file behind a mirror in pylock.toml",
        "pylock.toml",
    )
    yield PlantedRepository(host=GITHUB, path="demo-16/mirror-pylock", locks=(direct,))


def _releases(shelf: Shelf) -> Iterator[PlantedRepository]:
    for number, (name, version, why) in enumerate(_RELEASES, start=20):
        lock_why = f"{name} {version}: {why}"
        answer = LISTED if why.startswith("bad") else NOTHING
        data = uv_lock("agent", (everything(shelf, name, version), *innocent(shelf, 5)))
        host = (GITHUB, FORGE, GIT)[number % 3]
        yield PlantedRepository(
            host=host,
            path=f"demo-{number}/agent",
            locks=(Lock(data, answer, lock_why),),
            case_class=CaseClass.VICTIM if name in _HIJACKED else CaseClass.UNCLEAR,
        )


_HIJACKED = ("zz-ghost-llm", "zz-ghost-vision", "zz-ghost-ledger", "zz-ghost-pay")
"""They live on, or the bad release came weeks after the repository."""
_RELEASES = (
    ("zz-ghost-graph", "3.4.0", "bad: listed release of a removed project"),
    ("zz-ghost-llm", "1.82.6", "good neighbour before the bad releases"),
    ("zz-ghost-llm", "1.82.7", "bad release of a good project"),
    ("zz-ghost-llm", "1.82.8", "bad release of a good project"),
    ("zz-ghost-llm", "1.83.0", "good neighbour after the bad releases"),
    ("zz-ghost-vision", "8.3.42", "bad release, good ones on both sides"),
    ("zz-ghost-vision", "8.3.43", "good release between bad ones"),
    ("zz-ghost-vision", "8.3.45", "bad release after good ones"),
    ("zz-ghost-ledger", "1.1.5", "good release that has a bad post-release"),
    ("zz-ghost-ledger", "1.1.5.post1", "bad post-release of a good release"),
    ("zz-ghost-pay", "0.1.13", "bad release; the whole project is removed"),
)
