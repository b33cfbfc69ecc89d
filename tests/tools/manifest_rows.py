"""The table of manifests in docs/locks.md, row by row: a project of each, and the tool that installs from it.

In the texts GHOSTURL and TARBALL are the URLs of the ghost of each ecosystem, INDEX and NPM the registries that are
public here, PRIVATE and NPMPRIVATE others with the same packages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from crawler.lockfiles.documents.positions import Wanted
from crawler.lockfiles.python.manifest_tables import TOOLS

__all__ = ["REASONS", "ROWS", "Row", "tables"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One manifest, as one tool takes it."""

    name: str
    covers: tuple[str, ...]
    """Formats, and tables of tools in `pyproject.toml`."""
    files: Mapping[str, str]
    """The first one names the ghost."""
    run: tuple[tuple[str, ...], ...]
    level: str
    """Of what ghostcrawl finds there; empty: the tool takes another release, and nothing is to be found."""
    private: bool = False
    """Whether the tool asks another registry than the public one."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables; an empty one is removed."""


_UV_LOCK, _PDM, _POETRY = (
    (("uv", "lock"),),
    (("pdm", "lock"),),
    (("poetry", "lock", "--no-interaction"),),
)
_URL, _EXACT, _BARE = '"zz-ghost-lib @ GHOSTURL"', '"zz-ghost-lib==1.0.0"', '"zz-ghost-lib"'
_CONFIGURED = {"UV_NO_CONFIG": ""}
_BACKEND = """\
import pathlib, zipfile
INFO = "zz_ghost_app-0.1.0.dist-info"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "zz_ghost_app-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as made:
        made.writestr(INFO + "/METADATA", "Metadata-Version: 2.1\\nName: zz-ghost-app\\nVersion: 0.1.0\\n")
        made.writestr(INFO + "/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        made.writestr(INFO + "/RECORD", "".join(INFO + f"/{one},,\\n" for one in ("METADATA", "WHEEL", "RECORD")))
    return name
build_editable = build_wheel
"""
_SETUP_PY = "from setuptools import setup\nsetup()\n"


def _project(dependencies: str = "", more: str = "", requires: str | None = None) -> str:
    """Return a pyproject.toml; with `requires` it is built by a backend of its own."""
    built = (
        ""
        if requires is None
        else f'[build-system]\nrequires = [{requires}]\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    return (
        f'{built}[project]\nname = "zz-ghost-app"\nversion = "0.1.0"\nrequires-python = ">=3.11,<4"\n'
        f"dependencies = [{dependencies}]\n{more}\n"
    )


def _uv(
    name: str, covers: str, text: str, level: str, *, private: bool = False, built: bool = False
) -> Row:
    return Row(
        name=f"uv-{name}",
        covers=("pyproject", *([f"uv.{covers}"] if covers else [])),
        files={"pyproject.toml": text, **({"backend.py": _BACKEND} if built else {})},
        run=(("uv", "sync", "--all-extras", "--all-groups"),) if built else _UV_LOCK,
        level=level,
        private=private,
        settings=_CONFIGURED,
    )


_OF_UV = (
    _uv("url", "", _project(_URL), "confirmed"),
    _uv("exact", "", _project(_EXACT), "likely"),
    _uv(
        "extra", "", _project("", f"[project.optional-dependencies]\nmore = [{_URL}]"), "confirmed"
    ),
    _uv("group", "", _project("", f"[dependency-groups]\ndev = [{_EXACT}]"), "likely"),
    _uv("build-system", "", _project(requires=_URL), "confirmed", built=True),
    _uv(
        "dev",
        "dev-dependencies",
        _project("", f"[tool.uv]\ndev-dependencies = [{_EXACT}]"),
        "likely",
    ),
    _uv(
        "source-url",
        "sources.*",
        _project(_BARE, '[tool.uv.sources]\nzz-ghost-lib = { url = "GHOSTURL" }'),
        "confirmed",
    ),
    _uv(
        "source-index",
        "sources.*",
        _project(
            _EXACT,
            '[tool.uv.sources]\nzz-ghost-lib = { index = "own" }\n'
            '[[tool.uv.index]]\nname = "own"\nurl = "PRIVATE"\nexplicit = true',
        ),
        "possible",
        private=True,
    ),
    _uv(
        "override",
        "override-dependencies",
        _project('"zz-ghost-lib==1.1.0"', f"[tool.uv]\noverride-dependencies = [{_EXACT}]"),
        "likely",
    ),
    _uv(
        "overridden",
        "override-dependencies",
        _project(_EXACT, '[tool.uv]\noverride-dependencies = ["zz-ghost-lib==1.1.0"]'),
        "",
    ),
    _uv(
        "constraint",
        "constraint-dependencies",
        _project(_BARE, f"[tool.uv]\nconstraint-dependencies = [{_EXACT}]"),
        "likely",
    ),
    _uv(
        "build-constraint",
        "build-constraint-dependencies",
        _project("", f"[tool.uv]\nbuild-constraint-dependencies = [{_EXACT}]", requires=_BARE),
        "likely",
        built=True,
    ),
    _uv(
        "extra-build",
        "extra-build-dependencies.*",
        _project("", f"[tool.uv.extra-build-dependencies]\nzz-ghost-app = [{_URL}]", requires=""),
        "confirmed",
        built=True,
    ),
    _uv(
        "find-links",
        "find-links",
        _project(_BARE, '[tool.uv]\nfind-links = ["GHOSTURL"]'),
        "",
    ),
    Row(
        name="uv-pip-find-links",
        covers=("pyproject", "uv.pip.find-links"),
        files={
            "pyproject.toml": _project("", '[tool.uv.pip]\nfind-links = ["GHOSTURL"]'),
            "wanted.in": "zz-ghost-lib\n",
        },
        run=(("uv", "pip", "compile", "wanted.in"),),
        level="",
        settings=_CONFIGURED,
    ),
    Row(
        name="uv-pip-extra-build",
        covers=("pyproject", "uv.pip.extra-build-dependencies.*"),
        files={
            "pyproject.toml": _project(
                "", f"[tool.uv.pip.extra-build-dependencies]\nzz-ghost-app = [{_URL}]", requires=""
            ),
            "backend.py": _BACKEND,
        },
        run=(("uv", "pip", "install", "--target=site", "."),),
        level="confirmed",
        settings=_CONFIGURED,
    ),
    Row(
        name="uv-toml",
        covers=("uv-toml",),
        files={
            "requirements.txt": "zz-ghost-lib==1.0.0\n",
            "uv.toml": '[[index]]\nurl = "PRIVATE"\ndefault = true\n',
        },
        run=(("uv", "pip", "install", "--target=site", "--requirements=requirements.txt"),),
        level="possible",
        private=True,
        settings={**_CONFIGURED, "UV_DEFAULT_INDEX": ""},
    ),
    Row(
        name="requirements-in-url",
        covers=("requirements-input",),
        files={"requirements.in": "zz-ghost-lib @ GHOSTURL\n"},
        run=(("uv", "pip", "compile", "requirements.in"),),
        level="confirmed",
    ),
    Row(
        name="requirements-in-exact",
        covers=("requirements-input",),
        files={"requirements.in": "zz-ghost-lib==1.0.0\n"},
        run=(("pip-compile", "requirements.in"),),
        level="likely",
    ),
)
_SETUPTOOLS = (
    (
        "uv",
        "pip",
        "compile",
        "--no-build-isolation",
        "--python=SETUPTOOLS",
        "--all-extras",
        "setup.py",
    ),
)


def _setuptools(name: str, covers: str, files: Mapping[str, str], level: str) -> Row:
    return Row(name=name, covers=(covers,), files=files, run=_SETUPTOOLS, level=level)


_CFG = "[metadata]\nname = zz-ghost-app\nversion = 0.1.0\n"
_OF_SETUPTOOLS = (
    _setuptools(
        "setup-cfg-url",
        "setup-cfg",
        {
            "setup.cfg": f"{_CFG}[options]\ninstall_requires =\n    zz-ghost-lib @ GHOSTURL\n",
            "setup.py": _SETUP_PY,
        },
        "confirmed",
    ),
    _setuptools(
        "setup-cfg-extra",
        "setup-cfg",
        {
            "setup.cfg": f"{_CFG}[options.extras_require]\nmore = zz-ghost-lib==1.0.0\n",
            "setup.py": _SETUP_PY,
        },
        "likely",
    ),
    *(
        Row(
            name=f"setup-cfg-{name}",
            covers=("setup-cfg",),
            files={
                "setup.cfg": f"{_CFG}[options]\npy_modules =\ninstall_requires = zz-ghost-lib\n{key} = GHOSTURL\n",
                "setup.py": _SETUP_PY,
            },
            run=(("OLDSETUPTOOLS", "setup.py", "develop", "--install-dir=."),),
            level="confirmed",
            settings={"PYTHONPATH": ".", "PYTHONWARNINGS": "ignore"},
        )
        for name, key in (
            ("dependency-links", "dependency_links"),
            ("find-links", "[easy_install]\nfind_links"),
        )
    ),
    _setuptools(
        "setup-py-url",
        "setup-py",
        {
            "setup.py": 'from setuptools import setup\nsetup(name="zz-ghost-app", install_requires=["zz-ghost-lib @ GHOSTURL"])\n'
        },
        "confirmed",
    ),
    _setuptools(
        "setup-py-exact",
        "setup-py",
        {
            "setup.py": 'from setuptools import setup\nsetup(name="zz-ghost-app", extras_require={"a": "zz-ghost-lib==1.0.0"})\n'
        },
        "likely",
    ),
    Row(
        name="setuptools-dynamic",
        covers=(
            "pyproject",
            "setuptools.dynamic.dependencies.file",
            "setuptools.dynamic.optional-dependencies.*.file",
        ),
        files={
            "deps.txt": "zz-ghost-lib==1.0.0\n",
            "pyproject.toml": '[project]\nname = "zz-ghost-app"\nversion = "0.1.0"\ndynamic = ["dependencies", '
            '"optional-dependencies"]\n[tool.setuptools]\npy-modules = []\n[tool.setuptools.dynamic]\n'
            'dependencies = { file = ["deps.txt"] }\noptional-dependencies.all = { file = ["deps.txt"] }\n',
        },
        run=(
            (
                "uv",
                "pip",
                "compile",
                "--no-build-isolation",
                "--python=SETUPTOOLS",
                "--all-extras",
                "pyproject.toml",
            ),
        ),
        level="likely",
    ),
    Row(
        name="pip-conf",
        covers=("pip-conf",),
        files={
            "requirements.txt": "zz-ghost-lib==1.0.0\n",
            "pip.conf": "[global]\nindex-url = PRIVATE\ntrusted-host = private.example files.index.example\n",
        },
        run=(("pip", "install", "--target=site", "--requirement=requirements.txt"),),
        level="possible",
        private=True,
        settings={"PIP_CONFIG_FILE": "pip.conf", "PIP_INDEX_URL": "", "PIP_TRUSTED_HOST": ""},
    ),
)
_SOURCE = '[[tool.poetry.source]]\nname = "{}"\nurl = "{}"\npriority = "{}"\n'
_LOOPBACK = _SOURCE.format("loopback", "INDEX", "primary")


def _poetry(name: str, covers: str, table: str, level: str, *, private: bool = False) -> Row:
    return Row(
        name=f"poetry-{name}",
        covers=("pyproject", f"poetry.{covers}"),
        files={"pyproject.toml": f"[tool.poetry]\npackage-mode = false\n{table}\n{_LOOPBACK}"},
        run=_POETRY,
        level=level,
        private=private,
    )


_PYTHON = 'python = ">=3.11,<4"\n'
_OF_POETRY = (
    _poetry(
        "url",
        "dependencies.*",
        f'[tool.poetry.dependencies]\n{_PYTHON}zz-ghost-lib = {{ url = "GHOSTURL" }}',
        "confirmed",
    ),
    _poetry(
        "bare",
        "dependencies.*",
        f'[tool.poetry.dependencies]\n{_PYTHON}zz-ghost-lib = "1.0.0"',
        "likely",
    ),
    _poetry(
        "dev",
        "dev-dependencies.*",
        f'[tool.poetry.dependencies]\n{_PYTHON}[tool.poetry.dev-dependencies]\nzz-ghost-lib = "==1.0.0"',
        "likely",
    ),
    _poetry(
        "group",
        "group.*.dependencies.*",
        f"[tool.poetry.dependencies]\n{_PYTHON}[tool.poetry.group.docs.dependencies]\n"
        'zz-ghost-lib = [{ version = "1.0.0" }]',
        "likely",
    ),
    _poetry(
        "source",
        "dependencies.*",
        f'[tool.poetry.dependencies]\n{_PYTHON}zz-ghost-lib = {{ version = "1.0.0", source = "own" }}\n'
        + _SOURCE.format("own", "PRIVATE", "explicit"),
        "possible",
        private=True,
    ),
)


def _pdm(name: str, covers: str, text: str, level: str, *, private: bool = False) -> Row:
    index = "PRIVATE" if private else "INDEX"
    return Row(
        name=f"pdm-{name}",
        covers=("pyproject", *([f"pdm.{covers}"] if covers else [])),
        files={
            "pyproject.toml": f'{text}\n[[tool.pdm.source]]\nname = "pypi"\nurl = "{index}"\nverify_ssl = false\n'
        },
        run=_PDM,
        level=level,
        private=private,
    )


_OF_PDM = (
    _pdm(
        "dev",
        "dev-dependencies.*",
        _project("", f"[tool.pdm.dev-dependencies]\ntest = [{_URL}]"),
        "confirmed",
    ),
    _pdm(
        "override",
        "resolution.overrides.*",
        _project(_BARE, '[tool.pdm.resolution.overrides]\nzz-ghost-lib = "1.0.0"'),
        "likely",
    ),
    _pdm(
        "override-url",
        "resolution.overrides.*",
        _project(_BARE, '[tool.pdm.resolution.overrides]\nzz-ghost-lib = "GHOSTURL"'),
        "confirmed",
    ),
    _pdm(
        "overridden",
        "resolution.overrides.*",
        _project(_EXACT, '[tool.pdm.resolution.overrides]\nzz-ghost-lib = "1.1.0"'),
        "",
    ),
    _pdm("source", "", _project(_EXACT), "possible", private=True),
    _pdm(
        "find-links",
        "source",
        _project(
            _BARE,
            '[[tool.pdm.source]]\nname = "links"\ntype = "find_links"\nurl = "GHOSTURL"\nverify_ssl = false',
        ),
        "",
    ),
)
_PIPENV_SOURCE = '[[source]]\nname = "{}"\nurl = "{}"\nverify_ssl = false\n\n'


def _pipenv(name: str, stated: str, level: str, *, private: bool = False) -> Row:
    sources = _PIPENV_SOURCE.format("loopback", "INDEX") + _PIPENV_SOURCE.format("own", "PRIVATE")
    return Row(
        name=f"pipenv-{name}",
        covers=("pipfile-manifest",),
        files={"Pipfile": sources + stated},
        run=(("pipenv", "lock"),),
        level=level,
        private=private,
        settings={
            "PIP_INDEX_URL": "",
            "PIP_TRUSTED_HOST": "index.example files.index.example private.example",
        },
    )


_OF_PIPENV = (
    _pipenv("exact", '[packages]\nzz-ghost-lib = "==1.0.0"\n', "likely"),
    _pipenv("file", '[packages]\n[docs]\nzz-ghost-lib = {file = "GHOSTURL"}\n', "confirmed"),
    _pipenv(
        "index",
        '[dev-packages]\nzz-ghost-lib = {version = "==1.0.0", index = "own"}\n',
        "possible",
        private=True,
    ),
)
_HOOK = """\
repos:
- repo: local
  hooks:
  - id: hook
    name: hook
    entry: hook
    language: {}
    additional_dependencies: ["{}"]
"""


def _pre_commit(name: str, language: str, stated: str, level: str) -> Row:
    return Row(
        name=f"pre-commit-{name}",
        covers=("pre-commit",),
        files={".pre-commit-config.yaml": _HOOK.format(language, stated)},
        run=(("git", "init", "--quiet"), ("pre-commit", "install-hooks")),
        level=level,
        settings={"PIP_NO_BUILD_ISOLATION": "false"},
    )


_OF_PRE_COMMIT = (
    _pre_commit("python-url", "python", "zz-ghost-lib @ GHOSTURL", "confirmed"),
    _pre_commit("python-exact", "python", "zz-ghost-lib==1.0.0", "likely"),
    _pre_commit("node-exact", "node", "zz-ghost-lib@1.0.0", "likely"),
    _pre_commit("node-url", "node", "zz-ghost-lib@TARBALL", "likely"),
)
_NPM = (("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"),)
_PNPM = (("pnpm9", "install", "--ignore-scripts"),)
_PNPM12 = (("pnpm12", "install", "--ignore-scripts"),)
_YARN1 = (("yarn1", "install", "--ignore-scripts", "--non-interactive"),)
_BERRY = (("berry", "install", "--mode=skip-build"),)
_BUN = (("bun", "install", "--ignore-scripts"),)
_BERRY_RC = 'npmRegistryServer: "{}"\nunsafeHttpWhitelist: ["127.0.0.1", "localhost"]\nenableTelemetry: false\nnodeLinker: node-modules\n'


def _node(
    name: str,
    run: tuple[tuple[str, ...], ...],
    stated: str,
    level: str = "likely",
    *,
    private: bool = False,
    covers: str = "package-json",
    more: Mapping[str, str] = MappingProxyType({}),
) -> Row:
    """Return a row whose package.json has the members `stated`."""
    tool = run[0][0]
    settings = {"YARN_CACHE_FOLDER": "home/cache"} if tool == "yarn1" else {}
    if private:
        settings |= dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost")
    files = {
        "package.json": f'{{"name": "zz-ghost-app", "version": "0.1.0", "private": true, {stated}}}\n'
    }
    if tool == "berry":
        files[".yarnrc.yml"] = _BERRY_RC.format("NPM")
    return Row(
        name=f"{tool}-{name}",
        covers=(covers,),
        files={**more, **files} if covers == "pnpm-workspace" else {**files, **more},
        run=run,
        level=level,
        private=private,
        settings=settings,
    )


_ASKED = '"dependencies": {"zz-ghost-lib": "1.0.0"}'
_ANY = '"dependencies": {"zz-ghost-lib": "*"}'
_OF_NODE = (
    _node("exact", _NPM, _ASKED),
    _node("tarball", _NPM, '"dependencies": {"zz-ghost-lib": "TARBALL"}'),
    _node("alias", _NPM, '"devDependencies": {"near": "npm:zz-ghost-lib@1.0.0"}'),
    _node("optional", _NPM, '"optionalDependencies": {"zz-ghost-lib": "=1.0.0"}'),
    _node("peer", _NPM, '"peerDependencies": {"zz-ghost-lib": "1.0.0"}'),
    _node(
        "optional-peer",
        _NPM,
        '"peerDependencies": {"zz-ghost-lib": "1.0.0"}, "peerDependenciesMeta": {"zz-ghost-lib": {"optional": true}}',
        "",
    ),
    _node(
        "override",
        _NPM,
        '"dependencies": {"@zz-ghost/other": "2.0.0"}, "overrides": {"zz-ghost-deep": "npm:zz-ghost-lib@1.0.0"}',
    ),
    _node(
        "npmrc",
        _NPM,
        _ASKED,
        "possible",
        private=True,
        covers="npmrc",
        more={".npmrc": "registry=NPMPRIVATE/\n"},
    ),
    _node("override", _PNPM, f'{_ANY}, "pnpm": {{"overrides": {{"zz-ghost-lib": "1.0.0"}}}}'),
    _node(
        "overridden", _PNPM, f'{_ASKED}, "pnpm": {{"overrides": {{"zz-ghost-lib": "1.1.0"}}}}', ""
    ),
    _node(
        "catalog",
        _PNPM12,
        '"dependencies": {"zz-ghost-lib": "catalog:"}',
        covers="pnpm-workspace",
        more={"pnpm-workspace.yaml": 'packages: ["."]\ncatalog:\n  zz-ghost-lib: 1.0.0\n'},
    ),
    Row(
        name="pnpm12-yaml",
        covers=("package-yaml",),
        files={
            "package.yaml": "name: zz-ghost-app\nversion: 0.1.0\ndependencies:\n  zz-ghost-lib: 1.0.0\n"
        },
        run=_PNPM12,
        level="likely",
    ),
    _node(
        "workspace-override",
        _PNPM12,
        _ANY,
        covers="pnpm-workspace",
        more={"pnpm-workspace.yaml": 'packages: ["."]\noverrides:\n  zz-ghost-lib: TARBALL\n'},
    ),
    _node(
        "resolution",
        _YARN1,
        '"dependencies": {"zz-ghost-user": "1.0.0"}, "resolutions": {"zz-ghost-lib": "1.0.0"}',
    ),
    _node(
        "yarnrc",
        _YARN1,
        _ASKED,
        "possible",
        private=True,
        covers="yarnrc",
        more={".yarnrc": 'registry "NPMPRIVATE"\n'},
    ),
    _node("resolution", _BERRY, f'{_ANY}, "resolutions": {{"zz-ghost-lib": "npm:1.0.0"}}'),
    _node(
        "yarnrc",
        _BERRY,
        _ASKED,
        "possible",
        private=True,
        covers="yarnrc-yml",
        more={".yarnrc.yml": _BERRY_RC.format("NPMPRIVATE")},
    ),
    _node("override", _BUN, f'{_ANY}, "overrides": {{"zz-ghost-lib": "1.0.0"}}'),
    _node(
        "catalog",
        _BUN,
        '"dependencies": {"zz-ghost-lib": "catalog:"}, "workspaces": {"packages": [], "catalog": {"zz-ghost-lib": "1.0.0"}}',
    ),
    _node(
        "optional-instead",
        _BUN,
        f'{_ASKED}, "optionalDependencies": {{"zz-ghost-lib": "1.1.0"}}',
        "",
    ),
    _node(
        "peer-beside",
        _BUN,
        '"dependencies": {"zz-ghost-lib": "1.1.0"}, "peerDependencies": {"zz-ghost-lib": "1.0.0"}',
        "",
    ),
    _node(
        "bunfig",
        _BUN,
        _ASKED,
        "possible",
        private=True,
        covers="bunfig",
        more={"bunfig.toml": '[install]\nregistry = "NPMPRIVATE/"\n'},
    ),
)
ROWS = (
    *_OF_UV,
    *_OF_SETUPTOOLS,
    *_OF_POETRY,
    *_OF_PDM,
    *_OF_PIPENV,
    *_OF_PRE_COMMIT,
    *_OF_NODE,
)
_NO_HATCH = "hatch is not one of the tools that .ci/tools installs"
_NO_TOX = "tox is not one of the tools that .ci/tools installs"
_NO_PIXI = "pixi comes from no registry of Python or npm"
REASONS = {
    "conda-environment": "conda comes from no registry of Python or npm",
    "hatch-manifest": _NO_HATCH,
    "pixi-manifest": _NO_PIXI,
    "poetry.requires-plugins.*": "poetry takes it, and then wants all of its own dependencies from the index",
    "rye.dev-dependencies": "rye is no longer made, and comes from no registry of Python or npm",
    "flit.metadata.requires": "flit is not one of the tools that .ci/tools installs",
    "flit.metadata.requires-extra.*": "flit is not one of the tools that .ci/tools installs",
    "flit.metadata.dev-requires": "flit is not one of the tools that .ci/tools installs",
    "hatch.": _NO_HATCH,
    "pixi.": _NO_PIXI,
    "briefcase.": "briefcase installs into templates that it fetches from elsewhere",
    "cibuildwheel.": "cibuildwheel builds in containers and with interpreters that it fetches from elsewhere",
    "scikit-build.build.requires": "scikit-build-core is not one of the tools that .ci/tools installs",
    "tox.": _NO_TOX,
    "tox-manifest": _NO_TOX,
    "noxfile": "nox is not one of the tools that .ci/tools installs",
    "readthedocs": "builds run on the machines of Read the Docs, and the file pins nothing itself",
    "deno-json": "deno is not one of the tools that .ci/tools installs",
    "poetry.build-constraints.*.*": "it counts only where poetry builds what it installs",
    "uv.dependency-metadata.requires-dist": "it speaks of what another package requires",
}
"""Why a format or a table has no row; with a dot at its end, all tables of a tool."""


def tables(wanted: Wanted = TOOLS, around: str = "") -> Iterator[str]:
    """Yield the tables of tools in `pyproject.toml` that are read: `uv.sources.*`."""
    for key, inner in wanted.items():
        if not inner or inner.keys() <= {"", "[]"}:
            yield f"{around}{key}"
        else:
            yield from tables(inner, f"{around}{key}.")
