"""When a pin came and went: the same commits as git itself names in a full clone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from crawler.git.commandline import CommandLineReader
from crawler.git.history import DEPTH, PinPlace, pin_histories
from crawler.model import PinHistory
from tests.servers.git_http import GitHttpServer
from tests.servers.git_repository import bare, git

WORD = "cd" * 32
LOCK = "app/uv.lock"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("histories")


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[GitHttpServer]:
    with GitHttpServer(root) as serving:
        yield serving


class Script:
    """Writes a history for `git fast-import`; the marks of commits are their numbers from 1."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self.commits = 0

    def commit(
        self,
        lock: str | None,
        *,
        parents: Sequence[int] = (),
        at: int = 1_760_000_000,
        author: str = "Nobody",
        path: str = LOCK,
        removed: str = "",
        zone: str = "+0000",
        beside: Sequence[str] = ("note.txt",),
    ) -> int:
        """Add a commit in which the lock has this text (None: as in its first parent)."""
        self.commits += 1
        self._lines += [
            f"commit refs/heads/work-{self.commits}",
            f"mark :{self.commits}",
            f"author {author} <nobody@git.example> {at} {zone}",
            f"committer Nobody <nobody@git.example> {at} +0000",
            "data 4\nwork",
        ]
        for number, parent in enumerate(parents):
            self._lines.append(f"{'merge' if number else 'from'} :{parent}")
        for name in beside:
            self._put(name, f"{self.commits}\n")
        if lock is not None:
            self._put(path, lock)
        if removed:
            self._lines.append(f"D {removed}")
        return self.commits

    def _put(self, path: str, text: str) -> None:
        self._lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]

    def write(self, folder: Path, tip: int) -> str:
        """Make a repository of it whose default branch is at `tip`; return that commit."""
        bare(folder)
        marks = folder / "marks"
        script = "\n".join(self._lines) + "\n"
        git(
            folder,
            "fast-import",
            "--quiet",
            "--force",
            "--date-format=raw-permissive",
            f"--export-marks={marks}",
            content=script.encode(),
        )
        oids = dict(line.split() for line in marks.read_text("ascii").splitlines())
        git(folder, "update-ref", "refs/heads/main", oids[f":{tip}"])
        return oids[f":{tip}"]


def history_of(
    server: GitHttpServer, name: str, tip: str, *, is_there: bool = True, word: str = WORD
) -> PinHistory:
    manifests = frozenset({"app/pyproject.toml"})
    place = PinPlace(path=LOCK, manifests=manifests, words=(word,), is_there=is_there)
    with CommandLineReader(agent="a", trusted_hosts=[server.authority]) as reader:
        return pin_histories(reader, server.url(name), tip, [place])[place]


def named_by_git(folder: Path, tip: str) -> list[str]:
    return git(folder, "log", f"-S{WORD}", "--reverse", "--format=%H", tip, "--", LOCK).split()


def test_the_commit_that_brought_the_pin_is_named_with_its_date(
    server: GitHttpServer, root: Path
) -> None:
    script = Script()
    first = script.commit("good\n", at=1_760_000_000)
    second = script.commit(f"good\n{WORD}\n", parents=[first], at=1_760_086_400)
    third = script.commit(f"better\n{WORD}\n", parents=[second])
    tip = script.write(root / "simple.git", third)

    found = history_of(server, "simple.git", tip)

    (entered,) = named_by_git(root / "simple.git", tip)
    assert found.entered_commit == entered
    assert found.entered_at is not None
    assert found.entered_at.isoformat() == "2025-10-10T08:53:20+00:00"
    assert (found.commits, found.whole, found.entered_with_lock) == (3, True, False)
    assert (found.by_bot, found.left_commit) == (False, None)


@pytest.mark.parametrize(
    ("beside", "others"),
    [
        ((), 0),
        (("app/pyproject.toml",), 0),
        (("app/pyproject.toml", "pyproject.toml", "app/\N{SNOWMAN} name.py"), 2),
    ],
)
def test_what_else_changed_with_the_pin_is_counted_but_for_the_manifest(
    server: GitHttpServer, root: Path, beside: Sequence[str], others: int
) -> None:
    script = Script()
    first = script.commit("good\n")
    second = script.commit(f"{WORD}\n", parents=[first], beside=beside)
    name = f"others-{len(beside)}.git"

    found = history_of(server, name, script.write(root / name, second))

    assert (found.entered_with_others, found.entered_with_lock) == (others, False)


def test_what_came_with_the_first_commit_is_counted_too(server: GitHttpServer, root: Path) -> None:
    script = Script()
    first = script.commit(f"{WORD}\n", beside=("a", "b", "app/pyproject.toml"))

    found = history_of(server, "at-once.git", script.write(root / "at-once.git", first))

    assert (found.entered_with_others, found.entered_with_lock) == (2, True)


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [("+0000", 0), ("+0900", 540), ("-0330", -210), ("+1400", 840), ("+9959", None)],
)
def test_the_clock_of_the_commit_is_told_by_its_offset(
    server: GitHttpServer, root: Path, zone: str, minutes: int | None
) -> None:
    script, name = Script(), f"clock{zone}.git"

    found = history_of(
        server, name, script.write(root / name, script.commit(f"{WORD}\n", zone=zone))
    )

    assert found.utc_offset == minutes


def test_the_commit_that_took_it_away_is_named(server: GitHttpServer, root: Path) -> None:
    script = Script()
    first = script.commit(f"{WORD}\n")
    second = script.commit("clean\n", parents=[first], at=1_760_086_400)
    tip = script.write(root / "cleaned.git", second)

    found = history_of(server, "cleaned.git", tip, is_there=False)

    assert [found.entered_commit, found.left_commit] == named_by_git(root / "cleaned.git", tip)
    assert found.entered_with_lock


@pytest.mark.parametrize(
    ("author", "is_bot"),
    [
        ("dependabot[bot]", True),
        ("renovate[bot]", True),
        ("Renovate Bot", True),
        ("pyup-bot", True),
        ("Robot Smith", False),
        ("Abbot", False),
    ],
)
def test_a_bot_that_updates_dependencies_is_told_from_people(
    server: GitHttpServer, root: Path, author: str, *, is_bot: bool
) -> None:
    name = f"by-{len(author)}-{is_bot}.git"
    script = Script()
    tip = script.write(root / name, script.commit(f"{WORD}\n", author=author))

    assert history_of(server, name, tip).by_bot is is_bot


def test_what_lies_deeper_than_the_fetch_is_said(server: GitHttpServer, root: Path) -> None:
    script = Script()
    last = script.commit(f"{WORD}\n")
    for _ in range(DEPTH):
        last = script.commit(None, parents=[last])
    tip = script.write(root / "deep.git", last)

    found = history_of(server, "deep.git", tip)

    assert (found.entered_commit, found.entered_at, found.whole) == (None, None, False)
    assert found.commits == DEPTH


def test_a_date_that_no_calendar_has_is_unknown(server: GitHttpServer, root: Path) -> None:
    script = Script()
    tip = script.write(root / "future.git", script.commit(f"{WORD}\n", at=2**62))

    assert history_of(server, "future.git", tip).entered_at is None


def test_a_pin_that_is_called_otherwise_there_has_no_commit(
    server: GitHttpServer, root: Path
) -> None:
    script = Script()
    tip = script.write(root / "other.git", script.commit(f"{WORD}\n"))

    found = history_of(server, "other.git", tip, word="ef" * 32)

    assert (found.entered_commit, found.commits) == (None, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 10))]
)
def test_generated_histories_are_told_as_git_tells_them(
    server: GitHttpServer, root: Path, seed: int
) -> None:
    """Merges, renames, reverts, forged dates: 50 for each seed."""
    for number in range(50):
        chance = random.Random(seed * 1000 + number)
        name = f"generated-{seed}-{number}.git"
        script = Script()
        tip = script.write(root / name, generate(script, chance))
        expected = named_by_git(root / name, tip)

        found = history_of(server, name, tip)

        if found.whole:
            assert found.entered_commit == (expected[0] if expected else None), name
        elif found.entered_commit is not None:
            assert found.entered_commit in expected, name


def generate(script: Script, chance: random.Random) -> int:
    """Write a history of 1 to 260 commits; return its tip."""
    tips = [script.commit(chance.choice([None, "good\n", f"{WORD}\n"]), at=forged(chance))]
    for _ in range(chance.choice([0, 3, 12, 40, 260])):
        parents = [chance.choice(tips[-3:])]
        if len(tips) > 1 and chance.random() < 0.2:
            parents = list(dict.fromkeys([parents[0], chance.choice(tips[-6:])]))
        texts = [None, None, "good\n", f"good\n{WORD}\n", f"{WORD}\n{WORD}\n"]
        renamed = chance.random() < 0.1
        tips.append(
            script.commit(
                None if len(parents) > 1 else chance.choice(texts),
                parents=parents,
                at=forged(chance),
                path="uv.lock" if renamed else LOCK,
                removed=LOCK if renamed and len(parents) == 1 else "",
            )
        )
    return tips[-1]


def forged(chance: random.Random) -> int:
    return chance.choice([0, 1_000_000_000, 1_760_000_000, 4_000_000_000]) + chance.randrange(10**6)
