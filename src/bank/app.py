"""The bank as a web application: ``uvicorn --factory bank.app:create_app``."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Query, Request, status
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bank.dependencies import (
    FactoryDep,
    SessionDep,
    TransactionDep,
    account_service,
    transfer_service,
    user_service,
)
from bank.engine import make_engine, ping
from bank.errors import (
    BankError,
    Conflict,
    ConstraintViolated,
    DatabaseError,
    Disconnected,
    InvalidTransfer,
    NotFound,
    Retryable,
    TimedOut,
    translate,
)
from bank.models import Transfer, create_tables
from bank.repositories import UserRepository
from bank.schemas import (
    AccountCreate,
    AccountRead,
    AccountUpdate,
    DepositCreate,
    EntryRead,
    Id,
    Page,
    TransferCreate,
    TransferRead,
    UserCreate,
    UserRead,
    UserWithAccounts,
)
from bank.session import make_session_factory, retry
from bank.settings import Settings

router = APIRouter()

IdPath = Annotated[Id, Path()]
AfterId = Annotated[int, Query(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=200)]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; nothing connects before it starts.

    Args:
        settings: The settings, or ``None`` to read the environment.

    Returns:
        The application.

    Raises:
        DatabaseURLError: At its start, if the URL cannot work.
        DatabaseUnavailable: At its start, if no database answers.
    """
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        engine = make_engine(
            settings.database_url,
            echo=settings.database_echo,
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_max_overflow,
            statement_timeout=settings.database_statement_timeout,
        )
        try:
            await ping(engine)
            await create_tables(engine)
            app.state.session_factory = make_session_factory(engine)
            yield
        finally:
            await engine.dispose()

    app = FastAPI(title="Bank", lifespan=lifespan)
    app.include_router(router)
    app.add_exception_handler(BankError, _answer_error)
    app.add_exception_handler(SQLAlchemyError, _answer_error)
    return app


@router.post("/users", status_code=status.HTTP_201_CREATED)
async def register_user(body: UserCreate, session: TransactionDep) -> UserRead:
    """Register a user; 409 if the e-mail address is taken."""
    user = await user_service(session).register(
        email=body.email, name=body.name
    )
    return UserRead.model_validate(user)


@router.get("/users")
async def list_users(
    session: SessionDep, after: AfterId = 0, limit: Limit = 50
) -> Page[UserRead]:
    """List users, a page at a time."""
    users = await UserRepository(session).list_page(
        after_id=after, limit=limit
    )
    return Page(
        items=[UserRead.model_validate(user) for user in users],
        next=_next_page(users, limit),
    )


@router.get("/users/{user_id}")
async def read_user(user_id: IdPath, session: SessionDep) -> UserWithAccounts:
    """Read a user with the accounts; 404 if there is none."""
    user = await user_service(session).get(user_id)
    return UserWithAccounts.model_validate(user)


@router.post("/accounts", status_code=status.HTTP_201_CREATED)
async def open_account(
    body: AccountCreate, session: TransactionDep
) -> AccountRead:
    """Open an account; 404 if there is no such owner."""
    account = await account_service(session).open(
        owner_id=body.owner_id, name=body.name
    )
    return AccountRead.model_validate(account)


@router.get("/accounts/{account_id}")
async def read_account(account_id: IdPath, session: SessionDep) -> AccountRead:
    """Read an account; 404 if there is none."""
    account = await account_service(session).get(account_id)
    return AccountRead.model_validate(account)


@router.patch("/accounts/{account_id}")
async def rename_account(
    account_id: IdPath, body: AccountUpdate, session: TransactionDep
) -> AccountRead:
    """Rename an account; 409 if somebody else edited it since."""
    account = await account_service(session).rename(
        account_id, name=body.name, version=body.version
    )
    return AccountRead.model_validate(account)


@router.get("/accounts/{account_id}/statement")
async def read_statement(
    account_id: IdPath,
    session: SessionDep,
    before: Annotated[Id | None, Query()] = None,
    limit: Limit = 50,
) -> Page[EntryRead]:
    """Read an account's entries, the newest first, a page at a time."""
    entries = await account_service(session).statement(
        account_id, before_id=before, limit=limit
    )
    return Page(
        items=[EntryRead.model_validate(entry) for entry in entries],
        next=_next_page(entries, limit),
    )


@router.post("/deposits", status_code=status.HTTP_201_CREATED)
async def deposit(body: DepositCreate, factory: FactoryDep) -> TransferRead:
    """Pay cash in; the same reference pays it in once."""

    async def unit_of_work(session: AsyncSession) -> Transfer:
        return await transfer_service(session).deposit(**body.model_dump())

    return TransferRead.model_validate(await retry(factory, unit_of_work))


@router.post("/transfers", status_code=status.HTTP_201_CREATED)
async def transfer(body: TransferCreate, factory: FactoryDep) -> TransferRead:
    """Move money; the same reference moves it once.

    The route opens its transactions itself: a dependency could not run the
    route again after a deadlock.
    """

    async def unit_of_work(session: AsyncSession) -> Transfer:
        return await transfer_service(session).transfer(**body.model_dump())

    return TransferRead.model_validate(await retry(factory, unit_of_work))


@router.get("/transfers/{transfer_id}")
async def read_transfer(
    transfer_id: IdPath, session: SessionDep
) -> TransferRead:
    """Read a transfer; 404 if there is none."""
    found = await transfer_service(session).get(transfer_id)
    return TransferRead.model_validate(found)


def _next_page(rows: Sequence[Any], limit: int) -> int | None:
    """Tell where the next page begins: after a full page's last id."""
    return rows[-1].id if len(rows) == limit else None


_STATUS: dict[type[Exception], int] = {
    NotFound: status.HTTP_404_NOT_FOUND,
    Conflict: status.HTTP_409_CONFLICT,
    ConstraintViolated: status.HTTP_409_CONFLICT,
    InvalidTransfer: status.HTTP_422_UNPROCESSABLE_CONTENT,
    Disconnected: status.HTTP_503_SERVICE_UNAVAILABLE,
    Retryable: status.HTTP_503_SERVICE_UNAVAILABLE,
    TimedOut: status.HTTP_503_SERVICE_UNAVAILABLE,
}


async def _answer_error(_request: Request, error: Exception) -> JSONResponse:
    """Turn an error into an answer; what a client cannot mend is a 500."""
    ours = error if isinstance(error, BankError) else translate(error)
    for kind, code in _STATUS.items():
        if isinstance(ours, kind):
            return JSONResponse({"detail": _tell(ours)}, code)
    raise error


def _tell(error: Exception) -> str:
    """Tell a client the reason, but nothing of a database's own words."""
    if isinstance(error, DatabaseError):
        return f"{type(error).__name__}: {error.__doc__}"
    return str(error)
