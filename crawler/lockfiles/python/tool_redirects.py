"""What the tables of uv, poetry and pdm say of packages that are required elsewhere.

Source: uv, "Dependency sources" and "Dependency overrides"; poetry, "Repositories" (`source`);
pdm, "Manage dependencies" (`resolution.overrides`). It counts more than what is required.
"""

from __future__ import annotations

from collections.abc import Iterator

from crawler.lockfiles.documents.fields import TableReader
from crawler.lockfiles.documents.lines import Notes
from crawler.lockfiles.python.manifests import Redirects, normalized
from crawler.lockfiles.python.requirements import direct_pin

__all__ = ["redirects_of"]


def redirects_of(tool: TableReader) -> Redirects:
    """Return what uv, poetry and pdm are told of packages that are required elsewhere."""
    indexes: dict[str, str] = {}
    instead: dict[str, str | None] = {}
    uv, poetry, pdm = (tool.table(name) for name in ("uv", "poetry", "pdm"))
    if uv is not None:
        _of_uv_sources(uv, indexes, instead)
        instead.update(_of_uv_overrides(uv))
    if pdm is not None:
        instead.update(_of_pdm_overrides(pdm))
    if poetry is not None:
        known = _urls_by_name(poetry, "source")
        groups = poetry.table("group")
        inner = [] if groups is None else [groups.table(name) for name in groups.values]
        for around in (poetry, *inner):
            stated = None if around is None else around.table("dependencies")
            for name in () if stated is None else stated.values:
                if (source := _text_in(stated, name, "source")) is not None:
                    indexes[normalized(name)] = known.get(source, source)
    return Redirects(indexes=indexes, instead=instead)


def _of_uv_sources(
    uv: TableReader, indexes: dict[str, str], instead: dict[str, str | None]
) -> None:
    """Note the index of each package that has one; any other source takes the place of all indexes."""
    known, sources = _urls_by_name(uv, "index"), uv.table("sources")
    for name in () if sources is None else sources.values:
        index = _text_in(sources, name, "index")
        if index is None:
            instead[normalized(name)] = None
        else:
            indexes[normalized(name)] = known.get(index, index)


def _of_uv_overrides(uv: TableReader) -> Iterator[tuple[str, str | None]]:
    """Yield the names that uv takes as it is told here, with their version where that is exact."""
    for key in ("override-dependencies", "exclude-dependencies"):
        for stated in uv.entries(key):
            pin = direct_pin(stated, 1, Notes()) if isinstance(stated, str) else None
            if pin is not None and pin.name is not None:
                yield pin.name, pin.version


def _of_pdm_overrides(pdm: TableReader) -> Iterator[tuple[str, str | None]]:
    """Yield the names that pdm takes as it is told here: a version, a range or a URL."""
    resolution = pdm.table("resolution")
    overrides = None if resolution is None else resolution.table("overrides")
    for name in () if overrides is None else overrides.values:
        stated = overrides.text(name) if overrides is not None else None
        yield normalized(name), None if stated is None else stated.strip().lstrip("= ")


def _urls_by_name(table: TableReader, key: str) -> dict[str, str]:
    return {one.text("name") or "": one.text("url") or "" for _, one in table.tables(key)}


def _text_in(table: TableReader | None, name: str, key: str) -> str | None:
    """Return the text at `key` of the table called `name`, or of the first of a list of them."""
    value = None if table is None else table.values.get(name)
    first = value[0] if isinstance(value, list) and value else value
    text = first.get(key) if isinstance(first, dict) else None
    return text if isinstance(text, str) else None
