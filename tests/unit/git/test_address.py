"""Names that lead into private networks."""

from __future__ import annotations

import pytest

from crawler.errors import Refused
from crawler.git.address import pinned_address
from crawler.git.urls import RepositoryUrl

LOOPBACK = RepositoryUrl(scheme="https", host="127.0.0.1", port=8443, path="/r.git")


def test_a_private_address_is_refused() -> None:
    with pytest.raises(Refused):
        pinned_address(LOOPBACK)


def test_a_private_address_of_a_trusted_host_is_used() -> None:
    assert pinned_address(LOOPBACK, ["127.0.0.1:8443"]) == "127.0.0.1"
