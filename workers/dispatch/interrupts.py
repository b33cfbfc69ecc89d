"""Ctrl-C, twice: the first drains (nothing new is begun), the second stops."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Self

__all__ = ["Interrupts"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Counts SIGINT and SIGTERM while its block runs; use it in the main thread."""

    def __init__(self) -> None:
        """Start with none."""
        self._count = 0
        self._changed = threading.Event()
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    @property
    def draining(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._count >= 1

    @property
    def stopping(self) -> bool:
        """Whether to stop waiting for what is under way."""
        return self._count > 1

    def request(self) -> None:
        """Ask as Ctrl-C does; may be called from any thread."""
        self._count += 1
        self._changed.set()

    def wait(self, seconds: float) -> None:
        """Wait `seconds`, or less where something is asked for meanwhile."""
        if self._changed.wait(max(0.0, seconds)):
            self._changed.clear()

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._handle) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.request()
