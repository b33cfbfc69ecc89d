"""Which git programs can be held to the address that was checked."""

from __future__ import annotations

import pytest

from crawler.errors import Unsupported
from crawler.git.version import installed_git, require_pinning


@pytest.mark.parametrize(
    "version", ["git version 2.37.0", "git version 2.39.5", "git version 3.0.0-rc1", "git version 2.100.1 (Apple Git-9)"]
)  # fmt: skip
def test_a_git_that_keeps_to_an_address_may_be_used(version: str) -> None:
    require_pinning(version)


@pytest.mark.parametrize("version", ["git version 2.36.6", "git version 1.99.0", "hello", ""])
def test_an_older_one_is_refused_with_what_to_do(version: str) -> None:
    with pytest.raises(Unsupported, match=r"install git 2.37 or newer"):
        require_pinning(version)


def test_the_program_on_this_machine_is_found() -> None:
    assert installed_git().startswith("git version ")
