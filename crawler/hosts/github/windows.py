"""Windows of time for a list that answers 1,000 repositories at most: pure.

The next window is chosen by the host's own counts. While one window is listed, the same request asks
how many repositories there are from its end to each of a few later moments (the rungs of a ladder); the
furthest with at most 1,000 is the end of the next window. So windows are nearly full, and finding them
costs a request only where the density of repositories jumps.
Source: GitHub's documentation of its search, 1,000 results; facts/hosts.md.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from crawler.errors import Refused

__all__ = ["CAP", "SweepCursor", "Window", "chosen", "read_cursor", "rungs", "start"]

CAP = 1000
_OTHER_DATES = ("created", "pushed")
_WORTH_MEASURING = 50
_WIDER = 16
_FACTORS = (1 / 16, 1 / 4, 1 / 2, 0.7, 0.8, 0.87, 0.92, 0.95, 0.98, 1.01, 1.05, 1.25, 2, 16)
"""Of the stride: close together where the next 1,000 are expected, and far out for deserts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time, in Unix seconds, both ends included; `last < first` is one not chosen yet."""

    first: int
    last: int
    stride: int = 1
    """In how many seconds 1,000 repositories are expected from here on."""
    gap: int = 0
    """In how many seconds more than 1,000 are known to be, where nothing is known of those between."""

    @property
    def is_open(self) -> bool:
        """Whether its end is still to be chosen."""
        return self.last < self.first

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.last - self.first + 1

    def __str__(self) -> str:
        """Write it as GitHub's search takes ranges."""
        return f"{_iso(self.first)}..{_iso(self.last)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCursor:
    """Where a sweep is."""

    window: Window
    until: int
    """The last second of the sweep."""
    ahead: Window | None = None
    """The window after this one, where it is known."""
    after: str | None = None
    count: int = 0
    """How many repositories the window had on its first page."""
    restarts: int = 0
    by: str | None = None
    """The date that the windows are about, where it is another than that of the sweep's plan."""

    def written(self) -> str | None:
        """Write the cursor; None at the end."""
        if self.window.first > self.until:
            return None
        numbers = [_numbers(self.window), None if self.ahead is None else _numbers(self.ahead)]
        state = [self.until, self.after, self.count, self.restarts]
        by = [] if self.by is None else [self.by]
        return json.dumps([*numbers, *state, *by], separators=(",", ":"))

    def onward(self) -> SweepCursor:
        """Return the place at the start of the next window."""
        end = self.window.last + 1
        ahead = self.ahead or _open(end, stride=self.window.stride, gap=self.window.gap)
        return SweepCursor(window=ahead, until=self.until, by=self.by)

    def narrowed(self) -> SweepCursor:
        """Return the place where a window of at most half this length is chosen in its stead.

        Halving ends at a second, also where a host counts one way when asked and another when listed.
        """
        half = self.window.seconds // 2
        window = _open(self.window.first, stride=half, gap=half)
        return SweepCursor(window=window, until=self.until, by=self.by)


def start(since: datetime, until: datetime, by: str | None = None) -> SweepCursor:
    """Return the first place: all of the time in one window, which may be enough.

    `by` is the date that the windows are about, None for that of the sweep's plan.
    """
    first = int(since.timestamp())
    last = max(first, int(until.timestamp()))
    window = Window(first=first, last=last, stride=last - first + 1)
    return SweepCursor(window=window, until=last, by=by)


def rungs(place: Window, until: int) -> tuple[Window, ...]:
    """Return the windows that the one behind `place.first` is chosen from, the shortest first."""
    longest = until - place.first + 1
    pieces = range(1, len(_FACTORS) + 1)
    wished = (
        [place.gap * piece // len(pieces) for piece in pieces]
        if place.gap
        else [int(place.stride * factor) for factor in _FACTORS]
    )
    lengths = sorted({min(longest, max(1, length)) for length in wished})
    return tuple(Window(first=place.first, last=place.first + n - 1) for n in lengths)


def chosen(ladder: Sequence[Window], counts: Sequence[int]) -> Window:
    """Return the next window: the longest rung with at most 1,000 repositories.

    One without any is passed over: an open window behind it is returned. Where even the shortest rung
    has more, an open one with a shorter stride is, or the shortest itself where that is a second.
    """
    measured = list(zip(ladder, counts, strict=True))
    fitting = [(window, count) for window, count in measured if count <= CAP]
    if not fitting:
        least, count = measured[0]
        if least.seconds == 1:
            return least
        return _open(least.first, stride=least.seconds * CAP // count, gap=least.seconds)
    longest, count = fitting[-1]
    beyond = next((w for w, more in measured if more > CAP and w.seconds > longest.seconds), None)
    gap = 0 if beyond is None else beyond.seconds - longest.seconds
    if count == 0:
        return _open(longest.last + 1, stride=longest.seconds * _WIDER, gap=gap)
    if count < _WORTH_MEASURING:
        return replace(longest, stride=longest.seconds * _WIDER, gap=gap)
    return replace(longest, stride=max(1, longest.seconds * CAP // count))


def _open(first: int, *, stride: int, gap: int = 0) -> Window:
    return Window(first=first, last=first - 1, stride=max(1, stride), gap=gap)


def read_cursor(cursor: str) -> SweepCursor:
    """Read a cursor that `SweepCursor.written` wrote; raises Refused for any other."""
    try:
        window, ahead, until, after, count, restarts, *by = json.loads(cursor)
        return SweepCursor(
            window=_window(window),
            ahead=None if ahead is None else _window(ahead),
            until=int(until),
            after=None if after is None else str(after),
            count=int(count),
            restarts=int(restarts),
            by=_date(*by),
        )
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused(
            "invalid cursor: expected one of the sweep; start again without a cursor"
        ) from error


def _date(by: object = None) -> str | None:
    if by is not None and by not in _OTHER_DATES:
        raise TypeError("unknown date")
    return None if by is None else str(by)


def _numbers(window: Window) -> list[int]:
    return [window.first, window.last, window.stride, window.gap]


def _window(numbers: object) -> Window:
    if not isinstance(numbers, list):
        raise TypeError("no window")
    first, last, stride, gap = (int(number) for number in numbers)
    return Window(first=first, last=last, stride=stride, gap=gap)


def _iso(second: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
