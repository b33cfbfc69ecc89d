"""Which READMEs set a task to candidates: what is in doubt does not."""

from __future__ import annotations

import pytest

from crawler.matching import sets_task

RECRUITER = """\
# Frontend

Thank you for your interest in joining us! This **skill
test** shows us how you work. Time limit: 2 hours. Send us the link when you are done.
"""
RELEASES = """\
# Zoo

Release candidates are tagged by hand. Run the test task of Gradle before you submit a pull request.
"""
PREPARATION = "# Interview preparation\n\nQuestions that I was asked, with answers. Run `pytest`.\n"
LESSON = "# Lesson 4\n\nYour task: draw a chart of the weather and submit it before Friday.\n"
OWN_ANSWER = "# Take-home test\n\nMy solution for the task of zz-lamp. Run `uv sync` first.\n"


@pytest.mark.parametrize(
    "readme",
    [
        "# Take-home task\n\nRun `uv sync`, then `python main.py`.\n",
        "Take-home task for candidates: install it, run it, and fix the test that fails.",
        "# Frontend technical assessment\n\nClone the repository and run `npm start`.",
        "# Order book\n\nTechnical Assessment. You will fix one failing route.\n",
        "# Poker\n\nEngineering challenge; please complete it within **2-3 hours**.\n",
        "# Shop\n\nCandidates complete all tasks below and record your screen. Deadline: Friday.\n",
        RECRUITER,
        "# Магазин\n\nТестовое задание для разработчика.\n",  # noqa: RUF001
        "# Loja\n\nTeste técnico para a vaga.\n",
        "# 商店\n\n这是面试题。\n",
        "# Shop\n\nTake-home task. <!-- this is my solution --> Please run it.\n",
        "# Shop\n\n[//]: # (this is my solution)\nTake-home task. Please run it.\n",
        "# Shop\n\nTake\u200b-ho\u00adme task. Please run it.\n",
        f"<!--{'-' * 70_000}-->\nTake-home task. Please run it.\n",
        'Take-home assignment: implement the API. [x](url "this was the") <p title="my solution">',
    ],
)
def test_what_names_the_task_and_what_to_do_sets_one(readme: str) -> None:
    assert sets_task(readme)


@pytest.mark.parametrize(
    "readme",
    [
        "",
        "# Copy trader\n\nInstall it with `uv sync` and run it. 300 % in a week!\n",
        "# Assessment\n\nA platform for teachers, who submit tests and grade them.\n",
        RELEASES,
        PREPARATION,
        LESSON,
        OWN_ANSWER,
        "# Todo\n\nThis was a take-home assignment of zz-lamp. Run `npm install`.\n",
        "# Todo\n\nSolution for the take-home test of zz-lamp. Run it with `npm start`.\n",
        "# Todo\n\nA coding assessment; I was asked to fix a route. Please read on.\n",
        "# Prueba técnica\n\nMi solución.\n",
        "# 前端面试题\n\n我的笔记。\n",
        "# Shop\n\nRun it. <!-- take-home task -->\n",
        "# HireKit\nOpen source technical assessment platform. Run `docker compose up`.",
        "Skills assessment of nurses. You must set DATABASE_URL.",
        "This library needs no developer assessment; please read the docs",
        "We are hiring! Skip the take-home assignment: contribute, run the tests and talk to us.",
        "Lists candidates. Run the test suite. Submit bugs in the tracker.",
    ],
)
def test_other_texts_set_none_and_neither_does_the_answer_of_a_candidate(readme: str) -> None:
    assert not sets_task(readme)


def test_a_long_text_is_read_to_its_limit_and_in_one_pass() -> None:
    task = "\nTake-home task: run it."

    assert sets_task("a " * 30_000 + task)
    assert not sets_task("within " * 10_000 + task)
