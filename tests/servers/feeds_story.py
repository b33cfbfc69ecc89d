"""What happens at the feeds of `feeds_world`: four chapters, each with one change in every feed.

Names are harmless. `zz-bulk` stands in every feed twenty times, so that one change is no tenth of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.servers.feed_data import answers_at, settings_of_world
from tests.servers.feeds_world import Chapter, FeedsWorld
from tests.servers.github_advisories import Advisory, advisory, affected
from tests.servers.npm_changes import changed
from workers.demo.history import FIRST_SERIAL, ProjectHistory, journal
from workers.demo.model import World

__all__ = ["BEGINNING", "INCREMENT", "JOURNAL_SINCE", "configuration", "restoration", "withdrawal"]

Json = dict[str, Any]
_BULK, _PLAIN = range(20), range(30)
JOURNAL_SINCE = FIRST_SERIAL + 5 + 2 * len(_PLAIN)
"""The first poll of the journal does not see what was before: that `zz-hidden` was quarantined."""
_SHA256, _SHA512 = "a" * 64, "sha512-" + "q" * 86 + "=="

_LONG_AGO = "2025-01-01T00:00:00+00:00"
_MAY, _JUNE, _JULY = (f"2026-{month:02}-01T00:00:00+00:00" for month in (5, 6, 7))
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def configuration(world: FeedsWorld) -> str:
    """Return the `ghostcrawl.toml` that leads every source of the network to `world`."""
    routes = "".join(f'"{host}" = "{base}"\n' for host, base in world.connect_to.items())
    section = {**settings_of_world(), "journal_since": JOURNAL_SINCE}
    feeds = "".join(f"{key} = {json.dumps(value)}\n" for key, value in section.items())
    return f"""\
[registries.pypi]
index_url = "https://index.example/simple/"
[registries.npm]
index_url = "https://registry.npm.example/"
[hosts."github.example"]
kind = "github"
web_url = "https://github.example"
api_url = "https://api.github.example"
[feeds]
{feeds}[network]
operator = "abuse@git.example"
[network.connect_to]
{routes}"""


def withdrawal(cleared: datetime) -> Chapter:
    """Return the third chapter; the index ends its quarantines at `cleared`."""
    return _chapter(3, (cleared, cleared))


def restoration(cleared: datetime, back: datetime) -> Chapter:
    """Return the last chapter; what comes back to the index and to npm comes back at `back`."""
    return _chapter(4, (cleared, back))


def _chapter(number: int, at: tuple[datetime, datetime] = (_NEVER, _NEVER)) -> Chapter:
    cleared, back = (moment.isoformat(timespec="seconds") for moment in at)
    return Chapter(
        index=_index(number, cleared, back),
        osv={"PyPI": _records(number, "PyPI"), "npm": _records(number, "npm")},
        advisories=_advisories(number),
        files={**answers_at(number), **_campaigns(number)},
        changes=_changes(number),
        packuments=_packuments(number),
    )


def _index(number: int, cleared: str, back: str) -> World:
    lives = {
        name: ProjectHistory(name).create(f"2026-05-0{day}T00:00:00+00:00")
        for day, name in enumerate(
            ("zz-good", "zz-gone", "zz-gone-2", "zz-held", "zz-osv", "zz-osv-2"), start=1
        )
    }
    for name, life in lives.items():
        life.release(f"2026-05-10T00:00:0{len(name) % 10}+00:00", "1.0")
    hidden = (
        ProjectHistory("zz-hidden")
        .create(_LONG_AGO)
        .release(_LONG_AGO, "1.0")
        .quarantine(_LONG_AGO)
    )
    plain = [ProjectHistory(f"zz-plain-{n:02}").create(_LONG_AGO) for n in _PLAIN]
    everything: tuple[tuple[Callable[[str], object], ...], ...] = (
        (
            lives["zz-gone"].remove_project,
            lives["zz-held"].quarantine,
            lives["zz-osv"].remove_project,
        ),
        (lives["zz-gone-2"].remove_project, lives["zz-osv-2"].remove_project),
        (lives["zz-held"].clear, hidden.clear),
        (lives["zz-gone"].create, lives["zz-osv-2"].create),
    )
    days = ("2026-05-12T00:00:00+00:00", _JUNE, cleared, back)
    for day, events in list(zip(days, everything, strict=True))[:number]:
        for event in events:
            event(day)
    if number > 3:
        lives["zz-gone"].release(back, "2.0")
        lives["zz-osv-2"].release(back, "2.0")
    histories = (*lives.values(), hidden, *plain)
    return World(
        projects=tuple(life.project() for life in histories),
        journal=journal(histories),
        advisories=(),
        repositories=(),
        truth=(),
    )


def _records(number: int, ecosystem: str) -> Sequence[Json]:
    npm = ecosystem == "npm"
    name, first = ("@zz/osv", 500) if npm else ("zz-osv", 100)
    file = {"filename": "zz_osv-1.0-py3-none-any.whl", "hashes": {"sha256": _SHA256}}
    tarball = {"filename": "osv-1.0.0.tgz", "hashes": {"sha512_sri": _SHA512}}
    indicators = {"indicators": {"package_integrity": [tarball if npm else file]}}
    found = [_record(first + n, ecosystem, "zz-bulk", f"1.{n}.0") for n in _BULK]
    main = _record(first + 50, ecosystem, name, "1.0.0" if npm else "1.0")
    main["affected"][0]["database_specific"] = indicators
    if number > 2:
        main |= {"withdrawn": _JULY, "modified": _JULY}
    later = _record(first + 51, ecosystem, f"{name}-2", "1.0.0" if npm else "1.0", at=_JUNE)
    return [*found, main, later] if number > 1 else [*found, main]


def _record(number: int, ecosystem: str, name: str, version: str, at: str = _MAY) -> Json:
    return {
        "id": f"MAL-2026-{number}",
        "published": at,
        "modified": at,
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "versions": [version]}],
    }


def _advisories(number: int) -> Sequence[Advisory]:
    found = list[Advisory]()
    for place, (word, name) in enumerate((("pip", "zz-ghsa"), ("npm", "@zz/ghsa"))):
        first = advisory(10 + place, vulnerabilities=[affected("= 1.0.0", name, word)])
        if number > 2:
            first |= {"withdrawn_at": _z(_JULY), "updated_at": _z(_JULY)}
        later = advisory(
            20 + place,
            vulnerabilities=[affected("= 1.0.0", f"{name}-2", word)],
            published_at=_z(_JUNE),
            updated_at=_z(_JUNE),
        )
        found += [first, later] if number > 1 else [first]
    return found


def _z(instant: str) -> str:
    return instant.replace("+00:00", "Z")


def _campaigns(number: int) -> Mapping[str, bytes]:
    names = [f"zz-bulk-{n:02}" for n in _BULK]
    names += ["zz-campaign"] if number < 3 else []
    names += ["zz-campaign-2"] if number > 1 else []
    files = {_path("malicious", name): _package(name) for name in names}
    return files | {_path("spam", "zz-noise"): _package("zz-noise")}


def _path(category: str, name: str) -> str:
    return f"git.example/zz/campaigns/pypi/packages/{category}/osv/{name}.json"


def _package(name: str) -> bytes:
    return json.dumps(_record(1, "PyPI", name, "1.0") | {"id": f"pypi/zz/{name}"}).encode()


def _changes(number: int) -> Sequence[Json]:
    first = [changed(1, "zz-other")]
    later = [changed(2, "@zz/osv", "3-a", deleted=True), changed(3, "@zz/osv-2", "2-a")]
    back = [changed(4, "@zz/osv", "4-a")]
    return [*first, *(later if number > 1 else []), *(back if number > 3 else [])]


def _packuments(number: int) -> Mapping[str, Json]:
    return {
        "/@zz%2fosv": _packument("@zz/osv", "4-a", "2.0.0")
        if number > 3
        else _unpublished("@zz/osv"),
        "/@zz%2fosv-2": _packument("@zz/osv-2", "2-a", "1.0.0"),
    }


def _packument(name: str, revision: str, version: str) -> Json:
    tarball = f"https://registry.npm.example/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
    return {
        "name": name,
        "_rev": revision,
        "versions": {version: {"dist": {"tarball": tarball, "shasum": "b" * 40}}},
        "time": {"created": _z(_MAY), version: _z(_MAY)},
    }


def _unpublished(name: str) -> Json:
    return {
        "name": name,
        "_rev": "3-a",
        "time": {"created": _z(_MAY), "1.0.0": _z(_MAY), "unpublished": {"time": _z(_JUNE)}},
    }


BEGINNING, INCREMENT = _chapter(1), _chapter(2)
