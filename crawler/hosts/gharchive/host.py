"""GH Archive: the repositories that were pushed to, hour by hour; another host serves them.

Source: gharchive.org, one gzipped file of JSON lines per hour (`2026-01-31-7.json.gz`, UTC), and GitHub's
documentation, "GitHub event types". Of an event only the repository's id and name are ever kept: who
did it, mail addresses and messages stay in the stream.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.errors import Gone, Malformed, Retry, TooLarge
from crawler.hosts.cursors import invalid_cursor
from crawler.hosts.forge import Dialect, Forge, bucket_of
from crawler.hosts.gharchive.events import PushedRepositories
from crawler.hosts.interface import ListPage, PagePartMissing
from crawler.model import Skipped
from crawler.net import Answer, HttpLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crawler.hosts.interface import HostSettings
    from crawler.model import Repository
    from crawler.net import Http

__all__ = ["GHArchive"]

_FILE = HttpLimits(total_seconds=480.0, max_bytes=512 * 1024 * 1024)
"""An hour of 2026 has 40 to 150 MB; a page must fit into the lease of its work."""
_HOUR = timedelta(hours=1)
_PUBLISHED_AFTER = timedelta(hours=1)
"""After the end of an hour; its file then either is there or is missing for good."""
_FIRST_HOUR = datetime(2015, 1, 1, tzinfo=UTC)
"""Before that, the files hold events of another shape."""
_CURSOR = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-(0|1?[1-9]|10|2[0-3])", re.ASCII)


class GHArchive(Forge):
    """Host and Lister of the repositories that another configured host serves; anonymous.

    The repositories belong to the host of `web_url` and are called after it, so that one of them is the
    same repository whichever list or search has found it.
    """

    dialect = Dialect()

    def __init__(
        self,
        settings: HostSettings,
        http: Http,
        clock: Callable[[], datetime],
        *,
        hours: int = 24,
    ) -> None:
        """Read the files below `api_url`; `web_url` is that of the host that the events are from.

        `clock` returns the time in UTC; a list without a cursor begins `hours` hours ago.
        """
        super().__init__(settings, http)
        self._clock = clock
        self._hours = hours
        self._listed = urlsplit(settings.web_url).netloc.lower()

    def repository(self, path: str) -> Repository:
        """Return the repository `owner/name` of the listed host without asking; raises Refused."""
        return replace(super().repository(path), host=self._listed)

    def since(self, when: datetime) -> str:
        """Return the cursor of the hour that `when` (aware) is in: where to begin or to go on."""
        return _cursor(when.astimezone(UTC))

    def list(self, cursor: str | None) -> ListPage:
        """Read one hour, the oldest first; the cursor is its name, `2026-01-31-7`.

        An hour that the archive lacks, and what could not be read of one, is said in `skipped`, and
        the list goes on behind it. The last page is the last hour that is complete. Raises
        PagePartMissing for an hour that does not come, Defer, Retry, Refused (a redirect, a cursor)
        and the like.
        """
        now = self._clock()
        hour = _hour(now) - self._hours * _HOUR if cursor is None else _hour_of(cursor)
        following = hour + _HOUR
        name = f"hour {_cursor(hour)}"
        if not _is_published(hour, now):
            late = Skipped(context=name, reason="not published yet")
            return ListPage(repositories=(), next_cursor=None, skipped=(late,))
        pushed = PushedRepositories(self.repository, name)
        try:
            self._read(hour, pushed)
        except (Gone, Malformed, TooLarge) as error:
            pushed.note(str(error))
        except Retry as error:
            if not _is_published(following, now):
                raise
            raise PagePartMissing(str(error), _cursor(following)) from error
        return ListPage(
            repositories=pushed.repositories,
            next_cursor=_cursor(following) if _is_published(following, now) else None,
            skipped=pushed.skipped,
        )

    def _read(self, hour: datetime, pushed: PushedRepositories) -> None:
        url = f"{self._settings.api_url}/{_cursor(hour)}.json.gz"
        bucket = bucket_of(self._settings, "files")
        with self._http.stream("GET", url, limits=_FILE, bucket=bucket) as (status, headers, body):
            Answer(url=url, status=status, headers=headers, body=b"").raise_for_status()
            chunks: Iterator[bytes] = body
            pushed.read(chunks)


def _is_published(hour: datetime, now: datetime) -> bool:
    return hour + _HOUR + _PUBLISHED_AFTER <= now


def _hour(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _cursor(hour: datetime) -> str:
    return f"{hour:%Y-%m-%d}-{hour.hour}"


def _hour_of(cursor: str) -> datetime:
    match = _CURSOR.fullmatch(cursor)
    try:
        day = datetime.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if match is None or day is None or day.replace(tzinfo=UTC) < _FIRST_HOUR:
        raise invalid_cursor(cursor, "an hour since 2015, as 2026-01-31-7")
    return day.replace(hour=int(match[2]), tzinfo=UTC)
