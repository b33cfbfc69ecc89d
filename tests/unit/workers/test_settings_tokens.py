"""Tokens: where they come from, and that nobody sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.errors import ConfigurationError
from crawler.hosts.interface import HostKind
from tests.unit.workers.machine import Machine
from workers.settings import HostSection, load
from workers.wiring import Wiring

TOKEN = "ghs_s3cret0123456789"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(root=tmp_path)


def test_a_token_in_the_wrong_place_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    host = '[hosts."git.example"]\nkind = "git"\nweb_url = "https://git.example"\n'
    file.write_text(f'{host}token = "{TOKEN}"\n', encoding="utf-8")

    with pytest.raises(ConfigurationError) as caught:
        load(config=file)

    assert "token" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_token_comes_from_the_environment_first(machine: Machine) -> None:
    file = machine.write("token", "from-the-file")
    environment = {"GITHUB_TOKEN": f"{TOKEN}\n", "GITHUB_TOKEN_FILE": str(file)}

    answer = machine.load(environment)

    assert answer["tokens"] == {"github.com": [TOKEN, "67ac2aba59a3"]}
    assert TOKEN not in answer["repr"]


def test_a_token_may_lie_in_a_file_that_the_environment_names(machine: Machine) -> None:
    file = machine.write("token", f"  {TOKEN}\n")

    answer = machine.load({"GITHUB_TOKEN_FILE": str(file)})

    assert answer["tokens"]["github.com"][0] == TOKEN
    assert TOKEN not in answer["repr"]


def test_without_a_token_a_host_is_asked_anonymously(machine: Machine) -> None:
    answer = machine.load()

    assert answer["tokens"] == {"github.com": [None, "anonymous"]}


def test_a_token_file_that_is_not_there_is_an_error_without_any_token(machine: Machine) -> None:
    answer = machine.load({"GITHUB_TOKEN_FILE": "nothing"})

    assert answer["exit_code"] == 4
    assert "the token file of github.com cannot be read" in answer["error"]


def _section(token_file: Path) -> HostSection:
    return HostSection(kind=HostKind.GIT, web_url="https://git.example/", token_file=token_file)


def test_a_token_may_lie_in_a_file_that_the_configuration_names(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")

    host = _section(file).host("git.example")

    assert host.current_token() == TOKEN
    assert host.web_url == "https://git.example"
    assert TOKEN not in repr(host)
    assert TOKEN not in host.identity


def test_an_empty_token_file_is_no_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("\n", encoding="utf-8")

    host = _section(file).host("git.example")

    assert host.current_token() is None
    assert host.identity == "anonymous"


def test_a_token_that_cannot_be_read_stops_the_work_of_its_host_alone(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    lines = [
        f'state_dir = "{tmp_path}"\n[hosts]',
        '"one.example" = {kind = "git", web_url = "https://one.example"}',
        '"two.example" = {kind = "git", web_url = "https://two.example", token_file = "nothing"}',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    wiring = Wiring(load(config=file))

    try:
        other = wiring.hosts.named("one.example")

        assert other.settings.web_url == "https://one.example"
        assert wiring.hosts.tokens() == frozenset()
        with pytest.raises(ConfigurationError, match=r"token file of two\.example"):
            wiring.hosts.named("two.example")
    finally:
        wiring.close()


def test_a_token_file_that_is_no_text_is_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(TOKEN.encode() + b"\xff")

    with pytest.raises(
        ConfigurationError, match=r"token file of git\.example cannot be read"
    ) as caught:
        _section(file).host("git.example")

    assert TOKEN not in str(caught.value)


def test_a_file_that_is_renewed_stays_one_identity(tmp_path: Path) -> None:
    file, other = tmp_path / "token", tmp_path / "other"
    file.write_text("ghs_first\n", encoding="utf-8")
    other.write_text("ghs_first\n", encoding="utf-8")
    before = _section(file).host("git.example")

    file.write_text("ghs_second-and-longer\n", encoding="utf-8")

    after = _section(file).host("git.example")
    assert before.current_token() == after.current_token() == "ghs_second-and-longer"
    assert before.identity == after.identity != "anonymous"
    assert before.identity != _section(other).host("git.example").identity


def test_a_token_that_would_break_a_header_is_refused_and_not_repeated(machine: Machine) -> None:
    answer = machine.load({"GITHUB_TOKEN": f"{TOKEN}\nx-more: 1"})

    assert answer["exit_code"] == 4
    assert "GITHUB_TOKEN does not contain a valid token for github.com" in answer["error"]
    assert TOKEN not in answer["error"]
