"""A run of pip is what its requirements files say together, however many include one another."""

from __future__ import annotations

import pytest

from crawler.lockfiles import IndexSettings, parse, settings_in
from crawler.model import LineSpan, Origin, OriginKind


def settings(files: dict[str, str]) -> IndexSettings:
    return IndexSettings.among({
        path: settings_in(parse(path, text.encode()).pins) for path, text in files.items()
    })  # fmt: skip


def asked(location: str) -> Origin:
    return Origin(kind=OriginKind.REGISTRY, location=location)


def test_files_that_include_each_other_are_one_run() -> None:
    found = settings({
        "requirements.txt": "-r dev-requirements.txt",
        "dev-requirements.txt": "-r requirements.txt\n--extra-index-url https://more.example/",
    })  # fmt: skip

    assert found.runs_at("requirements.txt", "requirements") == (asked(" https://more.example/"),)


def test_of_a_chain_of_thousands_the_nearest_runs_count() -> None:
    chain = {f"{n}/requirements.txt": f"-r ../{n + 1}/requirements.txt" for n in range(2000)}
    near = "-r ../1999/requirements.txt\n--extra-index-url https://more.example/"

    found = settings(chain | {"near/requirements.txt": near})

    assert len(found.runs.at("1999/requirements.txt")) == 100
    assert found.runs_at("1999/requirements.txt", "requirements") == (
        asked(""),
        asked(" https://more.example/"),
    )


def test_of_many_runs_those_that_name_an_index_count_first() -> None:
    runs = {f"{n:03}/requirements.txt": "-r ../base.txt" for n in range(300)}
    private = "-r ../base.txt\n--extra-index-url https://more.example/"

    found = settings(runs | {"base.txt": "zz-a==1", "zz/requirements.txt": private})

    assert asked(" https://more.example/") in found.runs_at("base.txt", "requirements")


def test_a_file_that_names_thousands_of_indexes_gives_its_pins_few_of_them() -> None:
    many = "".join(f"--extra-index-url https://more{n}.example/\n" for n in range(2000))

    (pin, _) = parse("requirements.txt", f"{many}zz-ghost-one==1.0.0".encode()).pins

    assert len(pin.origin.location.split(" ")) == 21


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "--extra-index-url https://more.example/\nzz-a==1\n"),
        ("noxfile.py", 'import nox\ns.install("--extra-index-url=https://more.example/", "zz")\n'),
    ],
)
def test_what_a_file_says_of_its_run_stands_on_all_of_its_lines(path: str, text: str) -> None:
    (said,) = settings_in(parse(path, text.encode()).pins)

    assert said.lines == LineSpan(first=1, last=3)
