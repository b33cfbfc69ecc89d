"""Where a request may go: the one check of names and addresses, for the client and for the git program.

Python's `is_global` is not enough: it changes with releases, and lets pass what leads to an IPv4 address
inside an IPv6 one. Source: IANA's special-purpose address registries (RFC 6890) of IPv4 and IPv6;
RFC 4291 (IPv6), 6052 (NAT64), 3056 (6to4), 4380 (Teredo); Azure's documentation of 168.63.129.16.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from crawler.errors import Refused, Retry

__all__ = ["NO_ADDRESS", "Lookup", "Reach", "Route", "authority", "is_public", "system_lookup"]

_PORTS = {"https": 443, "http": 80}
_NEVER_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers; some clouds' metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # Azure's host, behind a public address
            "169.254.0.0/16",  # link-local; most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # multicast tunnels
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, broadcast
        ),
    )
)
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
"""All else is special, or belongs to nobody yet."""
_NEVER_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments; Teredo, ORCHID, benchmarks
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4: an IPv4 address follows
            "2620:4f:8000::/48",  # AS112
            "3ffe::/16",  # the former 6bone
            "3fff::/20",  # documentation
        ),
    )
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Where a network has no IPv4, its resolver answers so for every host that has nothing else."""
_LAST_32 = 0xFFFF_FFFF

NO_ADDRESS = "has no address; check its name, and the network and the resolver of this machine"

Lookup = Callable[[str, int], Iterable[str]]
"""Returns the addresses of a host, in the order to try them in; raises OSError or UnicodeError."""


def system_lookup(host: str, port: int) -> Iterable[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return dict.fromkeys(str(info[4][0]) for info in found)


def is_public(address: str) -> bool:
    """Say whether `address` is that of one host on the internet, which anybody may reach.

    An IPv4 address inside an IPv6 one decides where it is one that the kernel or the network unwraps
    (mapped, NAT64's well-known prefix); all other wrappings are refused, and so is what has a zone.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return not any(parsed in network for network in _NEVER_V4)
    if parsed.scope_id is not None:
        return False
    if parsed in _MAPPED or parsed in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(parsed) & _LAST_32)))
    return parsed in _UNICAST_V6 and not any(parsed in network for network in _NEVER_V6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a request for a URL really goes."""

    url: str
    """The same, or below the base URL that answers for its host."""
    host: str | None = None
    """For the Host header, where that is another than in `url`."""


class Reach:
    """What the operator has set of hosts: who may be private, and who answers for whom."""

    def __init__(
        self,
        trusted_hosts: Iterable[str] = (),
        connect_to: Mapping[str, str] | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        """Trust `host` or `host:port` names; `connect_to` leads a host to a base URL, then trusted too."""
        self._bases = {host.lower(): base.rstrip("/") for host, base in (connect_to or {}).items()}
        self._trusted = frozenset(name.lower() for name in trusted_hosts)
        self._reachable = self._trusted | {authority(urlsplit(b)) for b in self._bases.values()}
        self._lookup = lookup

    def is_trusted(self, parts: SplitResult) -> bool:
        """Say whether the operator allows plain http to the host of a URL."""
        return bool({_host(parts), authority(parts)} & self._trusted)

    def route(self, url: str) -> Route:
        """Return where a request for `url` goes: its path and query below the base of its host."""
        parts = urlsplit(url)
        name = authority(parts)
        base = self._bases.get(name)
        if base is None:
            return Route(url=url)
        query = f"?{parts.query}" if parts.query else ""
        return Route(url=f"{base}{parts.path}{query}", host=name)

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return the addresses to connect to: of the look-up that was checked, so none can differ.

        Raises Retry where there is none, Refused where any of them is not public and `host` is neither
        trusted nor led to.
        """
        host = host.lower()
        named = f"[{host}]" if ":" in host else host
        try:
            found = tuple(self._lookup(host, port))
        except (OSError, UnicodeError) as error:
            raise Retry(f"{host} {NO_ADDRESS}") from error
        if not found:
            raise Retry(f"{host} {NO_ADDRESS}")
        if {host, named, f"{named}:{port}"} & self._reachable:
            return found
        for address in found:
            if not is_public(address):
                raise Refused(
                    f"{host} is at the private address {address}, where no public host is; check the resolver of "
                    "this machine, or, where the host is your own, name it in trusted_hosts of [network]"
                )
        return found


def _host(parts: SplitResult) -> str:
    """Return the host of a URL in lower case, an IPv6 address in brackets."""
    host = (parts.hostname or "").lower()
    return f"[{host}]" if ":" in host else host


def authority(parts: SplitResult) -> str:
    """Return the host as budgets and settings call it: with a port of its own only. Raises ValueError."""
    host, port = _host(parts), parts.port
    return host if port in {None, _PORTS.get(parts.scheme)} else f"{host}:{port}"
