"""What the demo prints behind its prompt can be typed."""

from __future__ import annotations

import shlex
from pathlib import Path

from workers.demo.tour import stronger_than_the_file, typed


def test_a_command_names_its_configuration_and_its_files_from_the_current_folder() -> None:
    here = Path.cwd()

    line = typed(
        here / "my demo/ghostcrawl.toml",
        ("crawl", "git.example", "--repos", str(here / "my demo/urls.txt")),
    )

    assert line == (
        "ghostcrawl -c 'my demo/ghostcrawl.toml' crawl git.example --repos 'my demo/urls.txt'"
    )


def test_files_elsewhere_keep_their_whole_paths() -> None:
    line = typed(Path("/srv/d'emo/ghostcrawl.toml"), ("report", "--output", "/srv/d'emo/report"))

    assert shlex.split(line) == [
        "ghostcrawl",
        "-c",
        "/srv/d'emo/ghostcrawl.toml",
        "report",
        "--output",
        "/srv/d'emo/report",
    ]


def test_variables_that_override_the_configuration_of_a_typed_command_are_named() -> None:
    shell = ("GHOSTCRAWL_STATE_DIR", "GHOSTCRAWL_CONFIG", "HOME", "GHOSTCRAWL_DATABASE_URL")

    assert stronger_than_the_file(shell) == ("GHOSTCRAWL_DATABASE_URL", "GHOSTCRAWL_STATE_DIR")
