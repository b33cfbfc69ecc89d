"""A user scans requirements files that include others, wherever they lie inside of the folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from crawler.model import path_of
from tests.servers.lure import GHOST
from tests.servers.terminal import Terminal

REQUIRED = (
    f"zz-ghost-lure @ https://files.index.example{path_of(GHOST.blake2b_256, GHOST.filename)}\n"
)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def found(seeded: Terminal, folder: Path) -> list[str]:
    ran = seeded("scan", str(folder), "--format", "jsonl")

    return [one["lock"]["path"] for one in ran.rows]


def test_an_included_file_is_read_whatever_its_name(seeded: Terminal, tmp_path: Path) -> None:
    folder = write(
        tmp_path / "app",
        {
            "ci/requirements.txt": "-r ../far/below/here/list.cfg\n--constraint=own.rst\n",
            "far/below/here/list.cfg": "-c ./next\n",
            "far/below/here/next": REQUIRED,
            "ci/own.rst": REQUIRED,
        },
    )

    assert sorted(found(seeded, folder)) == ["ci/own.rst", "far/below/here/next"]


def test_an_include_that_comes_back_to_itself_ends(seeded: Terminal, tmp_path: Path) -> None:
    texts = {"requirements.txt": "-r a/x\n", "a/x": "-r y\n-r ../requirements.txt\n"}
    folder = write(tmp_path / "app", texts | {"a/y": f"-r x\n-r y\n{REQUIRED}"})

    assert found(seeded, folder) == ["a/y"]


def test_nothing_outside_of_the_folder_is_read(seeded: Terminal, tmp_path: Path) -> None:
    write(tmp_path, {"outside": REQUIRED, "out/inside": REQUIRED})
    includes = f"-r ../outside\n-r {tmp_path}/outside\n-r link\n-r folder/inside\n-r \\outside\n"
    folder = write(tmp_path / "app", {"requirements.txt": includes})
    (folder / "link").symlink_to(tmp_path / "outside")
    (folder / "folder").symlink_to(tmp_path / "out", target_is_directory=True)

    assert found(seeded, folder) == []


def test_a_file_that_nobody_includes_is_not_read(seeded: Terminal, tmp_path: Path) -> None:
    folder = write(tmp_path / "app", {"README.md": "-r a/x\n", "a/x": REQUIRED})

    assert found(seeded, folder) == []


def test_more_includes_than_a_project_has_are_said(seeded: Terminal, tmp_path: Path) -> None:
    texts = {f"a/{n:03d}": f"-r {n + 1:03d}\n" for n in range(210)}
    folder = write(tmp_path / "app", texts | {"requirements.txt": "-r a/000\n"})

    ran = seeded("scan", str(folder))

    assert "more than 200 included files" in ran.err


def test_what_a_manifest_includes_is_read_and_no_longer_left_out(
    seeded: Terminal, tmp_path: Path
) -> None:
    dynamic = '[tool.setuptools.dynamic]\ndependencies = { file = ["meta/run", "gone"] }\n'
    folder = write(tmp_path / "app", {"pyproject.toml": dynamic, "meta/run": REQUIRED})

    ran = seeded("scan", str(folder), "--format", "json")

    told = json.loads(ran.out)
    assert [one["lock"]["path"] for one in told["findings"]] == ["meta/run"]
    (left,) = told["not_looked_at"]
    assert left["where"] == ["pyproject.toml tool.setuptools.dynamic.dependencies.file: gone"]
