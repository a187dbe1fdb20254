"""The bank as a web application; ``python -m bank`` serves it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import APIRouter, FastAPI, Path, Query, status
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bank.db.engine import make_engine, ping
from bank.db.errors import DatabaseError
from bank.db.session import make_session_factory, retry
from bank.dependencies import (
    FactoryDep,
    SessionDep,
    TransactionDep,
    account_service,
    transfer_service,
    user_service,
)
from bank.errors import BankError
from bank.limits import BodyLimit, StrictRoute
from bank.logs import log_slow_statements
from bank.models import Transfer
from bank.problems import add_problems, documented
from bank.repositories import UserRepository
from bank.schemas import (
    MAX_ID,
    ONLY_DIGITS,
    AccountCreate,
    AccountRead,
    AccountUpdate,
    DepositCreate,
    EntryRead,
    Health,
    Page,
    TransferCreate,
    TransferRead,
    UserCreate,
    UserRead,
    UserWithAccounts,
)
from bank.settings import Settings, SettingsError, read_settings
from bank.tables import create_tables

DESCRIPTION = """\
An example bank: users, accounts, and transfers between them.

It knows no login, and has neither TLS, CORS headers nor a rate limit. Put it
behind a proxy that ends TLS and limits rates, and add your own dependency
that says who is calling, before anybody else can reach it.

Lists come in pages. `next` is what to send as `after` or `before` for the
next page, and null on the last one. A deposit or transfer is sent with a
`reference`; sent again, it moves nothing and gets the same answer.
"""

IdPath = Annotated[int, Path(ge=1, le=MAX_ID), ONLY_DIGITS]
AfterId = Annotated[
    int,
    Query(ge=0, le=MAX_ID, description="The `next` of the page before."),
    ONLY_DIGITS,
]
BeforeId = Annotated[
    int | None,
    Query(ge=1, le=MAX_ID, description="The `next` of the page before."),
    ONLY_DIGITS,
]
Limit = Annotated[
    int,
    Query(ge=1, le=200, description="How many items a page has at most."),
    ONLY_DIGITS,
]

BODY = (408, 413)
"""What a route that reads a body may return, too."""

FIRST_ACCOUNTS = 50
"""How many accounts come with a user."""

health = APIRouter(prefix="/health", tags=["health"])
router = APIRouter(route_class=StrictRoute)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application; nothing connects before it starts.

    Args:
        settings: The settings, or ``None`` to read the environment when it
            starts.

    Returns:
        The application.

    Raises:
        SettingsError: At its start, if a setting makes no sense.
        DatabaseURLError: At its start, if the URL cannot work.
        DatabaseUnavailable: At its start, if no database answers.
        WrongTables: At its start, if the database is not this bank's.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        set_to = settings or read_settings()
        connections = set_to.database_pool_size + set_to.database_max_overflow
        engine = make_engine(
            set_to.database_url,
            echo=set_to.database_echo,
            pool_size=set_to.database_pool_size,
            max_overflow=set_to.database_max_overflow,
            lock_timeout=set_to.database_lock_timeout,
            statement_timeout=set_to.database_statement_timeout,
        )
        log_slow_statements(engine, set_to.database_slow_statement)
        try:
            await ping(engine)
            await create_tables(engine)
            app.state.session_factory = make_session_factory(
                engine, writers=_writers(connections)
            )
            yield
        finally:
            app.state.session_factory = None
            await engine.dispose()

    app = FastAPI(title="Bank", description=DESCRIPTION, lifespan=lifespan)
    app.include_router(health)
    app.include_router(router)
    add_problems(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(CorrelationIdMiddleware)
    app.add_middleware(_OneSentence)
    return app


def _writers(connections: int) -> int:
    """Leave a quarter to readers, however long writers wait for locks."""
    return max(1, connections - max(1, connections // 4))


class _OneSentence:
    """A layer that reports only the reason of a failed start.

    Starlette would report it with about a hundred lines of traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        failed: Message | None = None

        async def hold(message: Message) -> None:
            nonlocal failed
            if message["type"] == "lifespan.startup.failed":
                failed = message
            else:
                await send(message)

        try:
            await self.app(scope, receive, hold)
        except (BankError, DatabaseError, SettingsError) as error:
            if failed is not None:
                await send({**failed, "message": str(error)})
            raise
        except BaseException:
            if failed is not None:
                await send(failed)
            raise


@health.get("/live", responses={})
async def is_live() -> Health:
    """Tell that the process answers; it does not ask the database."""
    return Health()


@health.get("/ready", responses=documented())
async def is_ready(factory: FactoryDep) -> Health:
    """Tell that the database answers, too; 503 if it does not."""
    await ping(factory.kw["bind"], seconds=2)
    return Health()


@router.post(
    "/users",
    status_code=status.HTTP_201_CREATED,
    responses=documented(*BODY, 409),
)
async def register_user(body: UserCreate, session: TransactionDep) -> UserRead:
    """Register a user; 409 if the e-mail address is taken."""
    user = await user_service(session).register(
        email=body.email, name=body.name
    )
    return UserRead.model_validate(user)


@router.get("/users", responses=documented())
async def list_users(
    session: SessionDep, after: AfterId = 0, limit: Limit = 50
) -> Page[UserRead]:
    """List users, a page at a time."""
    users = await UserRepository(session).list_page(
        after_id=after, limit=limit + 1
    )
    page, further = _page(users, limit)
    return Page(
        items=[UserRead.model_validate(user) for user in page], next=further
    )


@router.get("/users/{user_id}", responses=documented(404))
async def read_user(user_id: IdPath, session: SessionDep) -> UserWithAccounts:
    """Read a user with the first 50 accounts; 404 if there is none."""
    user, accounts = await user_service(session).get_with_first_accounts(
        user_id, limit=FIRST_ACCOUNTS + 1
    )
    page, further = _page(accounts, FIRST_ACCOUNTS)
    return UserWithAccounts(
        id=user.id,
        email=user.email,
        name=user.name,
        created_at=user.created_at,
        accounts=[AccountRead.model_validate(account) for account in page],
        next=further,
    )


@router.get("/users/{user_id}/accounts", responses=documented(404))
async def list_accounts(
    user_id: IdPath,
    session: SessionDep,
    after: AfterId = 0,
    limit: Limit = 50,
) -> Page[AccountRead]:
    """List a user's accounts, a page at a time; 404 if there is no user."""
    accounts = await account_service(session).list_page(
        user_id, after_id=after, limit=limit + 1
    )
    if not accounts:
        await user_service(session).get(user_id)
    page, further = _page(accounts, limit)
    return Page(
        items=[AccountRead.model_validate(account) for account in page],
        next=further,
    )


@router.post(
    "/accounts",
    status_code=status.HTTP_201_CREATED,
    responses=documented(*BODY, 404),
)
async def open_account(
    body: AccountCreate, session: TransactionDep
) -> AccountRead:
    """Open an account; 404 if there is no such owner."""
    account = await account_service(session).open(
        owner_id=body.owner_id, name=body.name
    )
    return AccountRead.model_validate(account)


@router.get("/accounts/{account_id}", responses=documented(404))
async def read_account(account_id: IdPath, session: SessionDep) -> AccountRead:
    """Read an account; 404 if there is none."""
    account = await account_service(session).get(account_id)
    return AccountRead.model_validate(account)


@router.patch(
    "/accounts/{account_id}", responses=documented(*BODY, 403, 404, 409)
)
async def rename_account(
    account_id: IdPath, body: AccountUpdate, session: TransactionDep
) -> AccountRead:
    """Rename an account; 409 if somebody else edited it since."""
    account = await account_service(session).rename(
        account_id, name=body.name, version=body.version
    )
    return AccountRead.model_validate(account)


@router.get("/accounts/{account_id}/statement", responses=documented(404))
async def read_statement(
    account_id: IdPath,
    session: SessionDep,
    before: BeforeId = None,
    limit: Limit = 50,
) -> Page[EntryRead]:
    """Read an account's entries, the newest first, a page at a time."""
    entries = await account_service(session).statement(
        account_id, before_id=before, limit=limit + 1
    )
    page, further = _page(entries, limit)
    return Page(
        items=[EntryRead.model_validate(entry) for entry in page],
        next=further,
    )


@router.post(
    "/deposits",
    status_code=status.HTTP_201_CREATED,
    responses=documented(*BODY, 404, 409),
)
async def deposit(body: DepositCreate, session: SessionDep) -> TransferRead:
    """Pay cash in; the same reference pays it in once."""

    async def unit_of_work(session: AsyncSession) -> Transfer:
        return await transfer_service(session).deposit(**body.model_dump())

    return TransferRead.model_validate(await retry(session, unit_of_work))


@router.post(
    "/transfers",
    status_code=status.HTTP_201_CREATED,
    responses=documented(*BODY, 403, 404, 409),
)
async def transfer(body: TransferCreate, session: SessionDep) -> TransferRead:
    """Move money; the same reference moves it once.

    The route opens its transactions itself: a dependency could not run the
    route again after a deadlock.
    """

    async def unit_of_work(session: AsyncSession) -> Transfer:
        return await transfer_service(session).transfer(**body.model_dump())

    return TransferRead.model_validate(await retry(session, unit_of_work))


@router.get("/transfers/{transfer_id}", responses=documented(404))
async def read_transfer(
    transfer_id: IdPath, session: SessionDep
) -> TransferRead:
    """Read a transfer; 404 if there is none."""
    found = await transfer_service(session).get(transfer_id)
    return TransferRead.model_validate(found)


def _page(rows: Sequence[Any], limit: int) -> tuple[Sequence[Any], int | None]:
    """Cut a page from rows, of which one more was read if there is one."""
    page = rows[:limit]
    return page, page[-1].id if len(rows) > limit else None
