"""What the bank refuses. What a database refuses is in :mod:`bank.db.errors`.

Catch ``BankError`` to catch them all::

    BankError
    ├── NotFound                  no such user, account or transfer
    ├── InvalidTransfer           an amount or accounts that make no sense
    ├── HouseAccount              only deposits may use it
    ├── WrongTables               the database is not this bank's
    └── Conflict                  the request contradicts what is stored
        ├── EmailTaken
        ├── EditConflict          somebody else changed it meanwhile
        ├── InsufficientFunds
        └── ReferenceReused       one reference, two different transfers
"""


class BankError(Exception):
    """The base of every error that the bank raises on purpose."""


class NotFound(BankError):
    """There is no such user, account or transfer."""


class InvalidTransfer(BankError, ValueError):
    """The amount is out of range, or both accounts are the same."""


class HouseAccount(BankError):
    """The house's own account is not a customer's to use."""


class WrongTables(BankError):
    """The database's tables cannot be used; the message says what to do."""


class Conflict(BankError):
    """The request contradicts what is stored."""


class EmailTaken(Conflict):
    """Another user has this e-mail address."""


class EditConflict(Conflict):
    """Somebody else changed the row since it was read."""


class InsufficientFunds(Conflict):
    """The account holds less than the transfer would take."""


class ReferenceReused(Conflict):
    """The reference belongs to a transfer with other content."""
