"""Names out of an XML-RPC struct (name -> serial) while it arrives.

Hardened like `feeds.pypi.journal_wire`: strict UTF-8 whatever the document declares, no DTD, no entities, no
CDATA, bounded depth and names. Source of the shape: xmlrpc.com/spec.md, warehouse's documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.parsers.expat import ExpatError, ParserCreate

from crawler.errors import Malformed
from feeds.pypi.journal_wire import refusal

__all__ = ["names_in_xml"]

_STRUCT = ("methodResponse", "params", "param", "value", "struct", "member")
_NAME = (*_STRUCT, "name")
_FAULT = ("methodResponse", "fault")
_DEEPEST = 16
_LONGEST_NAME = 4096
_LONGEST_FAULT = 4096


class _Reader:
    """The state between two elements."""

    def __init__(self) -> None:
        self.names = list[str]()
        self.fault: str | None = None
        self._path, self._text = list[str](), list[str]()
        self._length = 0

    def start(self, tag: str, _attributes: object) -> None:
        self._path.append(tag)
        self._text.clear()
        self._length = 0
        if len(self._path) > _DEEPEST:
            msg = "XML that is nested too deeply"
            raise Malformed(msg)
        if tuple(self._path) == _FAULT:
            self.fault = ""

    def data(self, text: str) -> None:
        if self.fault is not None:
            self.fault = f"{self.fault} {text}"[:_LONGEST_FAULT]
        elif self._path[-1] == "name":
            self._length += len(text)
            if self._length > _LONGEST_NAME:
                msg = f"a name of more than {_LONGEST_NAME} characters"
                raise Malformed(msg)
            self._text.append(text)

    def end(self, tag: str) -> None:
        if tag == "name" and tuple(self._path) == _NAME:
            self.names.append("".join(self._text))
        self._path.pop()

    def refuse(self, *_parts: object) -> None:
        msg = "XML with declarations (DTD, entities, CDATA), which is refused"
        raise Malformed(msg)


def names_in_xml(chunks: Iterable[bytes], feed: str) -> Iterator[str]:
    """Yield the names of the struct that `chunks` answer with.

    Raises Malformed for anything else and for a document that ends early, Defer where the index asks
    to wait, FeedError (in the name of `feed`) for another refusal.
    """
    reader = _Reader()
    parser = ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = reader.refuse
    parser.StartCdataSectionHandler = reader.refuse
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003 - expat takes no keyword
            yield from reader.names
            reader.names.clear()
        parser.Parse(b"", True)  # noqa: FBT003
    except ExpatError as error:
        msg = f"XML that ends early or is broken: {error}"
        raise Malformed(msg) from error
    if reader.fault is not None:
        raise refusal(feed, "the list of packages", reader.fault)
