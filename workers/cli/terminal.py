"""What people see: lists that fit their terminal, and a line that lives while work goes on.

In a pipe a list is plain columns and whole, whatever its width. On a terminal what does not fit is folded,
never cut; where columns would become too narrow to read, each row stands as lines of its own. Foreign text
is `Text` of rich, which reads no markup in it. NO_COLOR and TERM=dumb are respected.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any

from crawler.reporting.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.table import Table

__all__ = ["LivingLine", "fitted", "lives", "table"]

_GAP = 2
_READABLE = 16
"""Characters: a column that needs more is not made narrower than this."""
_NARROWEST = 20
"""Columns: on a terminal that says it has fewer, its own wrapping has to do."""
_BAR_NEEDS = 80
"""Columns of a terminal that has room for a bar beside the text."""
_COLOURS = {"confirmed": "red", "malicious": "red", "likely": "yellow", "quarantined": "yellow"}
_COLOURED = frozenset({"level", "state"})
_COMMAND = re.compile(":(?=:)")
"""What begins a command to a CI runner, wherever a fold may put it at the begin of a line."""


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return `rows` under `headings`, made for where standard output leads."""
    cells = [[plain(str(cell)) for cell in row] for row in rows]
    if sys.stdout is None or not sys.stdout.isatty():
        return _columns([headings, *cells])
    return fitted(headings, cells, shutil.get_terminal_size().columns)


def _columns(cells: Sequence[Sequence[str]]) -> str:
    """Return rows in columns as wide as they need."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells
    )
    return "\n".join(lines)


def fitted(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Return `rows` (harmless text) in no more than `width` columns, with the colours of a terminal."""
    import io

    from rich.cells import cell_len
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        force_terminal=True,
        width=max(width, _NARROWEST),
        highlight=False,
    )
    cells = [[_COMMAND.sub(": ", cell) for cell in row] for row in rows]
    needed = [max(map(cell_len, column)) for column in zip(headings, *cells, strict=True)]
    room = console.width - _GAP * (len(needed) - 1)
    with console.capture() as capture:
        if sum(min(width, _READABLE) for width in needed) <= room:
            console.print(_side_by_side(headings, cells, _shared(needed, room)))
        else:
            console.print(_one_below_another(headings, cells))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _shared(needed: Sequence[int], room: int) -> Sequence[int]:
    """Return widths that fill no more than `room`: what is missing, the widest go without."""
    widths = [min(width, room) for width in needed]
    while sum(widths) > room:
        widths[widths.index(max(widths))] -= 1
    return widths


def _side_by_side(
    headings: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int]
) -> Table:
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
    for heading, width in zip(headings, widths, strict=True):
        shown.add_column(Text(heading), overflow="fold", width=width)
    for row in cells:
        shown.add_row(*(Text(c, style=_style(h, c)) for h, c in zip(headings, row, strict=True)))
    return shown


def _one_below_another(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    """Return each row as lines of a heading and its cell, with a blank line between rows."""
    from rich.table import Table
    from rich.text import Text

    shown = Table.grid(padding=(0, _GAP, 0, 0))
    shown.add_column(style="bold", overflow="fold")
    shown.add_column(overflow="fold")
    for place, row in enumerate(cells):
        if place:
            shown.add_row()
        for heading, cell in zip(headings, row, strict=True):
            shown.add_row(Text(heading), Text(cell, style=_style(heading, cell)))
    return shown


def _style(heading: str, cell: str) -> str:
    return _COLOURS.get(cell, "") if heading in _COLOURED else ""


def lives() -> bool:
    """Say whether standard error is a terminal on which a line can be rewritten."""
    dumb = os.environ.get("TERM", "").lower() in {"dumb", "unknown"}
    return not dumb and sys.stderr is not None and sys.stderr.isatty()


class LivingLine:
    """How far it is, rewritten in place on standard error until it is ended; then it is gone."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.table import Column

        console = _console()
        text = TextColumn(
            "{task.description}", markup=False, table_column=Column(overflow="fold", ratio=1)
        )
        bar = (BarColumn(bar_width=20),) if console.width >= _BAR_NEEDS else ()
        self._progress = Progress(
            SpinnerColumn("line"),
            text,
            *bar,
            TimeElapsedColumn(),
            console=console,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=False,
        )
        self._task = self._progress.add_task("", total=None)
        self._progress.start()

    def show(self, text: str, done: int, total: int | None) -> None:
        """Show `text`, and in a bar how much of `total` (None: not known) is done."""
        self._progress.update(self._task, description=plain(text), completed=done, total=total)

    def end(self) -> None:
        """Leave an empty line, for what is said next."""
        self._progress.stop()


def _console() -> Console:
    from rich.console import Console

    class Visible(Console):
        """Leaves the cursor alone: who is killed meanwhile cannot bring it back."""

        def show_cursor(self, show: bool = True) -> bool:  # noqa: FBT001, FBT002 - rich's signature
            del show
            return False

    return Visible(stderr=True, force_terminal=True, highlight=False)
