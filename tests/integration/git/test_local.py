"""Local repositories: committed files come home, and nothing of a hostile `.git` is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.git.local import LocalReader, git_dir_of, local_repository
from crawler.model import Branches, Outcome, ReadRequest, Visit
from tests.servers.git_repository import bare, commit, git


def read(path: Path, branches: Branches = Branches.DEFAULT) -> Visit:
    request = ReadRequest(
        wanted=lambda p: p.endswith("uv.lock"), known=lambda _: (), branches=branches
    )
    (visit,) = LocalReader().read([local_repository(path)], request)
    return visit


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    origin = bare(tmp_path / "origin.git")
    commit(origin, {"uv.lock": b"lock", "sub/uv.lock": b"nested", "x/uv.lock": ("120000", b"/etc")})
    git(tmp_path, "clone", "-q", str(origin), "work")
    return tmp_path / "work"


def test_the_committed_locks_of_a_work_tree_come_home(work_tree: Path) -> None:
    (work_tree / "uv.lock").write_bytes(b"changed, not committed")

    visit = read(work_tree)

    assert {(b.path, b.data) for b in visit.blobs} == {
        ("uv.lock", b"lock"),
        ("sub/uv.lock", b"nested"),
    }
    assert [s.context for s in visit.skipped] == ["x/uv.lock"]


def test_bare_repositories_and_linked_work_trees_are_read_too(work_tree: Path) -> None:
    git(work_tree, "worktree", "add", "-q", "../linked")

    bare_one, linked = read(work_tree.parent / "origin.git"), read(work_tree.parent / "linked")

    assert len(bare_one.blobs) == len(linked.blobs) == 2
    assert linked.heads[0].ref == "refs/heads/linked"


def test_all_branches_are_read_where_asked_for(work_tree: Path) -> None:
    origin = work_tree.parent / "origin.git"
    commit(origin, {"uv.lock": b"other"}, branch="dev")

    visit = read(origin, Branches.ALL)

    assert [h.ref for h in visit.heads] == ["refs/heads/main", "refs/heads/dev"]
    assert len(visit.blobs) == 3


def test_programs_that_a_hostile_configuration_names_are_not_run(work_tree: Path) -> None:
    marker = work_tree.parent / "marker"
    script = work_tree / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    with (work_tree / ".git/config").open("a") as config:
        config.write(
            f"[core]\n\tfsmonitor = {script}\n\thooksPath = {work_tree}\n\tpager = {script}\n"
            f"\tsshCommand = {script}\n\talternateRefsCommand = {script}\n\tgitProxy = {script}\n"
            "[extensions]\n\tpartialClone = origin\n"
            f'[remote "origin"]\n\tpromisor = true\n\turl = ext::{script}\n\tuploadpack = {script}\n'
        )
    objects = work_tree / ".git/objects"
    tip = git(work_tree.parent / "origin.git", "rev-parse", "main:uv.lock")
    (objects / tip[:2] / tip[2:]).unlink(missing_ok=True)

    visit = read(work_tree)

    assert visit.outcome in {Outcome.VISITED, Outcome.FAILED}
    assert not marker.exists()


def test_variables_of_a_hook_lead_to_no_other_repository(
    work_tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nonexistent")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.repositoryFormatVersion=9'")

    assert len(read(work_tree).blobs) == 2


def test_a_folder_without_repository_is_gone_and_an_empty_repository_is_empty(
    tmp_path: Path,
) -> None:
    (tmp_path / "nothing").mkdir()
    bare(tmp_path / "empty.git")

    assert read(tmp_path / "nothing").outcome is Outcome.GONE
    assert read(tmp_path / "empty.git").outcome is Outcome.EMPTY


def test_a_head_that_points_in_a_circle_ends(work_tree: Path) -> None:
    (work_tree / ".git/HEAD").write_text("ref: refs/heads/loop\n")
    (work_tree / ".git/refs/heads/loop").write_text("ref: HEAD\n")

    assert read(work_tree).outcome in {Outcome.VISITED, Outcome.EMPTY, Outcome.FAILED}


def test_a_lock_above_the_limit_is_named_and_not_read(tmp_path: Path) -> None:
    origin = bare(tmp_path / "o.git")
    commit(origin, {"uv.lock": b"0" * (21 * 1024 * 1024), "b/uv.lock": b"small"})

    visit = read(origin)

    assert [b.data for b in visit.blobs] == [b"small"]
    assert [s.context for s in visit.skipped] == ["uv.lock"]


def test_a_git_file_that_points_nowhere_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: ../../../../nonexistent\n")

    assert git_dir_of(tmp_path) is None


def test_a_repository_named_by_sha256_is_said_to_be_unread(tmp_path: Path) -> None:
    other = tmp_path / "sha256.git"
    other.mkdir()
    git(other, "init", "-q", "--bare", "-b", "main", "--object-format=sha256")
    commit(other, {"uv.lock": b"lock"})

    visit = read(other)

    assert visit.outcome is Outcome.FAILED
    assert "SHA-256" in visit.skipped[0].reason
