"""What was not looked at: for each unknown sign, the answers that a look could bring.

Whoever classifies tries each of them; what comes out otherwise is worth a look, and everything else is
not named.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from crawler.classifying import seen
from crawler.model import PinHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.classifying.signs import Signs

__all__ = ["hypotheses"]

_YEAR = timedelta(days=365)


def hypotheses(signs: Signs) -> Iterator[tuple[str, tuple[Signs, ...]]]:
    """Yield what is not known, as a sentence, with the signs as they would be by each answer."""
    upload = seen.uploaded_by(signs)
    if signs.created_at is None and upload is not None:
        yield (
            "when its host made the repository is not known",
            (replace(signs, created_at=upload), replace(signs, created_at=upload - _YEAR)),
        )
    if signs.created_at is not None and seen.uploaded(signs) is None:
        yield (
            "when the pinned file was uploaded is not known",
            (
                _of_pins(signs, uploaded_at=signs.created_at),
                _of_pins(signs, uploaded_at=signs.created_at + _YEAR),
            ),
        )
    if any(pin.project_lives is None or pin.older_releases is None for pin in signs.pins):
        yield (
            "whether the pinned project ever had other releases is not known",
            (
                _of_pins(signs, project_lives=False, older_releases=0),
                _of_pins(signs, project_lives=True, older_releases=3),
            ),
        )
    if signs.fork_of is not None and signs.upstream_pins is None:
        yield (
            "whether the repository that it was forked from pins the same is not known",
            (replace(signs, upstream_pins=True), replace(signs, upstream_pins=False)),
        )
    if signs.siblings is None:
        yield (
            "the other repositories of the owner were not looked at",
            (replace(signs, siblings=0), replace(signs, siblings=3)),
        )
    if signs.readme_is_task is None:
        yield (
            "whether a README around the lock sets a task is not known",
            (replace(signs, readme_is_task=True), replace(signs, readme_is_task=False)),
        )
    if signs.history is None:
        yield "the commits that brought the pin were not looked at", tuple(_histories(signs))


def _histories(signs: Signs) -> Iterator[Signs]:
    upload = seen.uploaded(signs)
    first = None if upload is None else upload - _YEAR
    yield replace(signs, history=PinHistory(commits=1, whole=False, first_at=first, by_bot=True))


def _of_pins(signs: Signs, **known: object) -> Signs:
    """Return the signs with what is not known of the pins filled in."""
    pins = tuple(
        replace(
            pin,
            **{name: value for name, value in known.items() if getattr(pin, name) is None},  # type: ignore[arg-type]
        )
        for pin in signs.pins
    )
    return replace(signs, pins=pins)
