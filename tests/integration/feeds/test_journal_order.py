"""A journal whose dates are wrong, and that tells of people: what `seed` learns, prints and keeps of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from crawler.errors import FeedError
from tests.servers.feed_server import FeedServer, Reply
from tests.servers.journal import Journal, Row
from tests.servers.terminal import OFFLINE, Ran, Terminal
from tests.servers.valkey import allow_loopback_and_unix

BEGAN = 1_780_000_000
PERSON = "zz-somebody"


def rows(*told: tuple[str, str | None, int, str]) -> list[Row]:
    """Return entries (name, version, second, action), their serials in this order."""
    return [
        [name, version, BEGAN + second, action, serial]
        for serial, (name, version, second, action) in enumerate(told, start=101)
    ]


JOURNAL = rows(
    ("zz-back", None, 20, "create"),
    ("zz-back", None, 31, "remove project"),
    ("zz-back", None, 30, "create"),
    ("zz-back", "2.0.0", 30, "new release"),
    ("zz-gone", None, 20, "create"),
    ("zz-gone", "1.0.0", 30, "new release"),
    ("zz-gone", None, 29, "remove project"),
    ("zz-release", None, 40, "create"),
    ("zz-release", "1.0.0", 40, "remove release"),
    ("zz-release", "1.0.0", 40, "new release"),
    ("zz-release", "2.0.0", 40, "new release"),
    ("zz-release", "2.0.0", 40, "remove release"),
    ("zz-project", None, 41, f"add Owner {PERSON}"),
    ("zz-project", None, 41, f"remove Owner {PERSON}"),
    ("zz-project", None, 41, f"banish {PERSON} for good"),
    (f"user:{PERSON}", None, 42, "nuke user"),
    (f"org:{PERSON}", None, 42, "nuke organization"),
    (PERSON, None, 42, "user deleted"),
    ("zz-project", PERSON, 43, "transferred"),
    ("zz-project", f"by {PERSON}", 43, "new release"),
    ("zz-end", None, 50, "create"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeded:
    user: Terminal
    ran: Ran

    def states(self) -> dict[str, tuple[str, str]]:
        words = [w for s in ("removed", "name_reused") for w in ("--state", s)]
        found = self.user("ghosts", "list", *words, "--format", "jsonl").rows
        return {
            row["name"] + (f"@{row['version']}" if row["version"] else ""): (
                row["state"],
                row["index_state"],
            )
            for row in found
        }


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seeded]:
    allow_loopback_and_unix()
    with FeedServer() as server:
        server.replies["/pypi"] = Journal(rows=JOURNAL)
        for page in ("", "zz-back/", "zz-gone/", "zz-release/"):
            server.replies[f"/simple/{page}"] = Reply(status=503)  # only the journal is heard
        routes = f'[network.connect_to]\n"index.example" = "{server.url}"\n'
        settings = f"{OFFLINE}{routes}[feeds]\njournal_since = 100\n"
        user = Terminal.at(tmp_path_factory.mktemp("user"), settings)
        yield Seeded(user=user, ran=user("-vv", "seed", "--from", "quarantine-feed"))


def test_serials_decide_what_the_index_has(seeded: Seeded) -> None:
    assert seeded.states() == {
        "zz-back": ("name_reused", "listed"),
        "zz-gone": ("removed", "gone"),
        "zz-release@2.0.0": ("removed", "gone"),
    }


def test_entries_that_were_not_understood_are_named_by_their_serials(seeded: Seeded) -> None:
    assert "pypi-journal: 13 records" in seeded.ran.err
    assert "serial 115: unknown action" in seeded.ran.err
    assert "serial 117: invalid project name" in seeded.ran.err
    assert "serial 116" not in seeded.ran.err


def test_no_name_of_a_person_is_printed(seeded: Seeded) -> None:
    of_project = (("ghosts", "show", "zz-project"), ("ghosts", "explain", "pkg:pypi/zz-project"))
    others = (("feeds", "list"), ("feeds", "freshness"), ("ghosts", "list"), ("status",))
    shown = [seeded.user(*words, "--format", "json") for words in (*of_project, *others)]

    *known, status = shown
    assert [ran.code for ran in known] == [2, 0, 0, 0, 0], "of owners alone nothing is said"
    assert status.code == FeedError.exit_code, "the index has never answered"
    assert PERSON not in "".join(ran.out + ran.err for ran in (seeded.ran, *shown))


def test_no_name_of_a_person_is_kept(seeded: Seeded) -> None:
    files = [path for path in seeded.user.folder.rglob("*") if path.is_file()]

    assert [path.name for path in files if PERSON.encode() in path.read_bytes()] == []
    assert any(b"zz-release" in path.read_bytes() for path in files)


def test_the_dates_that_are_told_are_those_of_the_journal(seeded: Seeded) -> None:
    explained = seeded.user("ghosts", "explain", "pkg:pypi/zz-gone", "--format", "json")
    shown = seeded.user("ghosts", "show", "zz-gone")

    assert "removed since 2026-05-28T20:27:09+00:00" in shown.out
    assert '"at": "2026-05-28T20:27:09+00:00"' in explained.out
