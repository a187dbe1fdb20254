"""Errors shown on purpose."""

import asyncio

import pytest

from lab import expect
from lab.expect import first_line


def test_an_expected_error_is_printed_in_one_line(capsys):
    """The page shows type and message, without the link to the background."""
    message = (
        "(driver.Error) no such table: t\n[SQL: SELECT 1]\n"
        "(Background on this error at: https://sqlalche.me/e/21/e3q8)"
    )
    with expect(LookupError, match="no such table") as error:
        raise KeyErrorWithoutQuotes(message)
    assert capsys.readouterr().out == (
        "KeyErrorWithoutQuotes: (driver.Error) no such table: t\n"
    )
    assert isinstance(error.value, KeyError)


def test_a_long_message_is_folded(capsys):
    """No printed line is longer than the page's code."""
    with expect(ValueError, match="word"):
        raise ValueError("word " * 40)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 79
    assert " ".join(line.strip() for line in lines[1:]).startswith("word")


def test_a_background_link_in_the_first_line_is_left_out():
    """SQLAlchemy appends it to one-line messages as well."""
    error = ValueError("wrong (Background on this error at: https://x/y)")
    assert first_line(error) == "ValueError: wrong"


def test_the_scratch_databases_name_is_left_out():
    """MySQL names it, and it is another in each run."""
    error = ValueError("failed for `bank_scratch_20260101_000000_0a`.`users`")
    assert first_line(error) == "ValueError: failed for `users`"


def test_an_address_in_memory_is_left_out():
    """The same error reads the same in every run."""
    error = ValueError("Instance <User at 0x7f39D0c1> is not bound")
    assert first_line(error) == "ValueError: Instance <User> is not bound"


def test_nothing_raised_fails():
    """A page must not show an error that no longer comes."""
    with (
        pytest.raises(AssertionError, match="ValueError was expected"),
        expect(ValueError, match="wrong"),
    ):
        pass


def test_another_message_fails():
    """The words are asserted too, and the error that came is the cause."""
    error = ValueError("wrong")
    with (
        pytest.raises(AssertionError, match="has no 'right': wrong") as caught,
        expect(ValueError, match="right"),
    ):
        raise error
    assert caught.value.__cause__ is error


def test_a_message_that_is_not_named_fails():
    """Without ``match`` the message must be empty."""
    with (
        pytest.raises(AssertionError, match="its message has no"),
        expect(ValueError),
    ):
        raise ValueError("wrong")


async def test_an_empty_message_needs_no_match(capsys):
    """Time-outs often say nothing."""
    with expect(TimeoutError):
        async with asyncio.timeout(0):
            await asyncio.sleep(1)
    assert capsys.readouterr().out == "TimeoutError\n"


def test_another_type_passes_through():
    """What was not expected is not hidden."""
    with pytest.raises(KeyError), expect(ValueError, match=""):
        raise KeyError("other")


def test_one_of_several_types_is_enough():
    """Drivers disagree on the class of some errors."""
    with expect(ValueError, KeyError, match="other") as error:
        raise KeyError("other")
    assert type(error.value) is KeyError


async def test_cancellation_can_be_expected():
    """A ``BaseException`` is caught when it is named."""
    task = asyncio.create_task(asyncio.sleep(10))
    task.cancel()
    with expect(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    "types", [(), (Exception,), (KeyError, BaseException)]
)
def test_a_type_that_any_error_has_is_refused(types):
    """An expectation that cannot fail asserts nothing."""
    with pytest.raises(TypeError, match="own type"):
        expect(*types)


def test_the_value_is_not_there_before_the_error():
    """Asking too early says so."""
    error = expect(ValueError)
    with pytest.raises(AssertionError, match=r"ValueError .*raised"):
        _ = error.value


class KeyErrorWithoutQuotes(KeyError):
    """A subclass whose message reads as it was given."""

    def __str__(self):
        """Return the message itself."""
        return str(self.args[0])
