"""The questions on long tables."""

import pytest

from bench.databases import describe, scratch_bank
from bench.growth import QUESTIONS, find_plans, read_plan
from bench.loading import grow


async def test_each_question_is_answered_by_an_index(server_url):
    """No question of a repository reads a whole table, on any database."""
    async with scratch_bank(server_url, users=0) as url:
        await grow(url, await describe(url), 0, 5_000)
        plans = await find_plans(url, 2_500)
    assert plans.keys() == QUESTIONS.keys()
    for question, plan in plans.items():
        assert plan["indexes"], question
        assert not plan["whole_tables"], question


@pytest.mark.parametrize(
    ("dialect", "line"),
    [
        ("sqlite", "2 0 0 SCAN users"),
        ("postgresql", "Seq Scan on users  (cost=0.00..1.00)"),
        ("mysql", "1 SIMPLE users ALL None None None None 9 "),
    ],
)
def test_a_whole_table_is_found(dialect, line):
    """A plan that reads a table from end to end is told from an index."""
    found = read_plan(dialect, [line])
    assert found == {"indexes": [], "whole_tables": [line]}
