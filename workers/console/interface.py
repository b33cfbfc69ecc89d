"""What a page of the console is: its address, what it shows, how that is loaded, and what a form on it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from workers.wiring import Wiring

__all__ = ["ActionResult", "Page", "PageRequest", "QueryField", "UndoStep"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """What a browser asks for."""

    wiring: Wiring
    now: datetime
    """UTC."""
    names: Mapping[str, str]
    """The parts of the path that the page leaves open."""
    query: Mapping[str, Sequence[str]]
    """Of the address, or of the form that was sent."""

    def one(self, name: str) -> str | None:
        """Return what is stated for `name`, without spaces around it; None for nothing."""
        return next((said.strip() for said in self.query.get(name, ()) if said.strip()), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Return all that is stated for `name`; empty fields of forms are left out."""
        return tuple(said.strip() for said in self.query.get(name, ()) if said.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryField:
    """One field of the query that a page reads."""

    name: str
    says: str
    """What it does, for people."""
    values: tuple[str, ...] = ()
    """Those that are possible; empty: any."""
    several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStep:
    """A decision that was just made, which one click takes back."""

    key: str
    """Of the case."""
    version: int
    """That the case has now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What a form did, and where the browser goes then."""

    location: str
    """Path and query, of this console."""
    text: str
    undo: tuple[UndoStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_T]):
    """One page: as HTML at `path`, as JSON at `/api/v1` + `path`, both of what `load` returns."""

    path: str
    """Such as `/cases/{key}`."""
    title: str
    shows: type[_T]
    """A frozen dataclass; OpenAPI describes it."""
    load: Callable[[Connection, PageRequest], _T]
    """Only reads. UsageError: what the address names is not there, or not readable."""
    template: str
    """Name of a file in `workers/console/templates/`; it gets what was loaded as `shown`."""
    in_navigation: bool = True
    fields: tuple[QueryField, ...] = ()
    act: Callable[[PageRequest], ActionResult] | None = None
    """Does what a form that was sent to `path` says. UsageError: it cannot be done, nothing has changed."""

    @property
    def any_shown(self) -> Any:  # noqa: ANN401 - whichever dataclass it is
        """`shows`, for who describes all pages alike."""
        return self.shows
