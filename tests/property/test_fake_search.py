"""What the fakes of hosts promise for any content: pages lose nothing, and words are found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.servers.small_world import repository, world
from workers.demo.catalogue import Catalogue
from workers.demo.codesearch import BadQueryError, CodeIndex, parse_query
from workers.demo.paging import NumberedPage

_NAMES = st.from_regex(r"[a-z]{1,8}\.lock", fullmatch=True)


@given(total=st.integers(0, 300), size=st.integers(1, 100))
def test_pages_cover_every_item_once(total: int, size: int) -> None:
    last = NumberedPage(number=1, size=size, total=total).last

    pages = [NumberedPage(number=number, size=size, total=total) for number in range(1, last + 1)]

    seen = [item for page in pages for item in range(page.start, page.stop)]
    assert seen == list(range(total))


@given(
    files=st.dictionaries(_NAMES, st.text(max_size=60), max_size=6),
    word=st.text("abc12_", min_size=1, max_size=6),
)
def test_a_word_finds_exactly_the_files_that_hold_it(files: dict[str, str], word: str) -> None:
    files["held.lock"] = f'x = "{word}"\n'
    contents = {path: text.encode() for path, text in files.items()}
    index = CodeIndex(Catalogue(world(repository("a/b", contents)), "github.example"))

    found = {hit.path for hit in index.search(parse_query(f'"{word}"'))}

    assert "held.lock" in found
    assert all(word in files[path].lower() for path in found)


@given(text=st.text(max_size=300))
def test_any_text_is_a_query_or_is_refused_with_a_reason(text: str) -> None:
    reason = ""
    clauses: tuple[object, ...] = ()

    try:
        query = parse_query(text)
        clauses = (*query.clauses, *query.values("filename"))
    except BadQueryError as refusal:
        reason = str(refusal)

    assert bool(reason) != bool(clauses)
