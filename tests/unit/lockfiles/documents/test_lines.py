from __future__ import annotations

from collections.abc import Iterator

from crawler.errors import Malformed
from crawler.lockfiles.documents.lines import MOST_LINES, Notes, read_lines
from crawler.model import Ecosystem, LineSpan, Origin, OriginKind, Pin, Readable, Skipped


def words(text: str, notes: Notes) -> Iterator[Pin]:
    """Every word is a package; `bad` is none."""
    for number, word in enumerate(text.split("\n"), start=1):
        if word == "bad":
            notes.skip(number, "bad")
        elif word:
            notes.understood = True
            yield Pin(
                ecosystem=Ecosystem.GEM,
                name=word,
                version=None,
                origin=Origin(kind=OriginKind.REGISTRY),
                lines=LineSpan(first=number, last=number),
            )
    notes.check("list of words")


def test_a_skipped_line_makes_a_reading_partial() -> None:
    result = read_lines(b"zz\nbad\n", "words", words)

    assert (result.format, result.readable) == ("words", Readable.PARTLY)
    assert [pin.name for pin in result.pins] == ["zz"]
    assert result.skipped == (Skipped(context="line 2", reason="bad"),)


def test_a_text_of_which_nothing_is_understood_is_not_readable() -> None:
    result = read_lines(b"bad\nbad\n", "words", words)

    assert result.readable is Readable.NOT
    assert result.skipped == (
        Skipped(context="document", reason="no list of words: line 1 and all that follows"),
    )


def test_too_many_lines_are_not_read() -> None:
    result = read_lines(b"\n" * MOST_LINES + b"a\n", "words", words)

    assert result.readable is Readable.NOT
    assert result.skipped[0].reason == f"more than {MOST_LINES} lines"


def test_only_so_many_skipped_lines_are_listed() -> None:
    result = read_lines(b"zz\n" + b"bad\n" * 5_000, "words", words)

    assert len(result.skipped) == 1_001
    assert result.skipped[-1].reason == "more was skipped than is listed"


def test_a_conflict_without_anything_in_it_is_refused() -> None:
    def nothing(text: str, notes: Notes) -> Iterator[Pin]:
        raise Malformed("nothing")

    result = read_lines(b"<<<<<<< a\n=======\n>>>>>>> b\n", "words", nothing)

    assert result.readable is Readable.NOT
