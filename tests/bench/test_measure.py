"""The measuring."""

from itertools import count

from bench.measure import (
    QUICK,
    count_calls,
    interleave,
    ratio,
    spread,
)


async def test_calls_are_counted_exactly():
    """Twice the calls are counted as twice as many, in every count."""

    def call():
        """Be called."""

    async def work(times):
        for _ in range(times):
            call()

    one = [await count_calls(lambda _: work(100)) for _ in range(3)]
    two = [await count_calls(lambda _: work(200)) for _ in range(3)]
    assert len(set(one)) == len(set(two)) == 1
    assert two[0] - one[0] == 100


def test_ratios_are_taken_within_a_round():
    """A round that was slow for both changes no ratio."""
    assert ratio([2, 20, 2], [1, 10, 1]) == [2, 2, 2]
    assert spread([3]) == [3, 3, 3]
    assert spread([1, 2, 3, 4, 5]) == [2, 3, 4]


async def test_candidates_take_turns():
    """Each round begins with another candidate, and numbers are new."""
    ran = []

    def candidate(name):
        async def work(number):
            ran.append((name, number))

        return work

    effort = QUICK._replace(rounds=2, slice=0)
    found = await interleave({n: candidate(n) for n in "ab"}, effort)
    assert [number for _, number in ran] == [
        number for number, _ in zip(count(1), ran, strict=False)
    ]
    assert [name for name, _ in ran[-4:]] == ["a", "b", "b", "a"]
    assert all(len(each.seconds) == 2 for each in found.values())
