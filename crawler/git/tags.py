"""Tags that are objects of their own: what they are tags of. Source: git-mktag(1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from crawler.git.batch import ObjectSize
from crawler.git.objects import ObjectType, RawObject
from crawler.model import Head, RefKind, ref_kind

__all__ = ["peeled"]

_MOST_TAGS_OF_TAGS = 5
_OBJECT_LINE = re.compile(rb"object ([0-9a-f]{40}(?:[0-9a-f]{24})?)\n")


class _Objects(Protocol):
    def sizes(self, oids: Collection[str]) -> Iterable[ObjectSize]: ...

    def read(self, oids: Collection[str]) -> Iterable[RawObject]: ...


def peeled(heads: Sequence[Head], objects: _Objects) -> tuple[Head, ...]:
    """Return `heads` with the commits of tags in place of the tags; what cannot be read stays as it is."""
    leads = {head.commit: head.commit for head in heads if ref_kind(head.ref) is RefKind.TAG}
    for _ in range(_MOST_TAGS_OF_TAGS):
        if not (next_ones := _tagged(set(leads.values()), objects)):
            break
        leads = {first: next_ones.get(last, last) for first, last in leads.items()}
    return tuple(replace(head, commit=leads.get(head.commit, head.commit)) for head in heads)


def _tagged(oids: Collection[str], objects: _Objects) -> Mapping[str, str]:
    tags = [one.oid for one in objects.sizes(oids) if one.kind is ObjectType.TAG]
    lines = ((raw.oid, _OBJECT_LINE.match(raw.data)) for raw in objects.read(tags)) if tags else ()
    return {oid: line[1].decode() for oid, line in lines if line is not None}
