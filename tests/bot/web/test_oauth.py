from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.bank.access import BankAccess, redirect_uri
from bot.bank.consent import start_consent
from bot.context import Context
from bot.errors import InvalidRequestError
from bot.settings import FixedSettings
from sandbox.bank import BankState
from store.books import audit
from store.db.engine import Database
from store.payments import oauth
from tests.bot.web.support import Api, Clock

CALLBACK = "/oauth/qonto/callback"


async def agree(url: str) -> str:
    """Press the bank's button; give the query it sends the person back with."""
    fields = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    async with httpx.AsyncClient() as http:
        answer = await http.post(url.partition("?")[0], data=fields)
    return urlsplit(answer.headers["Location"]).query


async def has_token(database: Database) -> bool:
    async with database.read() as session:
        return await oauth.get_token(session) is not None


async def test_a_person_connects_the_bank_once(
    api: Api, ctx: Context, access: BankAccess, database: Database
) -> None:
    query = await agree(await start_consent(database, access, ctx.clock()))
    answer = await api.http.get(f"{CALLBACK}?{query}")
    assert answer.status_code == 200
    assert "Qonto est connecté" in answer.text
    assert 'lang="fr"' in answer.text
    assert await has_token(database)
    again = await api.http.get(f"{CALLBACK}?{query}")
    assert again.status_code == 400
    assert "déjà utilisée" in again.text
    async with database.read() as session:
        assert await audit.check_chain(session) == []


async def test_a_state_that_is_not_ours_is_refused_and_ours_stays_good(
    api: Api, ctx: Context, access: BankAccess, database: Database
) -> None:
    query = await agree(await start_consent(database, access, ctx.clock()))
    forged = await api.http.get(CALLBACK, params={"state": "faux<script>", "code": "x"})
    assert forged.status_code == 400
    assert "<script>" not in forged.text
    assert not await has_token(database)
    assert (await api.http.get(f"{CALLBACK}?{query}")).status_code == 200


async def test_a_request_lives_ten_minutes(
    api: Api, ctx: Context, access: BankAccess, database: Database, clock: Clock
) -> None:
    query = await agree(await start_consent(database, access, ctx.clock()))
    clock.advance(minutes=10)
    assert (await api.http.get(f"{CALLBACK}?{query}")).status_code == 400
    assert not await has_token(database)


async def test_a_newer_request_replaces_the_older(
    api: Api, ctx: Context, access: BankAccess, database: Database
) -> None:
    old = await agree(await start_consent(database, access, ctx.clock()))
    new = await agree(await start_consent(database, access, ctx.clock()))
    assert (await api.http.get(f"{CALLBACK}?{old}")).status_code == 400
    assert (await api.http.get(f"{CALLBACK}?{new}")).status_code == 200


async def test_a_code_the_bank_refuses_is_said(
    api: Api, ctx: Context, access: BankAccess, database: Database
) -> None:
    query = parse_qs(await agree(await start_consent(database, access, ctx.clock())))
    answer = await api.http.get(CALLBACK, params={"state": query["state"][0], "code": "faux"})
    assert answer.status_code == 502
    assert "connect" in answer.text
    assert not await has_token(database)


async def test_a_bank_that_fails_is_said(
    api: Api, ctx: Context, access: BankAccess, database: Database, bank_state: BankState
) -> None:
    query = await agree(await start_consent(database, access, ctx.clock()))
    bank_state.client_secret = "change"
    answer = await api.http.get(f"{CALLBACK}?{query}")
    assert answer.status_code == 502


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "incomplète"),
        ("state=a", "incomplète"),
        ("state=a&code=b&code=c", "incomplète"),
        ("state=a&code=" + "x" * 5000, "incomplète"),
        ("error=access_denied&state=a", "refusé"),
    ],
)
async def test_a_return_without_a_code_explains_itself(api: Api, query: str, words: str) -> None:
    answer = await api.http.get(f"{CALLBACK}?{query}")
    assert answer.status_code == 400
    assert words in answer.text


async def test_without_an_oauth_application_nothing_can_be_asked(database: Database, clock: Clock) -> None:
    async with httpx.AsyncClient() as http:
        access = BankAccess(FixedSettings(), database, http, clock)
        with pytest.raises(InvalidRequestError, match="QONTO_CLIENT_ID"):
            await start_consent(database, access, clock())


def test_the_person_comes_back_to_the_public_address_or_to_this_machine() -> None:
    public = FixedSettings(public_url="https://bot.example.org/")
    assert redirect_uri(public) == f"https://bot.example.org{CALLBACK}"
    assert redirect_uri(FixedSettings(port=9000)) == f"http://localhost:9000{CALLBACK}"
