"""The objects of a STIX bundle by id, and which of them somebody calls malicious.

Source: STIX 2.1, sections 3 (common properties, versioning), 4.7 (indicator), 4.11 (malware) and 5.1
(relationship). Identities are kept as ids only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.errors import Malformed
from crawler.fields import Fields
from crawler.model import Skipped
from feeds.json_documents import FileDocument, items, member

__all__ = ["Bundle", "Judgement", "StixObject", "read_bundles"]

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,60}--[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_OBJECTS = 500_000
_STATEMENTS = frozenset({"indicator", "malware"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StixObject:
    """One object, not looked at further."""

    id: str
    type: str
    fields: Fields
    value: object
    root: str
    """Who says it: `stix:<id of the identity, or of the bundle>`."""

    @property
    def revoked(self) -> bool:
        """Whether its creator has taken it back. Raises Malformed."""
        return self.fields.flag("revoked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """That a malware object speaks of an observable."""

    by: StixObject
    sure: bool
    """True for a sample of it, False for any other relationship (`drops`, `downloads`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """All objects of one bundle, in their latest version."""

    objects: Mapping[str, StixObject]
    judgements: Mapping[str, tuple[Judgement, ...]]
    """By id of the observable."""
    indicating: frozenset[str]
    """Ids of the indicators that indicate a malware object which still stands."""
    skipped: tuple[Skipped, ...]


def read_bundles(document: FileDocument) -> Iterator[Bundle]:
    """Yield the bundles of a document: one, a list of them, or an answer of TAXII (`objects` only)."""
    for place, value in enumerate(items(document.value) or (document.value,)):
        if isinstance(member(value, "objects"), list):
            yield _bundle(value, f"{document.name} bundle[{place}]")


def _bundle(value: object, path: str) -> Bundle:
    objects, skipped = dict[str, StixObject](), list[Skipped]()
    own = member(value, "id")
    for place, each in enumerate(items(member(value, "objects"))):
        where = f"{path} objects[{place}]"
        try:
            if place >= _MOST_OBJECTS:
                skipped.append(Skipped(context=where, reason="more objects than are read"))
                break
            found = _object(Fields(each, where), each, own)
            known = objects.get(found.id)
            if known is None or _modified(known) < _modified(found):
                objects[found.id] = found
        except (Malformed, TypeError) as error:
            skipped.append(Skipped(context=where, reason=str(error)))
    judgements, indicating = _links(objects, skipped)
    return Bundle(
        objects=objects,
        judgements=judgements,
        indicating=indicating,
        skipped=tuple(skipped),
    )


def _object(fields: Fields, value: object, bundle_id: object) -> StixObject:
    kind, own = fields.text("type"), fields.text("id")
    if not _ID.fullmatch(own) or not own.startswith(f"{kind}--"):
        msg = f"{fields.path}.id: invalid id {own[:80]!a}: expected {kind[:40]}--UUID"
        raise Malformed(msg)
    creator = fields.optional_text("created_by_ref") or bundle_id
    root = creator if isinstance(creator, str) and _ID.fullmatch(creator) else None
    if root is None and kind in _STATEMENTS:
        msg = f"{fields.path}: neither a creator nor a bundle with an id says it"
        raise Malformed(msg)
    return StixObject(id=own, type=kind, fields=fields, value=value, root=f"stix:{root}")


def _modified(found: StixObject) -> datetime:
    """Return the version of an object; those of observables have none and are all alike."""
    when = found.fields.when("modified") or found.fields.when("created")
    return datetime.fromisoformat("0001-01-01T00:00:00+00:00") if when is None else when


def _links(
    objects: Mapping[str, StixObject], skipped: list[Skipped]
) -> tuple[Mapping[str, tuple[Judgement, ...]], frozenset[str]]:
    found, indicating = dict[str, tuple[Judgement, ...]](), set[str]()
    for each in objects.values():
        try:
            for target, judgement in _judged(each, objects):
                found[target] = (*found.get(target, ()), judgement)
            indicating.update(_indicates(each, objects))
        except Malformed as error:
            skipped.append(Skipped(context=each.fields.path, reason=str(error)))
    return found, frozenset(indicating)


def _judged(each: StixObject, objects: Mapping[str, StixObject]) -> Sequence[tuple[str, Judgement]]:
    if each.type == "malware":
        samples = each.fields.texts("sample_refs")
        return [(sample, Judgement(by=each, sure=True)) for sample in samples]
    if each.type != "relationship" or each.revoked:
        return ()
    source, target = each.fields.text("source_ref"), each.fields.text("target_ref")
    sides = ((source, target), (target, source))
    return [
        (thing, Judgement(by=objects[by], sure=False))
        for by, thing in sides
        if by in objects and objects[by].type == "malware"
    ]


def _indicates(each: StixObject, objects: Mapping[str, StixObject]) -> Iterator[str]:
    if each.type != "relationship" or each.revoked:
        return
    if each.fields.text("relationship_type") == "indicates":
        target = objects.get(each.fields.text("target_ref"))
        if target is not None and target.type == "malware" and not target.revoked:
            yield each.fields.text("source_ref")
