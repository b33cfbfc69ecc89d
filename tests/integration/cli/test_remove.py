"""`db prune` and `db erase` as a user has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.conftest import Played

pytestmark = pytest.mark.slow


def test_an_owner_is_erased_only_with_apply_and_is_not_visited_again(
    played: Played, tmp_path: Path
) -> None:
    stage = played.go_on(tmp_path / "user")
    user = stage.user
    found = user("findings", "list", "--format", "jsonl", "--status", "all").rows
    host, path = found[0]["repo"]["host"], found[0]["repo"]["full_name"]
    owner = f"{host}/{path.split('/')[0]}"

    shown, all_there = (
        user("db", "erase", owner),
        user("findings", "list", "--format", "jsonl", "--status", "all"),
    )
    erased, checked = user("db", "erase", owner, "--apply"), user("db", "check")
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


def test_a_prune_shows_first_and_leaves_the_ledger_sound(played: Played, tmp_path: Path) -> None:
    user = played.go_on(tmp_path / "user").user
    before = user("findings", "list", "--format", "jsonl", "--status", "all").rows

    shown, pruned = user("db", "prune"), user("db", "prune", "--apply", "--format", "jsonl")

    assert (shown.code, pruned.code, user("db", "check").code) == (0, 0, 0)
    assert "nothing was removed" in shown.err
    assert user("findings", "list", "--format", "jsonl", "--status", "all").rows == before
