from __future__ import annotations

import pytest

from crawler.lockfiles.commands import command_kind, installs_by_name, requirements_of_commands


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
        "python3 -mpip install zz-a",
        "Scripts/pip.exe install zz-a",
        "uv tool run zz-a",
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


def test_an_agent_is_told_to_run_a_package_by_its_settings() -> None:
    settings = b"""{"mcpServers": {"a": {
      "command": "uvx",
      "args": [
        "zz-a@1.0"
      ]}}}"""

    assert command_kind(".cursor/mcp.json") == "settings of agents"
    assert installs_by_name(settings, "settings of agents")


@pytest.mark.parametrize(
    ("script", "expected"),
    [("npx -y zz-a@1", True), ("npm ci && tsc", False), ("pnpm add zz-a", True)],
)
def test_a_script_of_a_package_may_install_another(script: str, expected: bool) -> None:  # noqa: FBT001
    manifest = f'{{"engines": {{"npm": ">=8"}}, "scripts": {{"postinstall": "{script}"}}}}'
    kind = command_kind("app/package.json")

    assert kind == "scripts of package.json"
    assert installs_by_name(manifest.encode(), kind) is expected


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("pip install -r a/b.list -c c.txt", ("a/b.list", "c.txt")),
        ("RUN uv pip sync \\\n  all", ("all",)),
        ("uv run --with-requirements my.list x.py", ("my.list",)),
        ("pipenv install -r p.list", ("p.list",)),
        ("xargs pip install < p.list", ("p.list",)),
        ("ENV PIP_CONSTRAINT=c.list", ("c.list",)),
        ("COPY build/list /tmp/r\nRUN pip install -r /tmp/r", ("/tmp/r", "build/list")),
        ("COPY build/list ./\nRUN pip install -r list", ("list", "build/list")),
        ("npm ci -r x.list; grep -r y", ()),
    ],
)
def test_a_command_names_the_files_that_it_takes_requirements_from(
    text: str, taken: tuple[str, ...]
) -> None:
    assert requirements_of_commands(text.encode()) == taken
