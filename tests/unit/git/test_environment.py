"""The environment of git children: nothing inherited, nothing allowed that is not named."""

from __future__ import annotations

from pathlib import Path

from crawler.git.environment import LOCAL_SETTINGS, git_environment


def test_every_setting_is_passed_by_number() -> None:
    environment = git_environment(Path("/job/r.git"), Path("/job"), {"gc.auto": "0", "a.b": "c"})

    assert environment["GIT_CONFIG_COUNT"] == "2"
    assert environment["GIT_CONFIG_KEY_1"] == "a.b"
    assert environment["GIT_CONFIG_VALUE_1"] == "c"


def test_without_protocols_none_is_allowed() -> None:
    environment = git_environment(Path("/job/r.git"), Path("/job"), LOCAL_SETTINGS)

    assert environment["GIT_ALLOW_PROTOCOL"] == "none"
    assert LOCAL_SETTINGS["protocol.allow"] == "never"
