"""`ghostcrawl seed --from all` as a user sees it: every source of the network, and what becomes of it.

The sources tell four chapters: all they know, one thing more each, one thing taken back each, and what
came back to the index. After each the verdicts are compared with what they must be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.feed_data import FEED_DATA, verdicts_at
from tests.servers.feeds_story import BEGINNING, INCREMENT, configuration, restoration, withdrawal
from tests.servers.feeds_subscriber import Subscriber
from tests.servers.feeds_world import FeedsWorld
from tests.servers.terminal import Ran, Terminal
from tests.servers.torn_archives import TORN
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.web import Request, Response

FEEDS = tuple(name for data in FEED_DATA.values() if data.sample is None for name in data.feeds)
FIRST = """\
npm/@zz/ghsa@1.0.0 malicious, unknown: ghsa-malware:npm
npm/@zz/osv@1.0.0 malicious, unknown: osv-mal:npm
npm/@zz/osv@1.0.0 osv-1.0.0.tgz malicious, unknown: osv-mal:npm
pypi/zz-campaign removed, gone: pypi-status
pypi/zz-campaign@1.0 malicious, gone: kam193
pypi/zz-ghsa removed, gone: pypi-status
pypi/zz-ghsa@1.0.0 malicious, gone: ghsa-malware
pypi/zz-gone removed, gone: pypi-status
pypi/zz-held quarantined, quarantined: pypi-journal
pypi/zz-hidden quarantined, quarantined: pypi-quarantine
pypi/zz-noise@1.0 suspicious, unknown: kam193
pypi/zz-osv removed, gone: pypi-status
pypi/zz-osv@1.0 malicious, gone: osv-mal
pypi/zz-osv@1.0 zz_osv-1.0-py3-none-any.whl malicious, gone: osv-mal
pypi/zz-osv@1.0 zz_osv-1.0.tar.gz malicious, gone: osv-mal
"""
TAKEN_BY_INCREMENT = """\
npm/@zz/osv@1.0.0 malicious, unknown: osv-mal:npm
npm/@zz/osv@1.0.0 osv-1.0.0.tgz malicious, unknown: osv-mal:npm
"""
BROUGHT_BY_INCREMENT = """\
npm/@zz/ghsa-2@1.0.0 malicious, unknown: ghsa-malware:npm
npm/@zz/osv removed, gone: npm-changes
npm/@zz/osv-2@1.0.0 malicious, listed: osv-mal:npm
npm/@zz/osv-2@1.0.0 osv-2-1.0.0.tgz malicious, listed: osv-mal:npm
npm/@zz/osv@1.0.0 malicious, gone: osv-mal:npm
npm/@zz/osv@1.0.0 osv-1.0.0.tgz malicious, gone: osv-mal:npm
pypi/zz-campaign-2@1.0 malicious, unknown: kam193
pypi/zz-ghsa-2@1.0.0 malicious, unknown: ghsa-malware
pypi/zz-gone-2 removed, gone: pypi-status
pypi/zz-osv-2 removed, gone: pypi-status
pypi/zz-osv-2@1.0 malicious, gone: osv-mal
pypi/zz-osv-2@1.0 zz_osv_2-1.0-py3-none-any.whl malicious, gone: osv-mal
pypi/zz-osv-2@1.0 zz_osv_2-1.0.tar.gz malicious, gone: osv-mal
"""
TAKEN_BY_WITHDRAWAL = """\
npm/@zz/ghsa@1.0.0 malicious, unknown: ghsa-malware:npm
npm/@zz/osv@1.0.0 malicious, gone: osv-mal:npm
npm/@zz/osv@1.0.0 osv-1.0.0.tgz malicious, gone: osv-mal:npm
pypi/zz-campaign-2@1.0 malicious, unknown: kam193
pypi/zz-campaign@1.0 malicious, gone: kam193
pypi/zz-ghsa-2@1.0.0 malicious, unknown: ghsa-malware
pypi/zz-ghsa@1.0.0 malicious, gone: ghsa-malware
pypi/zz-held quarantined, quarantined: pypi-journal
pypi/zz-hidden quarantined, quarantined: pypi-quarantine
pypi/zz-osv@1.0 malicious, gone: osv-mal
pypi/zz-osv@1.0 zz_osv-1.0-py3-none-any.whl malicious, gone: osv-mal
pypi/zz-osv@1.0 zz_osv-1.0.tar.gz malicious, gone: osv-mal
"""
BROUGHT_BY_WITHDRAWAL = """\
npm/@zz/ghsa@1.0.0 withdrawn, unknown: ghsa-malware:npm
npm/@zz/osv@1.0.0 osv-1.0.0.tgz withdrawn, gone: osv-mal:npm
npm/@zz/osv@1.0.0 withdrawn, gone: osv-mal:npm
pypi/zz-campaign-2 removed, gone: pypi-status
pypi/zz-campaign-2@1.0 malicious, gone: kam193
pypi/zz-campaign@1.0 withdrawn, gone: kam193
pypi/zz-ghsa-2 removed, gone: pypi-status
pypi/zz-ghsa-2@1.0.0 malicious, gone: ghsa-malware
pypi/zz-ghsa@1.0.0 withdrawn, gone: ghsa-malware
pypi/zz-held withdrawn, listed: pypi-journal
pypi/zz-hidden withdrawn, listed: pypi-quarantine
pypi/zz-osv@1.0 withdrawn, gone: osv-mal
pypi/zz-osv@1.0 zz_osv-1.0-py3-none-any.whl withdrawn, gone: osv-mal
pypi/zz-osv@1.0 zz_osv-1.0.tar.gz withdrawn, gone: osv-mal
"""
TAKEN_BY_RESTORATION = """\
npm/@zz/osv removed, gone: npm-changes
pypi/zz-gone removed, gone: pypi-status
pypi/zz-osv-2 removed, gone: pypi-status
"""
BROUGHT_BY_RESTORATION = """\
pypi/zz-gone name_reused, listed: pypi-journal
pypi/zz-osv-2 name_reused, listed: pypi-journal
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The story when it is over."""

    chapters: list[list[str]]
    """The verdicts after each chapter."""
    ran: list[Ran]

    def taken(self, chapter: int) -> set[str]:
        return set(self.chapters[chapter - 1]) - set(self.chapters[chapter])

    def brought(self, chapter: int) -> set[str]:
        return set(self.chapters[chapter]) - set(self.chapters[chapter - 1])


def _taken(lines: str, chapter: int) -> set[str]:
    """Return `lines`, and what the data of single feeds say less from this chapter on."""
    return {*lines.splitlines(), *(verdicts_at(chapter) - verdicts_at(chapter + 1))}


def _brought(lines: str, chapter: int) -> set[str]:
    """Return `lines`, and what the data of single feeds say more from this chapter on."""
    return {*lines.splitlines(), *(verdicts_at(chapter + 1) - verdicts_at(chapter))}


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.fixture
def subscriber(tmp_path: Path) -> Iterator[Subscriber]:
    with FeedsWorld(tmp_path / "git") as world:
        yield Subscriber(user=Terminal.at(tmp_path / "user", configuration(world)), world=world)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    allow_loopback_and_unix()
    folder, chapters = tmp_path_factory.mktemp("story"), list[list[str]]()
    with FeedsWorld(folder / "git") as world:
        one = Subscriber(user=Terminal.at(folder / "user", configuration(world)), world=world)
        world.show(BEGINNING)
        one.seed()  # what the lists name, the index is asked for by the next one
        cleared = datetime.now(UTC) + timedelta(seconds=1)
        back = cleared + timedelta(seconds=1)
        for chapter in (BEGINNING, INCREMENT, withdrawal(cleared), restoration(cleared, back)):
            one.let_a_week_pass()
            world.show(chapter)
            one.seed()
            chapters.append(one.verdicts())
    return Told(chapters=chapters, ran=one.ran)


def test_every_source_is_asked_and_nothing_is_left_out(told: Told) -> None:
    for ran in told.ran:
        assert (ran.code, ran.out) == (0, "")
        assert [feed for feed in FEEDS if f"\n{feed}: " not in f"\n{ran.err}"] == []
        assert "coverage: complete" in ran.err


def test_the_first_poll_of_everything_is_what_the_feeds_say(told: Told) -> None:
    assert set(told.chapters[0]) == _brought(FIRST, 0)


def test_one_more_in_each_feed_is_one_more_verdict(told: Told) -> None:
    assert told.taken(1) == _taken(TAKEN_BY_INCREMENT, 1)
    assert told.brought(1) == _brought(BROUGHT_BY_INCREMENT, 1)


def test_what_each_feed_takes_back_falls_and_nothing_else_does(told: Told) -> None:
    assert told.taken(2) == _taken(TAKEN_BY_WITHDRAWAL, 2)
    assert told.brought(2) == _brought(BROUGHT_BY_WITHDRAWAL, 2)


def test_what_comes_back_to_the_index_is_listed_again_and_no_ghost(told: Told) -> None:
    assert told.taken(3) == _taken(TAKEN_BY_RESTORATION, 3)
    assert told.brought(3) == _brought(BROUGHT_BY_RESTORATION, 3)


def test_the_same_again_says_nothing(subscriber: Subscriber) -> None:
    subscriber.world.show(INCREMENT)
    subscriber.seed()
    subscriber.seed()
    before = subscriber.verdicts()

    subscriber.seed()

    assert subscriber.verdicts() == before
    said = [line for line in subscriber.ran[-1].err.splitlines() if "verdicts of" in line]
    assert len(said) == len(FEEDS)
    assert all(": 0 records, verdicts of 0 projects changed, 0 skipped" in line for line in said)


@pytest.mark.parametrize(
    ("answer", "code", "advice"),
    [
        (Response(body=b"<!DOCTYPE html><title>sign in</title>"), 5, "what came before is kept"),
        (Response(status=500), 3, "run it again to go on"),
        (Response(status=429, headers={"Retry-After": "1000000000"}), 3, "due again in 86400 s"),
        (Response(status=301, headers={"Location": "http://x.example"}), 5, "is never followed"),
    ],
    ids=["a portal", "all is down", "all ask to wait", "all have moved"],
)
def test_when_every_source_is_broken_each_is_named_and_nothing_changes(
    subscriber: Subscriber, answer: Response, code: int, advice: str
) -> None:
    subscriber.world.show(BEGINNING)
    subscriber.seed()
    subscriber.seed()
    before = subscriber.verdicts()
    subscriber.let_a_week_pass()
    subscriber.world.show(INCREMENT)

    subscriber.world.tamper = lambda _request, _response: answer
    subscriber.seed()
    kept = subscriber.verdicts()
    subscriber.world.tamper = None
    subscriber.seed()

    broken, healed = subscriber.ran[-2:]
    assert broken.code == code
    lines = broken.err.splitlines()
    assert [f for f in FEEDS if not any(_is_told(one, f, advice) for one in lines)] == []
    assert kept == before
    assert healed.code == 0
    assert _brought(BROUGHT_BY_INCREMENT, 1) <= set(subscriber.verdicts())


def _is_told(line: str, feed: str, advice: str) -> bool:
    return line.startswith(f"{feed}: ") and advice in line


def test_one_broken_source_keeps_no_other_from_being_asked(subscriber: Subscriber) -> None:
    subscriber.world.show(BEGINNING)

    subscriber.world.tamper = _no_lists
    subscriber.seed()

    assert subscriber.ran[-1].code == 3
    assert "not looked at (2):" in subscriber.ran[-1].err
    found = subscriber.verdicts()
    assert "pypi/zz-ghsa@1.0.0 malicious, unknown: ghsa-malware" in found
    assert [line for line in found if "aikido" in line] == []


def test_a_dump_with_a_damaged_member_ends_its_feed_alone(subscriber: Subscriber) -> None:
    subscriber.world.show(BEGINNING)

    subscriber.world.tamper = _damaged_dumps
    subscriber.seed()

    ran = subscriber.ran[-1]
    assert ran.code == 3
    assert "osv-mal: the dump is refused" in ran.err
    assert "Traceback" not in ran.err
    found = subscriber.verdicts()
    assert "pypi/zz-ghsa@1.0.0 malicious, unknown: ghsa-malware" in found
    assert [line for line in found if "osv-mal" in line] == []


def _damaged_dumps(request: Request, response: Response) -> Response:
    return Response(body=TORN["damaged LZMA"]) if request.path.endswith(".zip") else response


def _no_lists(request: Request, response: Response) -> Response:
    return Response(body=b"[]") if request.host == "lists.example" else response
