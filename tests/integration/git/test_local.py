"""Local repositories: committed files come home, and nothing of a hostile `.git` is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.git.interface import Limits
from crawler.git.local import LocalReader, local_repository
from crawler.model import Outcome, ReadRequest, Refs, Skipped, Visit
from tests.servers.git_repository import bare, commit, git


def read(path: Path, refs: Refs = Refs.DEFAULT, limits: Limits | None = None) -> Visit:
    request = ReadRequest(wanted=lambda p: p.endswith("uv.lock"), known=lambda _: (), refs=refs)
    (visit,) = LocalReader(limits=limits).read([local_repository(path)], request)
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


def test_a_bare_repository_is_read_too(work_tree: Path) -> None:
    assert len(read(work_tree.parent / "origin.git").blobs) == 2


def test_a_linked_work_tree_says_which_folder_to_scan(work_tree: Path) -> None:
    git(work_tree, "worktree", "add", "-q", "../linked")

    visit = read(work_tree.parent / "linked")

    (skipped,) = visit.skipped
    assert (visit.outcome, visit.blobs) == (Outcome.FAILED, ())
    assert skipped.reason == (
        f"{work_tree.parent}/linked/.git points outside the scanned folder: "
        f"{work_tree}/.git/worktrees/linked; scan {work_tree} itself"
    )


def test_a_submodule_says_which_folder_to_scan_and_that_one_is_read(work_tree: Path) -> None:
    above = work_tree.parent / "above"
    git(work_tree.parent, "init", "-q", "above")
    git(above, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(work_tree), "sub")
    home = above / ".git/modules/sub"

    visit = read(above / "sub")

    assert visit.skipped[0].reason.endswith(f"folder: {home}; scan {home} itself")
    assert len(read(home).blobs) == 2


def test_a_repository_that_is_kept_apart_inside_the_folder_is_read(work_tree: Path) -> None:
    git(work_tree, "init", "-q", "--separate-git-dir", str(work_tree / "store"))

    assert len(read(work_tree).blobs) == 2


def test_a_folder_that_was_named_through_a_link_is_the_one_behind_it(work_tree: Path) -> None:
    link = work_tree.parent / "link"
    link.symlink_to(work_tree)

    assert len(read(link).blobs) == 2


def test_all_branches_are_read_where_asked_for(work_tree: Path) -> None:
    origin = work_tree.parent / "origin.git"
    commit(origin, {"uv.lock": b"other"}, branch="dev")

    visit = read(origin, Refs.BRANCHES)

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


def test_the_files_of_one_visit_have_a_limit_together_and_what_is_beyond_is_said(
    tmp_path: Path,
) -> None:
    origin = bare(tmp_path / "o.git")
    commit(origin, {"a/uv.lock": b"1" * 600, "b/uv.lock": b"2" * 600, "c/uv.lock": b"3" * 300})

    visit = read(origin, limits=Limits(inflated_bytes=1_000))

    left_out = {(s.context, s.reason) for s in visit.skipped}
    assert sum(len(b.data) for b in visit.blobs) == 900
    assert left_out < {
        ("a/uv.lock", "more than 1000 bytes in one visit"),
        ("b/uv.lock", "more than 1000 bytes in one visit"),
    }


def test_trees_have_a_limit_together_too(tmp_path: Path) -> None:
    origin = bare(tmp_path / "o.git")
    commit(origin, {f"d{n}/uv.lock": b"%d" % n for n in range(5)})

    visit = read(origin, limits=Limits(inflated_bytes=400))

    assert (
        Skipped(context="trees", reason="more than 400 bytes of trees in one visit")
        in visit.skipped
    )


def test_a_repository_named_by_sha256_is_read(tmp_path: Path) -> None:
    other = tmp_path / "sha256.git"
    other.mkdir()
    git(other, "init", "-q", "--bare", "-b", "main", "--object-format=sha256")
    commit(other, {"uv.lock": b"lock"})

    visit = read(other)

    assert (visit.outcome, visit.skipped) == (Outcome.VISITED, ())
    assert [blob.data for blob in visit.blobs] == [b"lock"]
