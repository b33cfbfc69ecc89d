"""Aikido's list of malicious packages, as its safe-chain reads it.

Source: AikidoSec/safe-chain; `[{"package_name", "version", "reason"}]`, ETag, no key. The licence of the
data is not stated, so this feed is off until its operator has asked and set the address; its predictions
are another list, which is suspicion and not finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from crawler.errors import FeedError, Malformed
from crawler.fields import Fields, read_json
from crawler.model import Claim, Ecosystem, Skipped
from crawler.net import Http, HttpLimits
from feeds.campaigns.undated import ListCursor, Listed, pages_of_list, subject_of
from feeds.guards import expect_ok, permanent_errors, refuse_html
from feeds.interface import Feed, FeedContext, FeedPage, PollRequest

__all__ = ["Aikido", "feeds"]

_LIMITS = HttpLimits(total_seconds=120.0, max_bytes=128 * 1024 * 1024)
_MOST_ENTRIES = 1_000_000
_EVERY_VERSION = "*"
_MALWARE = "MALWARE"
"""Other reasons (telemetry, protestware, prediction) accuse nobody."""


class Aikido:
    """Feed `aikido`, or `aikido-predictions` where everything is no more than suspicious."""

    def __init__(
        self, http: Http, url: str, ecosystem: Ecosystem = Ecosystem.PYPI, *, predictions: bool
    ) -> None:
        """Read the list of `ecosystem` at `url`."""
        self._http, self._url, self._ecosystem = http, url, ecosystem
        self._claim = Claim.SUSPICIOUS if predictions else Claim.MALICIOUS
        self.name = "aikido-predictions" if predictions else "aikido"
        if ecosystem is not Ecosystem.PYPI:
            self.name += f":{ecosystem}"

    def poll(self, request: PollRequest) -> Iterator[FeedPage]:
        """Yield what the list says, if it changed since the cursor. See `Feed.poll`."""
        cursor = ListCursor.of(request.cursor, self.name, ListCursor(dates={}))
        headers = {"if-none-match": cursor.mark} if cursor.mark else {}
        with permanent_errors(self.name):
            answer = self._http.request("GET", self._url, headers=headers, limits=_LIMITS)
        answer = expect_ok(self.name, answer)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            if not cursor.mark:
                msg = f"{self.name}: {self._url} says 304 to a question without an ETag; poll again later"
                raise FeedError(msg)
            return
        refuse_html(self.name, self._url, answer.body)
        listed, skipped = self._entries(answer.body)
        mark = answer.headers.get("etag", "")[:200]
        yield from pages_of_list(
            self.name, listed, skipped, mark=mark, cursor=cursor, request=request
        )

    def _entries(self, body: bytes) -> tuple[list[Listed], list[Skipped]]:
        listed, skipped = list[Listed](), list[Skipped]()
        for place, value in enumerate(self._rows(body)):
            path = f"[{place}]"
            try:
                listed.append(self._entry(Fields(value, path)))
            except Malformed as error:
                skipped.append(Skipped(context=path, reason=str(error)))
        return listed, skipped

    def _rows(self, body: bytes) -> list[object]:
        try:
            rows = read_json(body, self._url)
        except Malformed as error:
            msg = f"{self.name}: {error}; the list is cut off or something else; poll again later"
            raise FeedError(msg) from error
        if not isinstance(rows, list) or len(rows) > _MOST_ENTRIES:
            msg = f"{self.name}: {self._url} holds no list of at most {_MOST_ENTRIES} entries; check its URL"
            raise FeedError(msg)
        return rows

    def _entry(self, fields: Fields) -> Listed:
        version = fields.optional_text("version")
        name = fields.text("package_name")
        stated = None if version == _EVERY_VERSION else version
        subject = subject_of(self._ecosystem, name, stated, fields.path)
        malware = fields.optional_text("reason") == _MALWARE
        return Listed(subject=subject, claim=self._claim if malware else Claim.SUSPICIOUS)


def feeds(context: FeedContext) -> tuple[Feed, ...]:
    """Return the list, and that of predictions where its address is set."""
    found = Aikido(context.http, context.address("aikido_url"), predictions=False)
    if not context.settings["aikido_predictions_url"]:
        return (found,)
    url = context.address("aikido_predictions_url")
    return found, Aikido(context.http, url, predictions=True)
