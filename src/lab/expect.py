"""Errors that a lesson shows on purpose, asserted by type and message."""

import re
import textwrap
from types import TracebackType
from typing import Generic, Self, TypeVar

from lab.scratch import PREFIX

E = TypeVar("E", bound=BaseException)

_SCRATCH = re.compile(rf"`?{PREFIX}\w+`?\.")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


class expect(Generic[E]):  # noqa: N801 - reads as a verb: with expect(...)
    r"""Assert that a block raises, and print the error's first line.

    A plain ``with`` is enough around awaits. Another type of error passes
    through. Name two types where drivers disagree on the class.

    Example:
        >>> with expect(ZeroDivisionError, match="by zero") as error:
        ...     1 / 0
        ZeroDivisionError: division by zero
        >>> type(error.value)
        <class 'ZeroDivisionError'>
    """

    def __init__(self, *types: type[E], match: str = r"\A\Z") -> None:
        r"""Say what must be raised.

        Args:
            *types: The error's class, or a base of it.
            match: A regular expression that must be found in the message.
                The default is that the message is empty, as that of
                ``TimeoutError`` often is.

        Raises:
            TypeError: No type is named, or one so wide that any error would
                do.
        """
        if not types or {Exception, BaseException} & set(types):
            raise TypeError(
                "Name the error's own type: Exception would accept any."
            )
        self._types = types
        self._match = match
        self._value: E | None = None

    @property
    def value(self) -> E:
        """The error that was raised.

        Raises:
            AssertionError: Nothing was raised yet.
        """
        if self._value is None:
            raise AssertionError(f"{self._names} was not raised yet.")
        return self._value

    @property
    def _names(self) -> str:
        """The names of the expected types."""
        return " or ".join(type_.__name__ for type_ in self._types)

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> bool:
        """Judge how the block ended.

        Raises:
            AssertionError: Nothing was raised, or the message is another.
        """
        if error is None:
            raise AssertionError(f"{self._names} was expected: nothing came.")
        if not isinstance(error, self._types):
            return False
        if not re.search(self._match, str(error)):
            raise AssertionError(
                f"{type(error).__name__} came as expected, but its message"
                f" has no {self._match!r}: {error}"
            ) from error
        self._value = error
        print(folded(first_line(error)))  # noqa: T201 - the page shows it
        return True


def folded(line: str) -> str:
    """Fold a line to the width of the page's code.

    Args:
        line: One line of text.

    Returns:
        The same in lines of at most 79 characters, indented from the second
        on; a longer word stays whole.
    """
    return textwrap.fill(
        line, 79, subsequent_indent="  ", break_long_words=False
    )


def first_line(error: BaseException) -> str:
    """Write an error in one line.

    Args:
        error: Any exception.

    Returns:
        Its type and the first line of its message, without SQLAlchemy's
        "Background on this error", without the statement, and without what
        is another in each run: addresses of objects, and the scratch
        database's name, which MySQL puts before a table's.
    """
    message = _SCRATCH.sub("", str(error).partition("\n")[0])
    message = _ADDRESS.sub("", message)
    message = message.partition(" (Background on this error at:")[0].strip()
    name = type(error).__name__
    return f"{name}: {message}" if message else name
