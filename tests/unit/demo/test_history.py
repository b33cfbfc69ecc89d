from workers.demo.history import FIRST_SERIAL, ProjectHistory, journal

_NAME = "zz-ghost-one"
_WHEEL = "zz_ghost_one-1.0.0-py3-none-any.whl"
_SDIST = "zz_ghost_one-1.0.0.tar.gz"


def _released() -> ProjectHistory:
    return (
        ProjectHistory(_NAME)
        .create("2026-06-01T10:00:00Z")
        .release("2026-06-01T10:05:00Z", "1.0.0")
    )


def _names(files: object) -> list[str]:
    assert isinstance(files, tuple)
    return [file.filename for file in files]


def test_an_upload_leaves_the_rows_that_the_index_writes() -> None:
    history = _released()

    rows = [(e.timestamp, e.version, e.action, e.serial) for e in journal([history])]

    assert rows == [
        (1780308000, None, "create", FIRST_SERIAL),
        (1780308000, None, "add Owner zz-ghost-owner", FIRST_SERIAL + 1),
        (1780308300, "1.0.0", "new release", FIRST_SERIAL + 2),
        (1780308300, "1.0.0", f"add py3 file {_WHEEL}", FIRST_SERIAL + 3),
        (1780308300, "1.0.0", f"add source file {_SDIST}", FIRST_SERIAL + 4),
    ]


def test_a_second_file_of_a_release_is_no_new_release() -> None:
    history = _released()
    again = history.files()["1.0.0"][0]

    history.upload("2026-06-02T10:00:00Z", "1.0.0", again)

    assert [e.action for e in journal([history])].count("new release") == 1


def test_a_removed_project_lists_nothing_and_its_files_stay() -> None:
    project = _released().remove_project("2026-06-02T10:00:00Z").project()

    assert project.status == "removed"
    assert project.listed == {}
    assert _names(project.unlisted["1.0.0"]) == [_WHEEL, _SDIST]


def test_a_quarantined_project_lists_nothing() -> None:
    project = _released().quarantine("2026-06-02T10:00:00Z").project()

    assert project.status == "quarantined"
    assert project.listed == {}
    assert _names(project.unlisted["1.0.0"]) == [_WHEEL, _SDIST]


def test_a_cleared_quarantine_lists_everything_again() -> None:
    history = _released().quarantine("2026-06-02T10:00:00Z").clear("2026-06-03T10:00:00Z")

    project = history.project()

    assert project.status == "active"
    assert _names(project.listed["1.0.0"]) == [_WHEEL, _SDIST]
    assert [e.action for e in journal([history])][-2:] == [
        "project quarantined",
        "project quarantine cleared",
    ]


def test_a_quarantined_release_is_absent_from_a_project_that_stays_active() -> None:
    history = _released().release("2026-06-02T10:00:00Z", "1.0.1")

    project = history.quarantine("2026-06-03T10:00:00Z", "1.0.1").project()

    assert project.status == "active"
    assert list(project.listed) == ["1.0.0"]
    assert list(project.unlisted) == ["1.0.1"]
    assert journal([history])[-1].action == "release quarantined"


def test_a_removed_file_leaves_its_sibling_listed() -> None:
    history = _released().remove_file("2026-06-02T10:00:00Z", "1.0.0", _SDIST)

    project = history.project()

    assert _names(project.listed["1.0.0"]) == [_WHEEL]
    assert _names(project.unlisted["1.0.0"]) == [_SDIST]
    assert journal([history])[-1].action == f"remove file {_SDIST}"


def test_a_yanked_release_stays_listed_with_its_mark() -> None:
    project = _released().yank("2026-06-02T10:00:00Z", "1.0.0").project()

    assert [file.yanked for file in project.listed["1.0.0"]] == [True, True]


def test_a_reused_name_keeps_the_files_of_both_owners() -> None:
    history = _released().remove_project("2026-06-02T10:00:00Z").create("2026-07-01T10:00:00Z")

    history.release("2026-07-01T10:05:00Z", "1.0.0").remove_project("2026-07-02T10:00:00Z")

    uploaded = [file.uploaded_at for file in history.files()["1.0.0"]]
    assert uploaded == ["2026-06-01T10:05:00Z"] * 2 + ["2026-07-01T10:05:00Z"] * 2


def test_the_journal_of_many_projects_is_in_the_order_of_time() -> None:
    late = ProjectHistory("zz-ghost-late").create("2026-07-01T10:00:00Z")
    early = ProjectHistory("zz-ghost-early").create("2026-06-01T10:00:00Z")

    entries = journal([late, early])

    assert [e.name for e in entries] == ["zz-ghost-early"] * 2 + ["zz-ghost-late"] * 2
    assert [e.serial - FIRST_SERIAL for e in entries] == [0, 1, 2, 3]
