"""Copies and templates of locks, and environments of conda under odd names, are told by their names."""

from __future__ import annotations

import pytest

from crawler.lockfiles import is_lock, reading_of


@pytest.mark.parametrize(
    ("path", "reading"),
    [
        ("uv.lock.bak", "by-content"),
        ("a/Pipfile.lock~", "by-content"),
        ("yarn.lock.orig.1", "by-content"),
        ("package-lock.json.OLD", "by-content"),
        ("requirements.txt.save", "by-content"),
        ("pylock.a.b.toml", "by-content"),
        ("requirements.txt.tmpl", "guessed"),
        ("requirements-dev.txt.j2", "guessed"),
        ("uv.lock.template", "guessed"),
        ("env/conda_dev.yml", "conda-environment"),
        ("requirements-conda.yaml", "conda-environment"),
    ],
)
def test_a_copy_is_told_by_what_it_copies(path: str, reading: str) -> None:
    assert is_lock(path)
    assert reading_of(path) == reading


@pytest.mark.parametrize(
    "path", ["package.json.bak", "main.py.orig", "pip.conf.example", "conda-forge.yml", "lock~"]
)
def test_copies_of_other_files_are_none(path: str) -> None:
    assert not is_lock(path)
