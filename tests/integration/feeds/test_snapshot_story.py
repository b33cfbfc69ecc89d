"""A machine that polls nobody, and takes in after each chapter of the feeds what another one has learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.servers.feeds_story import BEGINNING, INCREMENT, configuration, restoration, withdrawal
from tests.servers.feeds_subscriber import Subscriber
from tests.servers.feeds_world import FeedsWorld
from tests.servers.terminal import OFFLINE, Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix
from workers.demo.web import Request, Response

NOBODY_ACCUSES = "pypi/zz-gone name_reused, listed: pypi-journal"
"""Known by entries of the journal that a snapshot leaves out, for nobody accuses the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What both machines knew after a chapter."""

    there: frozenset[str]
    here: frozenset[str]
    exported: Ran
    imported: Ran
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The chapters, and both machines after the last."""

    chapters: Mapping[str, Chapter]
    poller: Subscriber
    reader: Subscriber


@pytest.fixture(autouse=True)
def _sockets() -> None:
    allow_loopback_and_unix()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    allow_loopback_and_unix()
    folder, chapters = tmp_path_factory.mktemp("snapshots"), dict[str, Chapter]()
    with FeedsWorld(folder / "git") as world:
        poller = Subscriber(user=Terminal.at(folder / "a", configuration(world)), world=world)
        reader = Subscriber(user=Terminal.at(folder / "b", OFFLINE), world=world)
        world.show(BEGINNING)
        poller.seed()
        cleared = datetime.now(UTC) + timedelta(seconds=1)
        told = {
            "beginning": BEGINNING,
            "increment": INCREMENT,
            "withdrawal": withdrawal(cleared),
            "restoration": restoration(cleared, cleared + timedelta(seconds=1)),
        }
        for name, chapter in told.items():
            poller.let_a_week_pass()
            world.show(chapter)
            poller.seed()
            file = folder / f"{name}.snapshot"
            chapters[name] = Chapter(
                exported=poller.user("seed", "export", str(file)),
                imported=reader.user("seed", "import", str(file)),
                there=frozenset(poller.verdicts()),
                here=frozenset(reader.verdicts()),
                size=file.stat().st_size,
            )
        yield Story(chapters=chapters, poller=poller, reader=reader)


@pytest.mark.parametrize("name", ["beginning", "increment", "withdrawal", "restoration"])
def test_after_each_chapter_both_judge_alike(story: Story, name: str) -> None:
    chapter = story.chapters[name]

    assert (chapter.exported.code, chapter.imported.code) == (0, 0), chapter.imported.err
    assert chapter.there - chapter.here <= {NOBODY_ACCUSES}
    assert chapter.here - chapter.there == frozenset()
    assert len(chapter.here) > 20
    assert chapter.size < 40_000


def test_what_was_withdrawn_is_taken_back_by_the_next_snapshot(story: Story) -> None:
    before, after = (story.chapters[name].here for name in ("increment", "withdrawal"))

    assert "pypi/zz-aikido@1.0 malicious, gone: aikido" in before
    assert "pypi/zz-aikido@1.0 malicious, gone: aikido" not in after
    assert "pypi/zz-aikido@1.0 withdrawn, gone: aikido" in after


def test_a_machine_that_took_a_snapshot_in_goes_on_polling_where_the_other_one_stood(
    story: Story, tmp_path: Path
) -> None:
    world, asked = story.poller.world, list[str]()
    user = Terminal.at(tmp_path / "c", configuration(world))
    snapshot = story.poller.user.folder / "last.snapshot"
    assert story.poller.user("seed", "export", str(snapshot)).code == 0
    assert user("seed", "import", str(snapshot)).code == 0
    reader = Subscriber(user=user, world=world)
    before = reader.verdicts()

    def listen(request: Request, response: Response) -> Response:
        asked.append(request.path)
        return response

    world.tamper = listen
    reader.seed()
    world.tamper = None

    assert reader.ran[-1].code == 0
    assert reader.verdicts() == before
    assert [path for path in asked if path.endswith(".zip")] == []
