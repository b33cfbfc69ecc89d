"""Markers that hold for no Python on any platform, and those of which that cannot be said."""

from __future__ import annotations

import pytest

from crawler.lockfiles.python.markers import holds_nowhere


@pytest.mark.parametrize(
    "marker",
    [
        'sys_platform == "never"',
        'sys_platform == "win64"',
        'platform_system == "windows"',
        'python_version < "3" and python_version > "3"',
        'python_version < "3" and python_version >= "3.0"',
        'python_version < "2"',
        'python_version >= "40"',
        'python_full_version > "3.8.5" and python_full_version < "3.8.6"',
        'sys_platform == "win32" and os_name == "posix"',
        'platform_machine == "arm64" and platform_machine == "x86_64"',
        'extra == "a" and (os_name == "never" or python_version < "2")',
        '"never" in sys_platform',
    ],
)
def test_a_marker_that_contradicts_itself_or_all_platforms_holds_nowhere(marker: str) -> None:
    assert holds_nowhere(marker)


@pytest.mark.parametrize(
    "marker",
    [
        'python_version < "3"',
        'python_version >= "3.14" and python_version < "3.15"',
        'python_full_version == "3.8.5"',
        'python_version in "2.7 3.4"',
        'python_version == "2.6"',
        'python_version == "3.*"',
        'sys_platform == "win32" or os_name == "never"',
        'sys_platform == "freebsd13"',
        'sys_platform != "never"',
        '"linux" in sys_platform',
        'platform_machine == "never"',
        'implementation_name == "cpython" and platform_python_implementation == "PyPy"',
        'extra == "x"',
        "no marker",
        "",
        'os_name == "never"' + " " * 1_000,
        " and ".join(f"extra == '{n}' or platform_machine == '{n}'" for n in range(20)),
    ],
)
def test_a_marker_that_may_hold_somewhere_or_is_not_understood_holds(marker: str) -> None:
    assert not holds_nowhere(marker)
