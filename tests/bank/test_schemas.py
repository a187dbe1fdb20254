"""What goes over the wire."""

import pytest
from pydantic import ValidationError

from bank.schemas import (
    AccountCreate,
    AccountUpdate,
    DepositCreate,
    Page,
    TransferCreate,
    TransferRead,
    UserCreate,
)


@pytest.mark.parametrize("name", ["A", "Ada Lovelace", "Zoé", "x" * 100])
def test_name(name):
    """A name is 1 to 100 characters."""
    assert UserCreate(email="ada@example.org", name=name).name == name


@pytest.mark.parametrize(
    "name", ["", " ", "   ", " Ada", "Ada ", "x" * 101, "A\x00da", "A\nda"]
)
def test_senseless_name(name):
    """A name has no blanks at its ends, and no control characters."""
    with pytest.raises(ValidationError):
        AccountCreate(owner_id=1, name=name)


@pytest.mark.parametrize("email", ["a@b.c", "Zoé.x+y@ex-ample.co.uk"])
def test_email(email):
    """An address is a name, an @ and a domain."""
    assert UserCreate(email=email, name="Ada").email == email


@pytest.mark.parametrize(
    "email",
    [
        *("", "ada", "ada@", "@example.org", "ada@example", "a b@example.org"),
        *("a@b@example.org", "a@.org", "a@example.", "a\0@example.org"),
        "a" * 251 + "@b.c",
    ],
)
def test_senseless_email(email):
    """What is no e-mail address is refused."""
    with pytest.raises(ValidationError):
        UserCreate(email=email, name="Ada")


@pytest.mark.parametrize("reference", ["", "a b", "a/b", "x" * 65, "a\n", "é"])
def test_senseless_reference(reference):
    """A reference is 1 to 64 letters, digits and ``. _ : -``."""
    with pytest.raises(ValidationError):
        TransferCreate(reference=reference, source_id=1, target_id=2, amount=1)


@pytest.mark.parametrize("number", [0, -1, 2**53, True, "5", 1.0, 1.5, None])
def test_senseless_id(number):
    """An id fits the databases' column."""
    with pytest.raises(ValidationError):
        AccountCreate(owner_id=number, name="x")


@pytest.mark.parametrize("amount", [0, -1, 10**12 + 1, True, "5", 5.0])
def test_senseless_amount(amount):
    """An amount is a whole number of cents, written as one."""
    with pytest.raises(ValidationError):
        DepositCreate(reference="r", account_id=1, amount=amount)


@pytest.mark.parametrize("version", [0, 2**31, True, "1", 1.0])
def test_senseless_version(version):
    """A version is a whole number, written as one."""
    with pytest.raises(ValidationError):
        AccountUpdate(name="x", version=version)


def test_page_of_items():
    """A page knows its items' type."""
    page = Page[int](items=[1, 2], next=2)
    assert page.model_dump() == {"items": [1, 2], "next": 2}
    with pytest.raises(ValidationError):
        Page[int](items=["x"], next=None)


def test_response_needs_every_field():
    """A response that lacks a field is a mistake of ours."""
    with pytest.raises(ValidationError):
        TransferRead.model_validate(object())
