"""The reason that a table shows: the one that limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.matching import VerdictIndex, limiting_reason, match
from crawler.model import Confidence, Reason
from tests.values import REGISTRIES, ghost_file, pin, verdict


@pytest.mark.parametrize(
    ("codes", "confidence", "limiting"),
    [
        (["file-digest"], "confirmed", "file-digest"),
        (["listed-release", "private-registry", "asks-the-index"], "possible", "private-registry"),
        (["file-digest", "feeds-disagree", "fixture-path"], "likely", "feeds-disagree"),
        (["listed-release", "git-source", "name-reused"], "census", "git-source"),
        (["file-digest", "of-a-later-version"], "likely", "of-a-later-version"),
        (["of-a-later-version", "every-version-record"], "possible", "every-version-record"),
        (["of-a-later-version", "git-source"], "census", "git-source"),
    ],
)
def test_the_reason_with_the_lowest_ceiling_limits(
    codes: list[str], confidence: str, limiting: str
) -> None:
    (found,) = match([pin()], VerdictIndex([verdict(file=ghost_file())]), REGISTRIES)
    reasons = tuple(Reason(code=code, text="") for code in codes)

    limited = replace(found, confidence=Confidence(confidence), reasons=reasons)

    assert limiting_reason(limited).code == limiting
