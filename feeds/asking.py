"""One question after the other, until a host asks to wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from crawler.errors import Defer, Retry

__all__ = ["ask_each"]

_Q = TypeVar("_Q")
_A = TypeVar("_A")


def ask_each(
    questions: Iterable[_Q],
    ask: Callable[[_Q], _A],
    *,
    until: tuple[type[Exception], ...] = (Defer, Retry),
) -> tuple[Sequence[_A], Exception | None]:
    """Return the answers, and what broke them off: what came before is to be kept, then that is raised.

    Errors of another kind than `until` are raised at once: then nothing of these answers is believed.
    """
    answers = list[_A]()
    for question in questions:
        try:
            answers.append(ask(question))
        except until as error:
            return answers, error
    return answers, None
