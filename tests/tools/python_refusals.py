"""The Python tools of the tables in docs/locks.md, and what each condition does to their locks."""

from __future__ import annotations

from collections.abc import Mapping

from tests.tools.refusals import Damage, Tool, conflict, in_list, put, swap

__all__ = ["PYTHON_TOOLS"]


def _bad_comment(text: str) -> bytes:
    return text.encode() + b"# \xff\xfe\n"


_MODULE = "**/zz_ghost_lib/__init__.py"
_OF_TOML: Mapping[str, Damage] = {
    "invalid UTF-8": _bad_comment,
    "key twice": swap(r'^name = "zz-ghost-lib"\n', r"\g<0>\g<0>"),
    "unknown key": swap(r'^name = "zz-ghost-lib"\n', r"\g<0>unknown = 1\n"),
    "no name, version or source": swap(r'^name = "zz-ghost-lib"\n', ""),
    "odd hash": swap(r'(sha256:|sha256 = ")[0-9a-f]{8}', r"\1zzzzzzzz"),
}
_OF_PYLOCK: Mapping[str, Damage] = {
    **_OF_TOML,
    "conflict": conflict("created-by"),
    "higher version": swap(r'^lock-version = "1.0"', 'lock-version = "2.0"'),
    "higher revision": swap(r'^lock-version = "1.0"', 'lock-version = "1.99"'),
    "no version": swap(r'^lock-version = "1.0"\n', ""),
    "other top level": swap(
        r"^\[\[packages\]\].*", '[packages]\nname = "zz-ghost-lib"\nversion = "1.0.0"\n'
    ),
}
PYTHON_TOOLS = (
    Tool(
        title="uv 0.13.9",
        path="uv.lock",
        locked={"uv": "uv.lock"},
        installed=_MODULE,
        install=("uv", "sync", "--frozen"),
        damages={
            **_OF_TOML,
            "conflict": conflict("revision"),
            "higher version": swap(r"^version = 1\n", "version = 2\n"),
            "higher revision": swap(r"^revision = \d+\n", "revision = 99\n"),
            "no version": swap(r"^version = 1\n", ""),
            "other top level": swap(r"^\[\[package\]\].*", '[package]\nname = "zz-ghost-lib"\n'),
        },
    ),
    Tool(
        title="pylock: uv 0.13.9",
        path="pylock.toml",
        locked={"uv-pylock": "pylock.uv.toml"},
        installed=_MODULE,
        install=("uv", "pip", "install", "--target=site", "--requirements=pylock.toml"),
        damages=_OF_PYLOCK,
    ),
    Tool(
        title="pylock: pip 26.3",
        path="pylock.toml",
        locked={"pip-pylock": "pylock.pip.toml"},
        installed=_MODULE,
        install=("pip", "install", "--target=site", "--requirement=pylock.toml"),
        damages=_OF_PYLOCK,
    ),
    Tool(
        title="pylock: pdm 2.28.2",
        path="pylock.toml",
        locked={"pdm-pylock": "pylock.pdm.toml"},
        installed=_MODULE,
        install=("pdm", "sync", "--no-self"),
        damages=_OF_PYLOCK,
    ),
    Tool(
        title="poetry 2.5.1",
        path="poetry.lock",
        locked={"poetry": "poetry.lock"},
        installed=_MODULE,
        install=("poetry", "install", "--no-interaction"),
        damages={
            **_OF_TOML,
            "conflict": conflict("lock-version"),
            "higher version": swap(r'^lock-version = "2.1"', 'lock-version = "3.0"'),
            "higher revision": swap(r'^lock-version = "2.1"', 'lock-version = "2.99"'),
            "no version": swap(r'^lock-version = "2.1"\n', ""),
            "other top level": swap(r"^\[metadata\].*", ""),
        },
    ),
    Tool(
        title="pdm 2.28.2",
        path="pdm.lock",
        locked={"pdm-static-urls": "pdm.lock"},
        installed=_MODULE,
        install=("pdm", "sync", "--no-self"),
        damages={
            **_OF_TOML,
            "conflict": conflict("lock_version"),
            "higher version": swap(r'^lock_version = "4', 'lock_version = "9'),
            "higher revision": swap(r'^lock_version = "4.5', 'lock_version = "4.99'),
            "no version": swap(r"^lock_version = [^\n]*\n", ""),
            "other top level": swap(r"^\[metadata\].*?(?=^\[\[package)", ""),
        },
    ),
    Tool(
        title="pipenv 2026.10.3",
        path="Pipfile.lock",
        locked={"pipenv": "Pipfile.lock"},
        install=("pipenv", "sync"),
        loosened={"Pipfile": swap('"==1.0.0"', '"*"')},
        installed="**/zz_ghost_lib-1.0.0.dist-info",
        damages={
            "invalid UTF-8": put(b'        "unknown": "\xff\xfe",\n', behind=r'^    "_meta": \{\n'),
            "key twice": swap(r'^ *"index": [^\n]*\n', r"\g<0>\g<0>"),
            "unknown key": swap(r'^ *"index": [^\n]*\n', r'\g<0>"unknown": 1,\n'),
            "no name, version or source": swap(r',\s*"version": "==1.0.0"', ""),
            "odd hash": swap('"sha256:[0-9a-f]{8}', '"sha256:zzzzzzzz'),
            "conflict": conflict('        "pipfile-spec"'),
            "higher version": swap('"pipfile-spec": 6', '"pipfile-spec": 99'),
            "no version": swap(r'^ *"pipfile-spec": 6,\n', ""),
            "other top level": in_list,
        },
    ),
    *(
        Tool(
            title=f"requirements: {name}",
            path="requirements.txt",
            locked={"pip-compile": "requirements.txt"},
            installed=_MODULE,
            install=install,
            damages={
                "invalid UTF-8": _bad_comment,
                "no name, version or source": swap("^zz-ghost-lib==", "=="),
                "odd hash": swap("sha256:[0-9a-f]{8}", "sha256:zzzzzzzz"),
                "conflict": conflict("--index-url"),
            },
        )
        for name, install in (
            ("pip 26.3", ("pip", "install", "--target=site", "--requirement=requirements.txt")),
            (
                "uv 0.13.9",
                ("uv", "pip", "install", "--target=site", "--requirements=requirements.txt"),
            ),
        )
    ),
)
