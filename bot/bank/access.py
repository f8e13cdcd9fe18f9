"""How we are known to the bank: an API key or a person's consent; and which secrets sign for it."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

import httpx
from pydantic import SecretStr

from bot.context import utc_now
from bot.settings import Settings
from qonto import (
    ApiKey,
    Auth,
    Bearer,
    InvalidGrant,
    OAuthTokens,
    QontoClient,
    QontoOAuth,
    QontoUnauthorized,
    Retries,
)
from store.db.engine import Database
from store.errors import DatabaseUnavailable
from store.models import OAuthToken
from store.payments import oauth
from store.payments.oauth import NewToken

CALLBACK_PATH = "/oauth/qonto/callback"
# Long enough for a slow call to end with the token it started with; 401 answers are throttled.
REFRESH_MARGIN = timedelta(minutes=5)
SECRETS_SECONDS = 5.0
READ_SECONDS = 0.3  # of the one second that the bank waits
FIRST_READ_SECONDS = 0.6
logger = logging.getLogger(__name__)


class ReconnectNeededError(QontoUnauthorized):
    """No consent, or one the bank no longer accepts: a person must run ``qonto-bot qonto connect``."""

    def __init__(self, detail: str) -> None:
        super().__init__(401, "reconnect", detail)


def plain(secret: SecretStr | None) -> str | None:
    """Open a secret setting where it is used."""
    return secret.get_secret_value() if secret else None


def redirect_uri(settings: Settings) -> str:
    """Give the address the bank sends a person back to; it must be registered with the bank as it is."""
    base = (
        str(settings.public_url).rstrip("/") if settings.public_url else f"http://localhost:{settings.port}"
    )
    return f"{base}{CALLBACK_PATH}"


class BankAccess:
    """Builds what talks to the bank from the settings and the stored consent. The caller owns ``http``."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        http: httpx.AsyncClient,
        clock: Callable[[], datetime] = utc_now,
        retries: Retries | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._http = http
        self._retries = retries
        self.oauth = self._oauth_application()
        self.tokens = Tokens(database, self.oauth, clock)
        self._secrets: tuple[str, ...] | None = None
        self._secrets_at = 0.0
        self._reading = asyncio.Lock()

    @cached_property
    def client(self) -> QontoClient:
        """The client of the daily work: the API key when there is one, else the consent.

        Raises ValueError for a key that is not ``login:secret``.
        """
        key = self._settings.qonto_login_key()
        return self._client(ApiKey(key.get_secret_value()) if key else Bearer(self.tokens.access_token))

    def webhook_client(self) -> QontoClient:
        """Give a client that may touch subscriptions: the bank takes a person's consent only."""
        return self._client(Bearer(self.tokens.access_token))

    async def webhook_secrets(self) -> tuple[str, ...]:
        """Give every secret in force: those of the settings, then those of our subscriptions.

        Read again every 5 seconds, by one request for all, so that a subscription made by a command counts
        without a restart. While the database cannot be read the last ones known stay in force. Raises
        DatabaseUnavailable when none were ever read.
        """
        while True:
            if self._secrets is not None and (self._known_lately() or self._reading.locked()):
                return self._secrets
            async with self._reading:
                if not self._known_lately():
                    await self._refresh_secrets()

    def _known_lately(self) -> bool:
        return self._secrets is not None and time.monotonic() - self._secrets_at < SECRETS_SECONDS

    async def _refresh_secrets(self) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS if self._secrets is not None else FIRST_READ_SECONDS):
                self._secrets = await self._read_secrets()
        except (DatabaseUnavailable, TimeoutError) as error:
            if self._secrets is None:
                raise DatabaseUnavailable("the webhook secrets cannot be read") from error
        self._secrets_at = time.monotonic()

    async def _read_secrets(self) -> tuple[str, ...]:
        given = [secret.get_secret_value() for secret in self._settings.qonto_webhook_secret]
        async with self._database.read() as session:
            stored = [row.secret for row in await oauth.list_subscriptions(session)]
        return tuple(dict.fromkeys([*given, *stored]))

    def _client(self, auth: Auth) -> QontoClient:
        return QontoClient(
            self._http,
            auth,
            base_url=str(self._settings.qonto_api_url),
            staging_token=plain(self._settings.qonto_staging_token),
            retries=self._retries,
        )

    def _oauth_application(self) -> QontoOAuth | None:
        settings = self._settings
        secret = plain(settings.qonto_client_secret)
        if not settings.qonto_client_id or not secret:
            return None
        return QontoOAuth(
            self._http,
            client_id=settings.qonto_client_id,
            client_secret=secret,
            redirect_uri=redirect_uri(settings),
            base_url=str(settings.qonto_oauth_url),
            staging_token=plain(settings.qonto_staging_token),
        )


class Tokens:
    """The consent's tokens: refreshed before they expire, stored before they are used."""

    def __init__(
        self, database: Database, application: QontoOAuth | None, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._application = application
        self._clock = clock
        self._refreshing = asyncio.Lock()

    async def access_token(self) -> str:
        """Give an access token good for some minutes. Raises ReconnectNeededError, QontoError."""
        stored = await self._stored()
        if not self._fresh(stored):
            async with self._refreshing:
                stored = await self._stored()
                if not self._fresh(stored):
                    return await self._refresh(stored)
        return stored.access_token

    async def stored_at(self) -> datetime | None:
        """Tell when the consent was last given or renewed; None before the first."""
        async with self._database.read() as session:
            stored = await oauth.get_token(session)
            return stored.updated_at if stored else None

    async def save(self, tokens: OAuthTokens) -> None:
        """Store what the bank answered, durably. A refresh without a new refresh token keeps the old one."""
        now = self._clock()
        async with self._database.write() as session:
            before = await oauth.lock_token(session)
            new = NewToken(
                access_token=tokens.access_token.get_secret_value(),
                refresh_token=plain(tokens.refresh_token) or (before.refresh_token if before else None),
                scope=tokens.scope or (before.scope if before else ""),
                expires_at=tokens.expires_at(now),
            )
            await oauth.save_token(session, new, now)

    def _fresh(self, stored: OAuthToken) -> bool:
        return stored.expires_at - self._clock() > REFRESH_MARGIN

    async def _refresh(self, stored: OAuthToken) -> str:
        """Trade the refresh token, which works once, for new ones.

        Another process may have done it first: docs.qonto.com, authentication/oauth-flow, gives the old
        one 60 seconds of grace; past that, what it stored is there to be read.
        """
        if self._application is None or stored.refresh_token is None:
            raise ReconnectNeededError("the consent has expired and cannot be renewed")
        try:
            tokens = await self._application.refresh(stored.refresh_token)
        except InvalidGrant:
            return await self._after_refusal(stored.refresh_token)
        await self.save(tokens)
        return tokens.access_token.get_secret_value()

    async def _after_refusal(self, refused: str) -> str:
        stored = await self._stored()
        if stored.refresh_token != refused and self._fresh(stored):
            return stored.access_token
        logger.error("the bank no longer accepts our consent: run qonto-bot qonto connect")
        raise ReconnectNeededError("the bank no longer accepts the refresh token")

    async def _stored(self) -> OAuthToken:
        async with self._database.read() as session:
            stored = await oauth.get_token(session)
        if stored is None:
            raise ReconnectNeededError("nobody has given consent yet")
        return stored
