"""The change journal on the wire: XML-RPC over our own HTTP client.

Only the stdlib's (un)marshalling is used. XML is defused before it is parsed: strict UTF-8, no markup
declaration at all (no DTD, no entities), a cap on bytes. Source of the calls and of the row shape:
warehouse, docs/user/api/xml-rpc.
"""

from __future__ import annotations

import re
import xmlrpc.client
from dataclasses import dataclass
from xml.parsers.expat import ExpatError

from crawler.errors import Defer, FeedError, Malformed
from crawler.net import Http, HttpLimits
from feeds.guards import expect_ok, permanent_errors, refuse_html

__all__ = ["JournalClient", "JournalRow", "journal_row", "refusal"]

_LIMITS = HttpLimits(total_seconds=300.0, max_bytes=128 * 1024 * 1024)
_RESET = re.compile(r"reset in (\d{1,6}) second", re.IGNORECASE)
_UNTOLD_WAIT = 600.0
_PARTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """One row of the journal, as it stands there."""

    name: str
    version: str | None
    timestamp: int
    """Unix time, UTC."""
    action: str
    serial: int


class JournalClient:
    """Asks the two calls of the journal that mirrors live on."""

    def __init__(self, http: Http, url: str, feed: str) -> None:
        """Ask at `url` (the XML-RPC endpoint); errors speak in the name of `feed`."""
        self._http, self._url, self._feed = http, url, feed

    def last_serial(self) -> int:
        """Return the newest serial; raises FeedError, Retry, Defer."""
        value = self._call("changelog_last_serial", ())
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            msg = f"{self._feed}: invalid last serial: expected int, got {type(value).__name__}; check its URL"
            raise FeedError(msg)
        return value

    def since(self, serial: int) -> list[object]:
        """Return the raw rows after `serial`, at most 50,000; raises FeedError, Retry, Defer."""
        value = self._call("changelog_since_serial", (serial,))
        if not isinstance(value, list):
            msg = f"{self._feed}: invalid journal: expected list, got {type(value).__name__}; check its URL"
            raise FeedError(msg)
        return value

    def _call(self, method: str, arguments: tuple[int, ...]) -> object:
        with permanent_errors(self._feed):
            answer = self._http.request(
                "POST",
                self._url,
                headers={"content-type": "text/xml", "accept": "text/xml"},
                content=xmlrpc.client.dumps(arguments, method).encode(),
                limits=_LIMITS,
            )
        body = expect_ok(self._feed, answer).body
        refuse_html(self._feed, self._url, body)
        try:
            return _value(body)
        except Malformed as error:
            msg = f"{self._feed}: {method} answered {error}; nothing was taken from it"
            raise FeedError(msg) from error
        except xmlrpc.client.Fault as fault:
            raise refusal(self._feed, method, str(fault.faultString)) from fault


def refusal(feed: str, what: str, fault: str) -> Exception:
    """Return the error for an XML-RPC fault: Defer where the index asks to wait, else FeedError."""
    if "TooManyRequests" in fault:
        reset = _RESET.search(fault)
        seconds = float(reset[1]) if reset else _UNTOLD_WAIT
        return Defer(seconds, f"{feed}: the index asks to wait")
    shown = " ".join(fault.split())[:200]
    msg = f"{feed}: {what} was refused: {shown!a}"
    return FeedError(msg)


def journal_row(row: object, after: int) -> JournalRow:
    """Return the entry that a raw row of the page after serial `after` is.

    Raises Malformed for a row of another shape. A serial can be trusted only where all is in place.
    """
    if not isinstance(row, list | tuple) or len(row) != _PARTS:
        msg = f"row after {after}: expected five values"
        raise Malformed(msg)
    name, version, timestamp, action, serial = row
    if (
        isinstance(name, str)
        and (version is None or isinstance(version, str))
        and type(timestamp) is int
        and isinstance(action, str)
        and type(serial) is int
    ):
        return JournalRow(
            name=name, version=version, timestamp=timestamp, action=action, serial=serial
        )
    kinds = ", ".join(type(value).__name__ for value in row)
    msg = f"row after {after}: wrong types ({kinds})"
    raise Malformed(msg)


def _value(body: bytes) -> object:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        msg = "something that is not UTF-8"
        raise Malformed(msg) from error
    if "<!" in text or "\0" in text:
        # An XML-RPC answer has no declarations; entities are the only danger in it.
        msg = "XML with declarations (DTD, entities, CDATA), which is refused"
        raise Malformed(msg)
    parser, unmarshaller = xmlrpc.client.getparser()
    try:
        parser.feed(text)  # a str makes expat ignore the declared encoding
        parser.close()
        values = unmarshaller.close()
    except xmlrpc.client.Fault:
        raise
    except (xmlrpc.client.Error, ExpatError, ValueError, LookupError, TypeError) as error:
        msg = f"XML that ends early or is broken ({type(error).__name__})"
        raise Malformed(msg) from error
    except (AttributeError, ArithmeticError, RecursionError) as error:
        msg = f"XML of another shape ({type(error).__name__})"
        raise Malformed(msg) from error
    if len(values) != 1:
        msg = f"{len(values)} values instead of one"
        raise Malformed(msg)
    value: object = values[0]
    return value
