"""One line of YAML's flow style: `{integrity: sha512-.., engines: {node: '>=8'}}`, `[x64, arm64]`, `"text"`.

Read by tokens, each character once: a broken lock has such values in every package, and to set libyaml
up for each had to be bounded. What has more than plain and quoted scalars is left to libyaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["NotPlain", "read_flow"]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_DEEPEST = 16
_TOKEN = re.compile(
    r"""[ ]*+(?:([{}\[\],])|:(?=[ ,\[\]{}]|\Z)|"([^"\\]*+)"|'((?>[^']|'')*+)'"""
    r"""|([^\s{}\[\],"'#&*!|>%@`?:-](?>[^\s{}\[\],:]|:(?![\s,\[\]{}]|\Z)|[ ]++(?=[^\s#{}\[\],:]))*+))"""
)
_COLON = ":"


class NotPlain(Exception):
    """There is more to the text than is read here."""


def read_flow(text: str) -> object:
    """Return the value that `text` states; scalars stay text.

    Raises:
        NotPlain: anchors, tags, escapes, comments, keys written twice, or no flow style at all.
    """
    tokens = _tokens(text)
    value = _value(next(tokens), tokens, 0)
    if next(tokens) != _END:
        raise NotPlain
    return value


_Token = tuple[str, str | None]
"""A sign and no text, or what kind of scalar it is (`plain`, `quoted`) and its text."""
_END: _Token = ("end", None)


def _tokens(text: str) -> Iterator[_Token]:
    place, end = 0, len(text.rstrip(" "))
    while place < end:
        found = _TOKEN.match(text, place, end)
        if found is None:
            raise NotPlain
        sign, double, single, plain = found.groups()
        if sign is not None:
            yield sign, None
        elif plain is not None:
            yield "plain", plain
        elif double is not None:
            yield "quoted", double
        elif single is not None:
            yield "quoted", single.replace("''", "'")
        else:
            yield _COLON, None
        place = found.end()
    while True:
        yield _END


def _value(token: _Token, tokens: Iterator[_Token], depth: int) -> object:
    kind, text = token
    if depth > _DEEPEST:
        raise NotPlain
    if text is not None:
        return None if kind == "plain" and text in _NULLS else text
    if kind == "{":
        return _mapping(tokens, depth)
    if kind == "[":
        return _sequence(tokens, depth)
    raise NotPlain


def _mapping(tokens: Iterator[_Token], depth: int) -> dict[str, object]:
    found: dict[str, object] = {}
    token = next(tokens)
    while token != ("}", None):
        key = token[1]
        if key is None or key == "<<" or key in found or next(tokens) != (_COLON, None):
            raise NotPlain
        found[key] = _value(next(tokens), tokens, depth + 1)
        token = _behind_comma(tokens, "}")
    return found


def _sequence(tokens: Iterator[_Token], depth: int) -> list[object]:
    found: list[object] = []
    token = next(tokens)
    while token != ("]", None):
        found.append(_value(token, tokens, depth + 1))
        token = _behind_comma(tokens, "]")
    return found


def _behind_comma(tokens: Iterator[_Token], closer: str) -> _Token:
    """Return the closing sign, or the token behind a comma."""
    token = next(tokens)
    if token == (closer, None):
        return token
    if token != (",", None):
        raise NotPlain
    return next(tokens)
