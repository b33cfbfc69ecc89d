from collections import Counter

from crawler.model import Ecosystem, normalize_name
from workers.demo.world import build


def test_every_project_has_a_reserved_harmless_name() -> None:
    names = [project.name for project in build().projects]

    assert all(name.startswith("zz-ghost-") for name in names)
    assert all(normalize_name(Ecosystem.PYPI, name) == name for name in names)


def test_no_file_name_was_ever_given_out_twice() -> None:
    names = Counter(
        file.filename
        for project in build().projects
        for versions in (project.listed, project.unlisted)
        for files in versions.values()
        for file in files
    )

    assert names.most_common(1)[0][1] == 1


def test_the_index_shows_each_state() -> None:
    states = {project.name: project.status for project in build().projects}

    assert states["zz-ghost-llm"] == "active"
    assert states["zz-ghost-wallet"] == "removed"
    assert states["zz-ghost-held"] == "quarantined"
    assert states["zz-ghost-cleared"] == "active"


def test_a_compromised_project_lists_only_the_good_neighbours() -> None:
    llm = next(project for project in build().projects if project.name == "zz-ghost-llm")

    assert list(llm.listed) == ["1.82.6", "1.83.0"]
    assert list(llm.unlisted) == ["1.82.7", "1.82.8"]


def test_the_journal_has_growing_serials_and_times() -> None:
    entries = build().journal

    assert [e.serial for e in entries] == list(range(39_000_001, 39_000_001 + len(entries)))
    assert [e.timestamp for e in entries] == sorted(e.timestamp for e in entries)


def test_the_journal_uses_the_words_of_the_index() -> None:
    actions = {entry.action.split(" file ")[0].split(" Owner ")[0] for entry in build().journal}

    assert {action for action in actions if not action.startswith("add cp")} == {
        "add",
        "add py3",
        "add source",
        "create",
        "new release",
        "project quarantine cleared",
        "project quarantined",
        "release quarantined",
        "remove",
        "remove project",
        "remove release",
        "yank release",
    }
