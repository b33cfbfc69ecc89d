"""What may bring a ghost in and is not decided is said by name, and nothing is said of an ordinary folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.integration.cli.test_scan_commands import write
from tests.servers.git_repository import bare, commit
from tests.servers.lure import GHOST, GHOST_LOCK, INNOCENT_LOCK
from tests.servers.terminal import Terminal

RANGE = '[project]\nname = "app"\nversion = "1"\ndependencies = ["zz-ghost-lure~=1.0"]\n'
SAID = "`~=1.0` of zz-ghost-lure (PyPI) allows 1.0.0, known malware; not decided"
NAMED = "names zz-ghost-lure 1.0.0 (PyPI), known malware; whether it is installed is not decided"
PINNED = f"zz-ghost-lure==1.0.0 --hash=sha256:{GHOST.sha256}\n"
MANY = "".join(f"-r parts/p{number}.list\n" for number in range(201))


def test_a_range_that_lets_a_ghost_in_is_said_and_makes_no_scan_partial(
    seeded: Terminal, tmp_path: Path
) -> None:
    app = write(
        tmp_path / "app",
        {
            "pyproject.toml": RANGE,
            "BUILD": 'python_requirement(requirements=["zz-ghost-lure==1.0.0"])\n',
            "other/pyproject.toml": RANGE.replace("~=1.0", ">=1.1"),
        },
    )

    ran = seeded("scan", str(app))

    assert ran.code == 0
    assert f"pyproject.toml line 4: {SAID}" in ran.err
    assert f"BUILD line 1: {NAMED}" in ran.err
    assert "not looked at (2):" in ran.err


def test_a_range_is_not_said_where_a_lock_with_the_package_decides_but_where_it_has_none(
    seeded: Terminal, tmp_path: Path
) -> None:
    lock = GHOST_LOCK.decode()
    app = write(tmp_path / "app", {"pyproject.toml": RANGE, "uv.lock": lock})
    stale = {"pyproject.toml": RANGE, "uv.lock": INNOCENT_LOCK.decode()}
    other = write(tmp_path / "other", stale)

    assert SAID not in seeded("scan", str(app)).err
    assert SAID in seeded("scan", str(other)).err


def test_a_lock_that_is_not_read_fully_or_names_the_package_elsewhere_or_in_a_comment_decides_nothing(
    seeded: Terminal, tmp_path: Path
) -> None:
    other = GHOST_LOCK.decode().replace("zz-ghost-lure", "zz-ghost-lure-safe")
    ghost = GHOST_LOCK.decode()
    decoys = {
        "name": {"uv.lock": other},
        "comment": {"uv.lock": f"# zz-ghost-lure\n{INNOCENT_LOCK.decode()}"},
        "broken": {"uv.lock": 'name = "zz-ghost-lure"\n[[package\n'},
        "beside": {"uv.lock": INNOCENT_LOCK.decode(), "below/uv.lock": ghost},
        "pip": {"requirements.txt": "zz-ghost-lure==0.9\n"},
    }
    for name, files in decoys.items():
        write(tmp_path / "app" / name, {"pyproject.toml": RANGE, **files})

    ran = seeded("scan", str(tmp_path / "app"))

    for name in decoys:
        assert f"{name}/pyproject.toml line 4: {SAID}" in ran.err


def test_a_finding_silences_no_mention_of_another_file(seeded: Terminal, tmp_path: Path) -> None:
    files = {"Dockerfile": "RUN pip install zz-ghost-lure==1.0.0\n", "a/requirements.txt": PINNED}
    app = write(tmp_path / "app", {**files, "b/pyproject.toml": RANGE, "b/notes.toml": RANGE})

    ran = seeded("scan", str(app))

    said = [line.strip() for line in ran.err.splitlines() if "known malware" in line]
    assert said == [
        f"Dockerfile line 1: {NAMED}",
        f"b/notes.toml line 4: {SAID}",
        f"b/pyproject.toml line 4: {SAID}",
    ]


def test_junk_hides_no_name_and_texts_in_utf_16_or_with_nul_are_searched(
    seeded: Terminal, tmp_path: Path
) -> None:
    junk = "\n".join(f"zz-junk-{number}@1" for number in range(5_001))
    copies = "\n".join(f"zz-ghost-lure@2.{number}" for number in range(5_002))
    names = "zz-ghost-lure@1.0.0\n"
    app = write(
        tmp_path / "app",
        {
            "junk.yml": f"{junk}\n{names}",
            "many.yml": f"{copies}\n{names}",
            "nul.yml": f"\0{names}",
            "large.yml": f"{names}{'x' * 1_048_576}",
        },
    )
    (app / "wide.yml").write_bytes(names.encode("utf-16"))
    (app / "unmarked.yml").write_bytes(names.encode("utf-16-le"))

    ran = seeded("scan", str(app))

    assert f"junk.yml line 5002: {NAMED}" in ran.err
    assert "many.yml: names packages with known malware more than 5000 times" in ran.err
    for name in ("nul", "wide", "unmarked"):
        assert f"{name}.yml line 1: {NAMED}" in ran.err
    assert "large.yml: larger than 1 MiB: not searched for names" in ran.err
    assert ran.code == 0


def test_a_file_that_a_command_takes_requirements_from_is_read_wherever_it_lies(
    seeded: Terminal, tmp_path: Path
) -> None:
    app = write(
        tmp_path / "app",
        {
            "ci/install.sh": "pip install --no-deps -r ci/pins.list\n",
            "Dockerfile": "RUN uv pip sync docker/all\n",
            "ci/pins.list": PINNED,
            "docker/all": PINNED,
            "requirements.txt": "-r more/pins.json\n",
            "more/pins.json": PINNED,
            "docker/Dockerfile": "ENV PIP_INDEX_URL=https://index.mine.example/\n",
        },
    )

    ran = seeded("scan", str(app), "--format", "jsonl")

    found = sorted(one["lock"]["path"] for one in ran.rows)
    assert found == ["ci/pins.list", "docker/all", "more/pins.json"]
    assert "docker/Dockerfile: a command or a variable names an index" in ran.err


def test_requirements_that_a_command_takes_from_elsewhere_are_said(
    seeded: Terminal, tmp_path: Path
) -> None:
    run = "RUN pip install -r pins.list\nCOPY a.txt /x/a.txt\nRUN pip install -r /x/a.txt\n"
    script = 'pip install -r "$PINS" -r ../out.txt -r deps-${X}.txt\nuv run python -c "import x"\n'
    files = {"Dockerfile": run, "ci/install.sh": script, "a.txt": "zz-b==1\n"}
    app = write(tmp_path / "app", files)
    (app / "ci" / "link.list").symlink_to(app / "a.txt")
    (app / "ci" / "more.sh").write_text("uv pip install -r link.list\n", "utf-8")

    ran = seeded("scan", str(app))

    said = [line.strip() for line in ran.err.splitlines() if "not found from here" in line]
    assert said == [
        "Dockerfile: pip install -r pins.list: not found from here",
        "ci/install.sh: pip install -r $PINS: not found from here",
        "ci/install.sh: pip install -r ../out.txt: not found from here",
        "ci/install.sh: pip install -r deps-${X}.txt: not found from here",
        "ci/more.sh: pip install -r link.list: not found from here",
    ]
    assert ran.code == 0
    alone = seeded("scan", str(app / "Dockerfile"), str(app / "ci" / "more.sh"))
    assert "Dockerfile: pip install -r pins.list: not found from here" in alone.err


def test_more_included_files_than_are_followed_are_said(seeded: Terminal, tmp_path: Path) -> None:
    parts = {f"parts/p{number}.list": "zz-b==1\n" for number in range(201)}
    app = write(tmp_path / "app", {"requirements.txt": MANY, **parts})

    assert "more than 200 included files" in seeded("scan", str(app)).err


def test_copies_of_locks_are_read_by_their_content(seeded: Terminal, tmp_path: Path) -> None:
    lock = GHOST_LOCK.decode()
    names = ["a/uv.lock.bak", "b/uv.lock~", "c/uv.lock.orig.1", "d/uv.lock.tmpl"]
    app = write(tmp_path / "app", dict.fromkeys(names, lock))

    ran = seeded("scan", str(app), "--format", "jsonl")

    assert [one["lock"]["path"] for one in ran.rows] == names


def test_a_bare_repository_is_named_and_with_refs_its_older_commits_are(
    seeded: Terminal, tmp_path: Path
) -> None:
    repository = bare(tmp_path / "kept" / "app.git")
    for text in (b"one", b"two"):
        commit(repository, {"a.txt": text})
    subprocess.run(["git", "-C", repository, "pack-refs", "--all"], check=True)

    there = seeded("scan", str(tmp_path / "kept"))
    committed = seeded("scan", "--refs", "all", str(repository))

    assert "app.git/: not entered: a bare Git repository" in there.err
    assert "history: what only older commits hold is not read" in committed.err
    assert committed.code == 0
