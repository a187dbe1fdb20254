"""What goes over the wire."""

from datetime import UTC, datetime
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from bank.models import Account, Entry, Transfer, User
from bank.schemas import (
    MAX_ID,
    ONLY_DIGITS,
    AccountCreate,
    AccountRead,
    AccountUpdate,
    DepositCreate,
    EntryRead,
    EntryTransfer,
    Page,
    TransferCreate,
    TransferRead,
    UserCreate,
    UserRead,
    UserWithAccounts,
)
from bank.services import MAX_AMOUNT

BODY = {
    "email": "ada@example.org",
    "name": "Ada",
    "reference": "r",
    "owner_id": 1,
    "account_id": 1,
    "source_id": 1,
    "target_id": 2,
    "amount": 1,
    "version": 1,
}
REQUESTS = [
    UserCreate,
    AccountCreate,
    AccountUpdate,
    DepositCreate,
    TransferCreate,
]
RESPONSES = [
    UserRead,
    AccountRead,
    UserWithAccounts,
    TransferRead,
    EntryTransfer,
    EntryRead,
    Page[int],
]


@pytest.mark.parametrize("name", ["A", "Ada Lovelace", "Zoé", "x" * 100])
def test_name(name):
    """A name is 1 to 100 characters."""
    assert UserCreate(email="ada@example.org", name=name).name == name


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "   ", " Ada", "Ada ", "x" * 101),
        *("A\x00da", "A\nda", "A\tda", "A\x7fda"),
        *("A\rda", "A\x1bda", "\nAda", "Ada\n", "\x7fAda", "Ada\x7f"),
    ],
)
def test_senseless_name(name):
    """A name has no blanks at its ends, and no control characters."""
    with pytest.raises(ValidationError):
        AccountCreate(owner_id=1, name=name)


@pytest.mark.parametrize(
    "email", ["a@b.c", "Zoé.x+y@ex-ample.co.uk", "a" * 250 + "@b.c"]
)
def test_email(email):
    """An address is a name, an @ and a domain, of 254 characters at most."""
    assert UserCreate(email=email, name="Ada").email == email


@pytest.mark.parametrize(
    "email",
    [
        *("", "ada", "ada@", "@example.org", "ada@example", "a b@example.org"),
        *("a@b@example.org", "a@.org", "a@example.", "a\0@example.org"),
        *("a@b..c", "a@b.c.", "a\x7f@b.c", "a@b\x7f.c", "a@b.c\n"),
        *("a\nb@b.c", "a@b b.c", "a@b\0b.c", "a@b.c c", "a@b.c\0c"),
        *("a@b.c@d", "a@b.c\x7f"),
        "a" * 251 + "@b.c",
    ],
)
def test_senseless_email(email):
    """What is no e-mail address is refused."""
    with pytest.raises(ValidationError):
        UserCreate(email=email, name="Ada")


@pytest.mark.parametrize("reference", ["a", "Rent_2026-06.1:b", "x" * 64])
def test_reference(reference):
    """A reference is 1 to 64 letters, digits and ``. _ : -``."""
    deposit = DepositCreate(reference=reference, account_id=1, amount=1)
    assert deposit.reference == reference


@pytest.mark.parametrize(
    "reference", ["", "a b", "a/b", "x" * 65, "a\n", "é", "a[b", "a^b", "a+b"]
)
def test_senseless_reference(reference):
    """A reference has no other characters, and is no longer."""
    with pytest.raises(ValidationError):
        TransferCreate(reference=reference, source_id=1, target_id=2, amount=1)


@pytest.mark.parametrize(
    ("model", "field", "limit"),
    [
        (AccountCreate, "owner_id", MAX_ID),
        (AccountUpdate, "version", 2**31 - 1),
        (DepositCreate, "account_id", MAX_ID),
        (DepositCreate, "amount", MAX_AMOUNT),
        (TransferCreate, "source_id", MAX_ID),
        (TransferCreate, "target_id", MAX_ID),
        (TransferCreate, "amount", MAX_AMOUNT),
    ],
)
def test_limits(model, field, limit):
    """Each number of a request is whole, 1 at least, and may be its limit."""
    body = {name: BODY[name] for name in model.model_fields}
    for number in (1, limit):
        made = model.model_validate(body | {field: number})
        assert getattr(made, field) == number
    for number in (0, limit + 1):
        with pytest.raises(ValidationError):
            model.model_validate(body | {field: number})
    for other in ("1", 1.0, True):  # what is no number, or not a whole one
        with pytest.raises(ValidationError):
            model.model_validate(body | {field: other})


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


@pytest.mark.parametrize("model", [*REQUESTS, *RESPONSES])
def test_every_field_is_needed(model):
    """A request leaves nothing to a default, and neither does a response."""
    with pytest.raises(ValidationError) as refusal:
        model.model_validate({})
    missing = {error["loc"] for error in refusal.value.errors()}
    assert missing == {(name,) for name in model.model_fields}


def test_responses_of_models():
    """A response holds what the model holds, under the model's names."""
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    user = {"id": 1, "email": "a@b.c", "name": "Ada", "created_at": moment}
    assert UserRead.model_validate(User(**user)).model_dump() == user
    house = {
        "id": 1,
        "owner_id": None,
        "name": "Cash",
        "balance": -5,
        "version": 1,
    }
    assert AccountRead.model_validate(Account(**house)).model_dump() == house
    paid = {"id": 3, "reference": "r", "created_at": moment}
    entries = [
        Entry(id=4, account_id=1, amount=-5),
        Entry(id=5, account_id=2, amount=5),
    ]
    transfer = Transfer(**paid, entries=entries)
    sides = {"source_id": 1, "target_id": 2, "amount": 5}
    read = TransferRead.model_validate(transfer)
    assert read.model_dump() == paid | sides
    line = EntryRead.model_validate(entries[0])
    assert line.model_dump() == {"id": 4, "amount": -5, "transfer": paid}


@pytest.mark.parametrize("model", REQUESTS)
def test_every_text_is_checked(model):
    """Each text of a request is refused when it is empty."""
    for field in BODY.keys() & model.model_fields.keys():
        body = {name: BODY[name] for name in model.model_fields}
        if isinstance(body[field], str):
            with pytest.raises(ValidationError, match=field):
                model.model_validate(body | {field: ""})


@pytest.mark.parametrize("text", ["8", "-8", "007"])
def test_digits(text):
    """An integer in an address is written in digits."""
    assert TypeAdapter(Annotated[int, ONLY_DIGITS]).validate_python(
        text
    ) == int(text)


@pytest.mark.parametrize("text", ["", "8.0", "+8", "1_0", " 8", "8\n", "٣"])
def test_not_digits(text):
    """What else Pydantic takes for an integer is refused in an address."""
    with pytest.raises(ValidationError, match=r"integer .*in digits"):
        TypeAdapter(Annotated[int, ONLY_DIGITS]).validate_python(text)
