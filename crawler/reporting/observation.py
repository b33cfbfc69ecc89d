"""The draft of an observation: what invited reporters tell the index of one of its projects.

Form: `POST /danger-api/projects/<name>/observations`; kinds and fields as in warehouse,
`warehouse/api/openapi.yaml`. Nothing here is sent: a person reads the draft and sends it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from crawler.reporting.text import plain

__all__ = ["Observation", "ObservationKind"]

_SHORTEST, _LONGEST = 10, 2000
"""Characters of a summary, as the form takes it."""
_MARKUP = re.compile(r"[<>]")


class ObservationKind(StrEnum):
    """What is said of the project."""

    IS_MALWARE = "is_malware"
    SOMETHING_ELSE = "something_else"
    """A question: it accuses nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The payload."""

    kind: ObservationKind
    summary: str
    """One paragraph without markup, 10 to 2,000 characters."""
    inspector_url: str | None
    """A read-only view of the file; needed where the kind is `is_malware`."""

    @classmethod
    def draft(cls, kind: ObservationKind, text: str, view: str | None) -> Observation:
        """Return the observation that says `text`, brought into the form that the index takes."""
        summary = _MARKUP.sub("", plain(text))[:_LONGEST].ljust(_SHORTEST)
        return cls(kind=kind, summary=summary, inspector_url=view)

    def payload(self) -> dict[str, str]:
        """Return the fields of the request; the view is left out where there is none."""
        view = {} if self.inspector_url is None else {"inspector_url": self.inspector_url}
        return {"kind": self.kind.value, **view, "summary": self.summary}

    def indented(self) -> str:
        """Return the payload as JSON, indented as Markdown and people read a block."""
        return "    " + json.dumps(self.payload(), indent=2).replace("\n", "\n    ")
