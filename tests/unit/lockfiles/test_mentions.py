"""What texts name with a version or a range, where nothing pins it."""

from __future__ import annotations

import pytest

from crawler.lockfiles import may_mention, mentions

NAMED = [
    ("package.json", '{"dependencies": {"zz-a": "^1.2.0"}}', "npm zz-a ^1.2.0"),
    ("package.json", '{"dependencies": {"x": "npm:@zz/a@~1.2"}}', "npm @zz/a ~1.2"),
    ("package.json", '{"packageManager": "zz-a@1.2.3+sha512.ab"}', "npm zz-a 1.2.3+sha512.ab"),
    (
        "package.json",
        '{"devEngines": {"packageManager": {"name": "zz-a", "version": "1.2.3"}}}',
        "npm zz-a 1.2.3",
    ),
    ("pnpm-workspace.yaml", "catalog:\n  zz-a: ^1.2.0\n", "npm zz-a ^1.2.0"),
    ("requirements.txt", "zz-a[b] >=1.2, <1.3 ; python_version > '3'\n", "pypi zz-a >=1.2, <1.3"),
    ("requirements.txt.j2", "{{ head }}\nzz-a~=1.2\n", "pypi zz-a ~=1.2"),
    ("pyproject.toml", '[project]\ndependencies = ["zz-a~=1.2"]\n', "pypi zz-a ~=1.2"),
    ("pyproject.toml", '[tool.poetry.dependencies]\nzz-a = "1.2.*"\n', "pypi zz-a 1.2.*"),
    (
        "pyproject.toml",
        '[tool.poetry.dependencies]\nzz-a = { extras = ["b"], version = "^1.2" }\n',
        "pypi zz-a ^1.2",
    ),
    ("Pipfile", '[packages]\nzz-a = "~=1.2"\n', "pypi zz-a ~=1.2"),
    ("setup.py", 'setup(install_requires=["zz-a>1.1"])\n', "pypi zz-a >1.1"),
    ("src/main.ts", 'import zz from "npm:zz-a@1.2.3/sub";\n', "npm zz-a 1.2.3"),
    ("index.html", '<script type="importmap">{"zz": "https://cdn.example/@zz/a@1.2.3"}', "npm @zz/a 1.2.3"),
    ("importmap.rb", 'pin "x", to: "https://cdn.example/npm/zz-a@1.2.3/index.js"\n', "npm zz-a 1.2.3"),
    (".pnp.data.json", '[["zz-a", "npm:1.2.3"]]', "npm zz-a 1.2.3"),
    (".pnp.cjs", '["zz-a", \\\n  "virtual:ab#npm:1.2.3"]', "npm zz-a 1.2.3"),
    ("BUILD", 'python_requirement(requirements=["zz-a==1.2"])\n', "pypi zz-a ==1.2"),
    ("Dockerfile", "RUN pip install 'zz-a==1.2'\n", "pypi zz-a ==1.2"),
    ("play.yml", '- pip: {name: zz-a, version: "1.2"}\n', "pypi zz-a 1.2"),
    ("pyproject.toml", '[tool.poetry.dependencies.zz-a]\noptional = true\nversion = "^1.2"\n', "pypi zz-a ^1.2"),
    ("pyproject.toml", '[tool.poetry.dependencies]\nzz-a = [{ version = "^1.2" }]\n', "pypi zz-a ^1.2"),
    ("package.json.bak", '{"dependencies": {"zz-a": "1.2.3"}}', "npm zz-a 1.2.3"),
    (".gemini/settings.json", '{"args": ["-y", "zz-a@1.2.3"]}', "npm zz-a 1.2.3"),
    ("server.json", '{"identifier": "zz-a", "version": "1.2.3"}', "npm zz-a 1.2.3"),
    ("bower.json", '{"x": "https://n.example/zz-a/-/zz-a-1.2.3.tgz"}', "npm zz-a 1.2.3"),
    ("default.nix", 'pname = "zz-a"; version = "1.2";', "pypi zz-a 1.2"),
    (".tool-versions", "pipx:zz-a 1.2\n", "pypi zz-a 1.2"),
    ("main.tf", 'user_data = "pip install zz-a==1.2"', "pypi zz-a ==1.2"),
    ("mise.toml", '[tools]\n"npm:zz-a" = "1.2"\n', "npm zz-a 1.2"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "named"), NAMED)
def test_a_package_is_named_as_its_tool_writes_it(path: str, text: str, named: str) -> None:
    found = [f"{one.ecosystem} {one.name} {one.stated}" for one in mentions(path, text.encode())]

    assert may_mention(path)
    assert named in found


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/main.ts", 'const zz = "1.2.3"; if (port === 1) { zz: 1 }'),
        ("package.json", '{"version": "1.2.3", "node": ">=18"}'),
        ("tarfile.py", "if debug > 1 or zz >= 1: pass"),
        (".pnp.cjs", 'const zz = "a@1.2.3";'),
        ("ci.yml", "- uses: zz/zz-a@v4\n- uses: 'zz/b/zz-a@v4'\n- run: scp git@10.0.0.1:x\n"),
        ("Cargo.toml", '[dependencies]\nzz-a = "1.2"\n'),
        ("go.mod", "require zz-a@1.2.3"),
        ("app.csproj", '<x Include="zz-a@1.2.3" />'),
        ("package.json", '{"name": "zz-a", "version": "1.2.3", "engines": {"zz-a": "^1.2"}}'),
        ("big.ts", 'import "npm:zz-a@1.2.3";' + " " * 1_048_576),
    ],
)
def test_what_is_no_package_or_too_much_to_look_at_is_none(path: str, text: str) -> None:
    assert not list(mentions(path, text.encode()))


@pytest.mark.parametrize(
    "path", ["uv.lock", "package-lock.json", "README.md", "node_modules/a/a.js", "data.csv"]
)
def test_locks_prose_and_installed_packages_are_not_looked_at(path: str) -> None:
    assert not may_mention(path)


def test_a_line_is_counted_from_one() -> None:
    (one,) = mentions("main.ts", b'\n\nimport "npm:zz-a@1.2.3";\n')

    assert one.line == 3
