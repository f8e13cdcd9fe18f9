import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.bank.access import BankAccess, ReconnectNeededError
from bot.bank.subscriptions import callback_url, subscribe
from bot.errors import InvalidRequestError
from bot.settings import FixedSettings
from qonto import TRANSACTIONS, OAuthTokens, QontoForbidden, QontoRejected, Retries
from sandbox.bank import BankState
from store.db.engine import Database
from store.payments import oauth
from store.payments.oauth import NewToken
from tests.bot.web.support import NOW, Clock

SCOPE = "offline_access organization.read webhook"
WAIT_FOR_SECRETS = 5.1


async def consent(access: BankAccess, state: BankState) -> None:
    await access.tokens.save(OAuthTokens.model_validate(state.tokens.issue(SCOPE)))


async def refresh_token(database: Database) -> str | None:
    async with database.read() as session:
        stored = await oauth.get_token(session)
    return stored.refresh_token if stored else None


async def test_an_api_key_opens_the_bank(access: BankAccess, bank_state: BankState) -> None:
    assert (await access.client.organization()).name == bank_state.organization_name
    with pytest.raises(QontoForbidden):
        access.client.webhook_subscriptions()


async def test_without_consent_a_person_must_connect(access: BankAccess) -> None:
    with pytest.raises(ReconnectNeededError):
        await access.webhook_client().organization()


async def test_a_fresh_token_is_used_as_it_is(
    access: BankAccess, bank_state: BankState, database: Database
) -> None:
    await consent(access, bank_state)
    before = await refresh_token(database)
    assert (await access.webhook_client().organization()).name == bank_state.organization_name
    assert await refresh_token(database) == before


async def test_a_token_is_renewed_before_it_expires_and_the_new_one_is_stored(
    access: BankAccess, bank_state: BankState, database: Database, clock: Clock
) -> None:
    await consent(access, bank_state)
    before = await refresh_token(database)
    clock.advance(minutes=56)
    await asyncio.gather(*[access.tokens.access_token() for _ in range(5)])
    after = await refresh_token(database)
    assert after not in {before, None}
    assert bank_state.tokens.scopes_of(await access.tokens.access_token()) is not None
    assert await refresh_token(database) == after


async def test_the_new_refresh_token_is_stored_before_the_access_token_is_used(
    settings: FixedSettings, database: Database, clock: Clock
) -> None:
    """The bank refuses everything after the refresh: what it gave must be in the database all the same."""

    async def token(_request: web.Request) -> web.Response:
        return web.json_response({"access_token": "nouveau", "refresh_token": "second", "expires_in": 3600})

    async def fail(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    app = web.Application()
    app.router.add_post("/oauth2/token", token)
    app.router.add_get("/v2/organization", fail)
    async with TestServer(app) as server, httpx.AsyncClient() as http:
        url = str(server.make_url("")).rstrip("/")
        changed = settings.model_copy(update={"qonto_api_url": url, "qonto_oauth_url": url})
        access = BankAccess(changed, database, http, clock, Retries(attempts=1))
        expired = NewToken(access_token="vieux", refresh_token="premier", scope=SCOPE, expires_at=NOW)
        async with database.write() as session:
            await oauth.save_token(session, expired, NOW)
        with pytest.raises(Exception, match="500"):
            await access.webhook_client().organization()
    assert await refresh_token(database) == "second"


async def test_a_refused_refresh_uses_what_another_process_stored(
    settings: FixedSettings, database: Database, clock: Clock
) -> None:
    async def save(access_token: str, refresh: str, minutes: int) -> None:
        token = NewToken(
            access_token=access_token,
            refresh_token=refresh,
            scope=SCOPE,
            expires_at=NOW + timedelta(minutes=minutes),
        )
        async with database.write() as session:
            await oauth.save_token(session, token, NOW)

    async def refuse(_request: web.Request) -> web.Response:
        await save("celui de l'autre", "second", 60)
        return web.json_response({"error": "invalid_grant"}, status=400)

    app = web.Application()
    app.router.add_post("/oauth2/token", refuse)
    await save("vieux", "premier", 1)
    async with TestServer(app) as server, httpx.AsyncClient() as http:
        url = str(server.make_url("")).rstrip("/")
        access = BankAccess(settings.model_copy(update={"qonto_oauth_url": url}), database, http, clock)
        assert await access.tokens.access_token() == "celui de l'autre"


async def test_a_consent_that_was_withdrawn_asks_to_connect_again(
    access: BankAccess, bank_state: BankState, clock: Clock
) -> None:
    await consent(access, bank_state)
    clock.advance(minutes=58)
    bank_state.tokens.revoke_all()
    with pytest.raises(ReconnectNeededError, match="no longer"):
        await access.tokens.access_token()


async def test_a_consent_without_refresh_token_ends_with_its_hour(
    access: BankAccess, bank_state: BankState, clock: Clock
) -> None:
    await access.tokens.save(OAuthTokens.model_validate(bank_state.tokens.issue("organization.read")))
    clock.advance(hours=1)
    with pytest.raises(ReconnectNeededError, match="renewed"):
        await access.tokens.access_token()


async def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(
    access: BankAccess, bank_state: BankState, database: Database
) -> None:
    await consent(access, bank_state)
    before = await refresh_token(database)
    await access.tokens.save(OAuthTokens.model_validate({"access_token": "autre"}))
    assert await refresh_token(database) == before


async def test_webhook_secrets_are_those_of_the_settings_and_of_our_subscriptions(
    settings: FixedSettings, database: Database, clock: Clock
) -> None:
    given = FixedSettings(qonto_webhook_secret="a" * 32 + "," + "b" * 32)
    async with database.write() as session:
        await oauth.add_subscription(
            session, event_type=TRANSACTIONS, callback_url="https://x", secret="c" * 64, now=NOW
        )
    async with httpx.AsyncClient() as http:
        access = BankAccess(given, database, http, clock)
        assert await access.webhook_secrets() == ("a" * 32, "b" * 32, "c" * 64)
        await database.close()
        assert len(await access.webhook_secrets()) == 3


@pytest.fixture
async def public(
    settings: FixedSettings, database: Database, clock: Clock, bank_state: BankState
) -> AsyncIterator[tuple[FixedSettings, BankAccess]]:
    changed = FixedSettings(
        **{**settings.model_dump(exclude_unset=True), "public_url": "https://bot.example.org"}
    )
    async with httpx.AsyncClient() as http:
        access = BankAccess(changed, database, http, clock, Retries(attempts=1))
        await consent(access, bank_state)
        yield changed, access


async def test_subscribing_creates_what_is_missing_once(
    public: tuple[FixedSettings, BankAccess], database: Database, bank_state: BankState
) -> None:
    settings, access = public
    first = await subscribe(settings, database, access, NOW)
    second = await subscribe(settings, database, access, NOW)
    assert (first, second) == ({TRANSACTIONS: True}, {TRANSACTIONS: False})
    (row,) = bank_state.subscriptions.rows()
    assert row["callback_url"] == "https://bot.example.org/api/webhooks/qonto"
    (secret,) = await access.webhook_secrets()
    assert len(secret) == 64
    assert int(secret, 16)


async def test_a_crash_after_the_bank_created_is_healed_without_a_second_subscription(
    public: tuple[FixedSettings, BankAccess], database: Database, bank_state: BankState
) -> None:
    settings, access = public
    async with database.write() as session:
        row = await oauth.add_subscription(
            session,
            event_type=TRANSACTIONS,
            callback_url=callback_url(settings),
            secret="d" * 64,
            now=NOW - timedelta(seconds=1),
        )
    await access.webhook_client().create_webhook_subscription(
        callback_url(settings), [TRANSACTIONS], row.secret
    )
    assert await subscribe(settings, database, access, NOW) == {TRANSACTIONS: False}
    assert len(bank_state.subscriptions.rows()) == 1
    async with database.read() as session:
        (stored,) = await oauth.list_subscriptions(session)
    assert stored.qonto_id is not None


async def test_an_older_subscription_to_invoices_keeps_working(
    public: tuple[FixedSettings, BankAccess], database: Database, bank_state: BankState
) -> None:
    settings, access = public
    invoices, address = "v1/client-invoices", callback_url(settings)
    made = await access.webhook_client().create_webhook_subscription(address, [invoices], "f" * 64)
    async with database.write() as session:
        row = await oauth.add_subscription(
            session, event_type=invoices, callback_url=address, secret="f" * 64, now=NOW
        )
        await oauth.confirm_subscription(session, row.id, made.id)
    assert await subscribe(settings, database, access, NOW) == {TRANSACTIONS: True}
    assert len(bank_state.subscriptions.rows()) == 2
    assert "f" * 64 in await access.webhook_secrets()


async def test_a_try_without_an_answer_lends_its_secret_to_the_next(
    public: tuple[FixedSettings, BankAccess], database: Database, bank_state: BankState
) -> None:
    settings, access = public
    async with database.write() as session:
        await oauth.add_subscription(
            session, event_type=TRANSACTIONS, callback_url=callback_url(settings), secret="e" * 64, now=NOW
        )
    await subscribe(settings, database, access, NOW)
    assert await access.webhook_secrets() == ("e" * 64,)
    assert len(bank_state.subscriptions.rows()) == 1


async def test_a_refused_subscription_leaves_no_secret_behind(
    public: tuple[FixedSettings, BankAccess], database: Database
) -> None:
    settings, access = public
    address = "https://bot.example.org/" + "x" * 600
    too_long = FixedSettings(**{**settings.model_dump(exclude_unset=True), "public_url": address})
    with pytest.raises(QontoRejected):
        await subscribe(too_long, database, access, NOW)
    async with database.read() as session:
        assert await oauth.list_subscriptions(session) == []


@pytest.mark.parametrize("url", [None, "http://bot.example.org"])
def test_webhooks_need_a_public_https_address(url: str | None, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="https"):
        callback_url(FixedSettings(public_url=url))
