"""The two lists of all projects of a Python index, read name by name: they have 600,000 and more.

Sources: warehouse, docs/user/api/xml-rpc (`list_packages_with_serial`, a struct of name -> serial), and
PEP 691 ("Project List", JSON). Neither is ever held whole: XML goes through expat as it arrives (strict
UTF-8, no declarations, bounded depth), JSON through a window.
"""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from itertools import chain

from crawler.errors import FeedError, GiveUp, Malformed
from crawler.net import Answer, Http, HttpLimits
from feeds.guards import expect_ok, refuse_html
from feeds.pypi.json_names import names_in_json
from feeds.pypi.xml_names import names_in_xml

__all__ = ["PackageLists"]

_LIMITS = HttpLimits(total_seconds=600.0, max_bytes=200 * 1024 * 1024)
_JSON = "application/vnd.pypi.simple.v1+json"
_CALL = "list_packages_with_serial"


class PackageLists:
    """Asks for both lists; one request each."""

    def __init__(self, http: Http, journal_url: str, index_url: str, feed: str) -> None:
        """Ask the XML-RPC endpoint and the Simple API; errors speak in the name of `feed`."""
        self._http, self._feed = http, feed
        self._journal_url, self._index_url = journal_url, index_url

    def of_journal(self) -> Iterator[str]:
        """Yield the names of all projects, also quarantined ones, as they are spelled.

        Raises FeedError for an answer that is no such list, Defer and Retry for the host's own limits.
        """
        body = xmlrpc.client.dumps((), _CALL).encode()
        headers = {"content-type": "text/xml", "accept": "text/xml"}
        with self._chunks("POST", self._journal_url, headers, body) as chunks:
            yield from names_in_xml(chunks, self._feed)

    def of_index(self) -> Iterator[str]:
        """Yield the names of all projects that the index lists, as they are spelled. Raises as above."""
        with self._chunks("GET", self._index_url, {"accept": _JSON}, None) as chunks:
            yield from names_in_json(chunks, self._index_url)

    @contextmanager
    def _chunks(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Iterator[Iterator[bytes]]:
        try:
            with self._http.stream(
                method, url, headers=headers, content=content, limits=_LIMITS
            ) as (status, got, chunks):
                expect_ok(self._feed, Answer(url=url, status=status, headers=got, body=b""))
                self._refuse_unasked(status, url)
                first = next(chunks, b"")
                refuse_html(self._feed, url, first)
                yield chain((first,), chunks)
        except GiveUp as error:
            msg = f"{self._feed}: {error}; nothing was changed"
            raise FeedError(msg) from error

    def _refuse_unasked(self, status: int, url: str) -> None:
        if status != HTTPStatus.OK:
            msg = f"{url} answered {status} instead of a list"
            raise Malformed(msg)
