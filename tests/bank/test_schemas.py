"""What goes over the wire."""

import pytest
from pydantic import ValidationError

from bank.schemas import (
    AccountCreate,
    Page,
    TransferCreate,
    TransferRead,
    UserCreate,
)


def test_name_is_trimmed():
    """Blanks around a name are dropped."""
    body = UserCreate(email="ada@example.org", name="  Ada  ")
    assert body.name == "Ada"


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "A\x00da", "A\nda"])
def test_senseless_name(name):
    """A name is 1 to 100 characters, none of them a control character."""
    with pytest.raises(ValidationError):
        AccountCreate(owner_id=1, name=name)


@pytest.mark.parametrize("email", ["", "ada", "ada@", "@example.org"])
def test_senseless_email(email):
    """What is no e-mail address is refused."""
    with pytest.raises(ValidationError):
        UserCreate(email=email, name="Ada")


@pytest.mark.parametrize("reference", ["", "a b", "a/b", "x" * 65, "a\n"])
def test_senseless_reference(reference):
    """A reference is 1 to 64 letters, digits and ``. _ : -``."""
    with pytest.raises(ValidationError):
        TransferCreate(reference=reference, source_id=1, target_id=2, amount=1)


@pytest.mark.parametrize("number", [0, -1, 2**63])
def test_senseless_id(number):
    """An id fits the databases' column."""
    with pytest.raises(ValidationError):
        AccountCreate(owner_id=number, name="x")


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
