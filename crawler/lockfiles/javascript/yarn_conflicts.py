"""What yarn 1 makes of a lock with a merge conflict: two locks, of which it takes both.

Source: yarn 1.22, `src/lockfile/parse.js`: `extractConflictVariants`.
"""

from __future__ import annotations

__all__ = ["variants"]

_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")
_BASE = "|||||||"


def variants(text: str) -> tuple[str, ...]:
    """Return the two texts that yarn 1 merges where `text` has a conflict, else `text` alone.

    Lines of the other side are blank, so that all keep their numbers.
    """
    if not all(marker in text for marker in _MARKERS):
        return (text,)
    ours, theirs = list[str](), list[str]()
    state = ""
    for line in text.split("\n"):
        marked = _state_behind(line.removesuffix("\r"), state)
        ours.append(line if marked is None and state in {"", "ours"} else "")
        theirs.append(line if marked is None and state in {"", "theirs"} else "")
        state = state if marked is None else marked
    return "\n".join(ours), "\n".join(theirs)


def _state_behind(line: str, state: str) -> str | None:
    """Return the side that begins behind `line`, None where it is no marker in this `state`."""
    match state:
        case "" if line.startswith(_MARKERS[0]):
            return "ours"
        case "ours" | "base" if line == _MARKERS[1]:
            return "theirs"
        case "ours" if line.startswith(_BASE):
            return "base"
        case "theirs" if line.startswith(_MARKERS[2]):
            return ""
        case _:
            return None
