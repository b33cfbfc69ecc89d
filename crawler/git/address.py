"""Looking up a host before the git program may, so that no name leads it into a private network."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Collection

from crawler.errors import Refused, Retry
from crawler.git.urls import RepositoryUrl

__all__ = ["pinned_address"]


def pinned_address(url: RepositoryUrl, trusted_hosts: Collection[str] = ()) -> str:
    """Return the address that git is told to use; `Http` checks this by itself, git does not.

    Raises Retry where the name cannot be looked up, Refused where it has a private address and is
    not trusted: a name that changes between two look-ups finds nothing to change.
    """
    try:
        answers = socket.getaddrinfo(url.host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Retry(f"{url.host} cannot be looked up: {error}") from error
    addresses = [str(answer[4][0]).split("%")[0] for answer in answers]
    if {url.host, url.authority} & {name.lower() for name in trusted_hosts}:
        return addresses[0]
    if not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise Refused(f"{url.host} is at a private address; configure it as trusted to allow that")
    return addresses[0]
