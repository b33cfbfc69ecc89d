"""Every kind of answer of every feed of the network, in every way it can be wrong.

What is asked for each time: an error of our own tree that names the feed and says what to do, or an entry
that is said to be left out; a ledger that either knows what it knew or knows the truth; and that the next
poll of an honest server brings everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from crawler.errors import Defer, FeedError
from crawler.model import Ecosystem
from crawler.net import Http, HttpLimits
from feeds.registry import build
from tests.servers.feed_data import TARGETS, Target
from tests.servers.feeds_stage import NOW, Outcome, Stage, context, feeds_of, known
from tests.servers.feeds_story import BEGINNING, withdrawal
from tests.servers.feeds_world import FeedsWorld
from tests.servers.tampering import (
    ATTACKS,
    BYTES,
    DUMPS,
    FOR_EVER,
    Attack,
    cut,
    huge,
)
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.web import Request, Response
from workers.ledger.ledger import Ledger

ADVICE = re.compile(
    r"[Pp]oll again|check |nothing was (?:changed|taken)|is a portal in between|look at it"
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    allow_loopback_and_unix()
    folder = tmp_path_factory.mktemp("hostile")
    with FeedsWorld(folder / "git") as world:
        http = Http(agent="ghostcrawl/test", connect_to=world.connect_to)
        made = Stage(folder=folder, world=world, http=http, feeds=feeds_of(http))
        ledger = Ledger.open(f"sqlite:///{made.base}")
        ledger.upgrade()
        ledger.close()
        world.show(BEGINNING)
        npm = build("osv-mal", context(http, Ecosystem.NPM))
        for feed in (*made.feeds.values(), *npm, made.feeds["pypi-status"]):
            assert made.ask(made.base, feed, now=NOW - timedelta(hours=25)).error is None
        world.show(withdrawal(NOW - timedelta(hours=24)))
        yield made
        http.close()


def attacked(stage: Stage, target: Target, path: Path, attack: Attack) -> Outcome:
    """Poll the feed of a target into the ledger at `path` while its answers are attacked."""
    hit = list[str]()

    def tamper(request: Request, response: Response) -> Response:
        if not target.hits(request):
            return response
        hit.append(request.path)
        return attack(request, response)

    stage.world.tamper = tamper
    try:
        outcome = stage.ask(path, stage.feeds[target.feed])
    finally:
        stage.world.tamper = None
    assert hit, "nothing was attacked"
    return outcome


def survives(stage: Stage, name: str, attack: Attack) -> Outcome:
    """Check all that is promised; return how the attacked poll ended."""
    truth, target = stage.truth(name), TARGETS[name]
    path = stage.untouched.pop(name, None) or stage.ledger(target)
    before = known(path)

    outcome = attacked(stage, target, path, attack)

    after, feed = known(path), stage.feeds[target.feed]
    assert after.verdicts in {before.verdicts, truth}
    if isinstance(outcome.error, FeedError):
        assert str(outcome.error).startswith(f"{feed.name}: ")
        assert ADVICE.search(str(outcome.error))
    if isinstance(outcome.error, Defer):
        assert 1 <= outcome.error.seconds <= 24 * 3600
    if after == before:  # it stands where the honest poll of `truth` has begun
        stage.untouched[name] = path
        return outcome
    assert stage.ask(path, feed, now=NOW + timedelta(hours=25)).error is None
    assert known(path).verdicts == truth
    path.unlink()
    return outcome


def test_every_question_of_an_honest_poll_is_attacked(stage: Stage) -> None:
    for name, feed in stage.feeds.items():
        of_feed = [target for target in TARGETS.values() if target.feed == name]
        assert of_feed, f"no answers of {name} in tests/data/feeds"
        for target in (Target(feed=name), Target(feed=name, is_first=True)):
            path, before = stage.ledger(target), len(stage.world.asked)
            stage.ask(path, feed, now=NOW + timedelta(hours=25))
            path.unlink()
            asked = stage.world.asked[before:]
            assert asked
            assert [r.path for r in asked if not any(t.hits(r) for t in of_feed)] == []


QUICK = frozenset(
    {
        "three quarters of it",
        "broken off",
        "an object",
        "a list",
        "a web page",
        "nothing",
        "gzip",
        "redirect to plain http",
        "304",
        "500",
        "ten years ahead",
        "the old ETag",
    }
)
"""Attacks of the fast tier; the others go much the same way."""


def marks(name: str, attack: str) -> tuple[pytest.MarkDecorator, ...]:
    """Leave to the slow tier what goes the way of a quick attack, or of another answer."""
    quick = attack in QUICK and not TARGETS[name].is_slow
    return () if quick else (pytest.mark.slow,)


@pytest.mark.parametrize(
    ("name", "attack"),
    [
        pytest.param(name, attack, id=f"{name}, {attack}", marks=marks(name, attack))
        for (name, target), attack in product(TARGETS.items(), ATTACKS)
        if attack not in target.spared
    ],
)
def test_no_answer_makes_a_feed_believe_a_lie_or_lose_the_truth(
    stage: Stage, name: str, attack: str
) -> None:
    survives(stage, name, ATTACKS[attack])


@pytest.mark.parametrize("dump", DUMPS)
def test_a_dump_that_plays_tricks_is_refused_whole(stage: Stage, dump: str) -> None:
    outcome = survives(stage, "OSV: dump", DUMPS[dump])

    assert isinstance(outcome.error, FeedError)


@pytest.mark.parametrize("name", TARGETS)
def test_an_answer_of_another_kind_is_never_passed_over_in_silence(stage: Stage, name: str) -> None:
    outcome = survives(stage, name, BYTES)

    assert outcome.error is not None or outcome.skipped


@pytest.mark.parametrize("name", TARGETS)
def test_an_absurd_wait_is_put_off_for_a_day_at_most(stage: Stage, name: str) -> None:
    outcome = survives(stage, name, FOR_EVER)

    assert isinstance(outcome.error, Defer)
    assert outcome.error.seconds == 24 * 3600


@pytest.mark.parametrize(
    ("name", "cap"), [("OSV: record", 8 * 1024**2), ("GHSA: list", 32 * 1024**2)]
)
def test_an_answer_beyond_its_cap_is_not_read_to_its_end(stage: Stage, name: str, cap: int) -> None:
    outcome = survives(stage, name, huge(cap + 1))

    said = [str(outcome.error), *(skipped.reason for skipped in outcome.skipped)]
    assert any(f"sends more than {cap} bytes" in one for one in said)


@pytest.mark.parametrize("name", ["status: page", "npm: changes", "npm: database"])
def test_the_cap_of_the_client_holds_where_a_feed_has_none_of_its_own(
    stage: Stage, name: str
) -> None:
    http = Http(
        agent="ghostcrawl/test",
        connect_to=stage.world.connect_to,
        limits=HttpLimits(max_bytes=10_000),
    )
    honest, stage.feeds = stage.feeds, feeds_of(http)

    outcome = survives(stage, name, huge(10_001))

    stage.feeds = honest
    http.close()
    said = [str(outcome.error), *(skipped.reason for skipped in outcome.skipped)]
    assert any("sends more than 10000 bytes" in one for one in said)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_an_answer_cut_off_anywhere_is_no_other_truth(stage: Stage, name: str) -> None:
    for hundredth in range(100):
        survives(stage, name, cut(hundredth / 100))
