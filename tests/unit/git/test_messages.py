"""What the git program means when it fails."""

from __future__ import annotations

import pytest

from crawler.errors import (
    Blocked,
    Defer,
    GhostcrawlError,
    Gone,
    Malformed,
    Private,
    Refused,
    Retry,
    TooLarge,
)
from crawler.git.messages import ServerError, raise_for_git
from crawler.sandbox import Completed, Ended


def done(ended: Ended, stderr: bytes = b"", code: int | None = 128) -> Completed:
    return Completed(ended=ended, returncode=code, signal=11, stdout=b"", stderr=stderr)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"fatal: repository 'https://git.example/r/' not found", Gone),
        (b"fatal: could not read Username for 'https://git.example'", Private),
        (b"fatal: unable to access 'x': The requested URL returned error: 403", Private),
        (
            (
                b"remote: Repository unavailable due to DMCA takedown.\nfatal: unable to access 'x': "
                b"The requested URL returned error: 403"
            ),
            Blocked,
        ),
        (
            (
                b"remote: Access to this repository has been disabled by the staff.\nfatal: unable to "
                b"access 'x': The requested URL returned error: 403"
            ),
            Blocked,
        ),
        (
            (
                b"fatal: unable to access 'https://git.example/dmca takedown/x/': The requested URL "
                b"returned error: 403"
            ),
            Private,
        ),
        (b"fatal: unable to access 'x': The requested URL returned error: 429", Defer),
        (b"fatal: unable to access 'x': The requested URL returned error: 451", Blocked),
        (b"fatal: unable to access 'x': The requested URL returned error: 302", Refused),
        (b"fatal: unable to access 'x': The requested URL returned error: 502", Retry),
        (b"error: object abc: hasDotgit: contains '.git'\nfatal: fsck error in pack", Malformed),
        (b"fatal: attempting to allocate 1610612736 over limit 268435456", TooLarge),
        (b"fatal: early EOF", Retry),
        (b"fatal: early EOF\nfatal: fetch-pack: invalid index-pack output", Retry),
        (b"fatal: fetch-pack: invalid index-pack output", Malformed),
        (b"error: index-pack died of signal 9", Malformed),
    ],
)
def test_a_message_becomes_the_error_that_says_what_to_do(
    message: bytes, error: type[GhostcrawlError]
) -> None:
    with pytest.raises(error):
        raise_for_git("r", done(Ended.EXITED, message))


@pytest.mark.parametrize(("status", "own"), [(500, True), (503, True), (418, False)])
def test_an_answer_of_5xx_is_an_error_of_its_own_which_may_be_about_a_filter(
    status: int, *, own: bool
) -> None:
    message = b"fatal: unable to access 'x': The requested URL returned error: %d" % status

    with pytest.raises(Retry) as raised:
        raise_for_git("r", done(Ended.EXITED, message))

    assert isinstance(raised.value, ServerError) is own


@pytest.mark.parametrize(
    ("ended", "error"),
    [
        (Ended.SIGNALLED, Malformed),
        (Ended.TIMED_OUT, Retry),
        (Ended.TOO_MUCH_OUTPUT, TooLarge),
    ],
)
def test_a_violent_end_is_a_verdict(ended: Ended, error: type[GhostcrawlError]) -> None:
    with pytest.raises(error):
        raise_for_git("r", done(ended))


def test_success_raises_nothing() -> None:
    raise_for_git("r", done(Ended.EXITED, code=0))
