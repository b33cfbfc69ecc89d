from __future__ import annotations

from pathlib import Path

import pytest

from workers.environment import clean


def cleaned(**environ: str) -> dict[str, str]:
    clean(environ)
    return environ


@pytest.mark.parametrize("name", ["PATH", "PYTHONPATH", "LD_LIBRARY_PATH"])
@pytest.mark.parametrize(
    "value", [":/usr/bin:/opt/x", "/usr/bin::/opt/x", "/usr/bin:/opt/x:", "/usr/bin:.:bin:/opt/x"]
)
def test_a_search_path_keeps_only_its_absolute_entries(name: str, value: str) -> None:
    assert cleaned(**{name: value})[name] == "/usr/bin:/opt/x"


@pytest.mark.parametrize("value", ["", ":", ".", "bin:lib"])
def test_a_search_path_of_the_current_folder_alone_goes(value: str) -> None:
    assert "PYTHONPATH" not in cleaned(PYTHONPATH=value)


def test_relative_places_of_modules_go_and_absolute_ones_stay() -> None:
    relative = {"PYTHONUSERBASE": ".", "PYTHONPYCACHEPREFIX": "cache", "OPENSSL_CONF": "x.cnf"}

    environ = cleaned(PYTHONHOME="/opt/python", **relative)

    assert environ == {"PYTHONHOME": "/opt/python", "PYTHONSAFEPATH": "1"}


def test_variables_by_which_celery_takes_modules_and_brokers_go() -> None:
    environ = cleaned(CELERY_LOADER="x.Loader", CELERY_CONFIG_MODULE="x", CELERY_BROKER_URL="x:")

    assert environ == {"PYTHONSAFEPATH": "1"}


def test_files_that_are_read_later_become_absolute(tmp_path: Path) -> None:
    environ = cleaned(PGPASSFILE="pgpass", PGSSLROOTCERT="system", PGSSLKEY=str(tmp_path / "key"))

    assert environ["PGPASSFILE"] == str(Path.cwd() / "pgpass")
    assert environ["PGSSLROOTCERT"] == "system"
    assert environ["PGSSLKEY"] == str(tmp_path / "key")


def test_what_leads_nowhere_is_left_alone() -> None:
    assert cleaned(HOME="/x", GITHUB_TOKEN="t")["GITHUB_TOKEN"] == "t"
