"""`db prune` and `db erase` as a user has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Played

pytestmark = pytest.mark.slow


def originals(folder: Path) -> set[str]:
    """Return the names of what is kept of the repositories of confirmed findings."""
    return {file.name for file in folder.rglob("originals/*.zip")}


def test_an_owner_is_erased_only_with_apply_and_is_not_visited_again(
    played: Played, tmp_path: Path
) -> None:
    stage = played.go_on(tmp_path / "user")
    user = stage.user
    found = user("findings", "list", "--format", "jsonl", "--status", "all").rows
    confirmed = next(one for one in found if one["verdict"]["level"] == "confirmed")
    host, path = confirmed["repo"]["host"], confirmed["repo"]["full_name"]
    owner = f"{host}/{path.split('/')[0]}"

    shown, all_there = (
        user("db", "erase", owner),
        user("findings", "list", "--format", "jsonl", "--status", "all"),
    )
    kept = originals(tmp_path)
    erased, checked = user("db", "erase", owner, "--apply"), user("db", "check")
    kept_then = originals(tmp_path)
    left = user("findings", "list", "--format", "jsonl", "--status", "all").rows
    user("crawl", host, "--max-minutes", "1", "--fail-on", "never")
    after = user("findings", "list", "--format", "jsonl", "--status", "all").rows

    assert (shown.code, erased.code, checked.code) == (0, 0, 0)
    assert all_there.rows == found
    assert "to erase" in shown.out
    assert "rows of evidence were erased" in checked.out
    assert path not in str(left)
    assert left
    assert path not in str(after)
    assert kept_then < kept


def test_a_prune_shows_first_and_leaves_the_ledger_sound(played: Played, tmp_path: Path) -> None:
    user = played.go_on(tmp_path / "user").user
    before = user("findings", "list", "--format", "jsonl", "--status", "all").rows

    shown, pruned = user("db", "prune"), user("db", "prune", "--apply", "--format", "jsonl")

    assert (shown.code, pruned.code, user("db", "check").code) == (0, 0, 0)
    assert "nothing was removed" in shown.err
    assert user("findings", "list", "--format", "jsonl", "--status", "all").rows == before
