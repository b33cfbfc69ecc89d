from __future__ import annotations

import pytest

from crawler.lockfiles.commands import installs_by_name


@pytest.mark.parametrize(
    "command",
    [
        "npm i -g zz-a@1.0.0",
        "npm -g i zz-a",
        "npm --prefix app install zz-a",
        "npm install -f zz-a",
        "npx -y zz-a@1",
        "pip install -r requirements.txt zz-a",
        "pip install -e git+https://host.example/zz-a",
        "poetry add -G dev zz-a",
        "uv tool install zz-a",
        "pipx run zz-a",
    ],
)
def test_a_command_that_names_a_package_installs_by_name(command: str) -> None:
    assert installs_by_name(f"set -e\n{command}\n".encode())


@pytest.mark.parametrize(
    "command",
    [
        "npm ci",
        "npm install --prefix app",
        "npm --prefix app install",
        "for i in 1 2; do npm ci; done",
        "pip install -r a.txt -c b.txt",
        "pip install -e sub/",
        "poetry install",
        "pip install # zz-a",
    ],
)
def test_a_command_that_takes_all_from_files_does_not(command: str) -> None:
    assert not installs_by_name(f"set -e\n{command}\n".encode())
