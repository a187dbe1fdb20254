"""What the bank refuses: one family of errors."""

import re

from bank import errors


def test_the_family_is_as_drawn():
    """Each error in the module's picture has the base that it shows."""
    line = re.compile(r"^    ([ ├└]*(?:── )?)([A-Z]\w+)(?:  .*)?$")
    path: list[str] = []
    drawn: dict[str, str | None] = {}
    for text in errors.__doc__.splitlines():
        if found := line.match(text):
            depth = len(found[1]) // 4
            path[depth:] = [found[2]]
            drawn[found[2]] = path[depth - 1] if depth else None
    assert drawn.pop("BankError") is None
    assert len(drawn) > 1
    for name, base in drawn.items():
        assert getattr(errors, name).__base__.__name__ == base


def test_senseless_transfer_is_a_value_error():
    """A transfer that makes no sense is caught as a wrong value, too."""
    assert issubclass(errors.InvalidTransfer, ValueError)
