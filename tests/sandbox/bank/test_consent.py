"""A person's consent on the stand-in's page, through to tokens, by the bot's own OAuth client."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from qonto import InvalidGrant, OAuthTokens, QontoOAuth, QontoRejected
from tests.sandbox.bank.world import Bank, Clock

REDIRECT = "http://127.0.0.1:8000/oauth/qonto/callback"


@pytest.fixture
def oauth(bank: Bank, http: httpx.AsyncClient) -> QontoOAuth:
    return QontoOAuth(
        http,
        client_id=bank.state.client_id,
        client_secret=bank.state.client_secret,
        redirect_uri=REDIRECT,
        base_url=bank.url,
    )


async def consent(oauth: QontoOAuth, http: httpx.AsyncClient) -> str:
    """Open the page and press its one button; return the code."""
    url = oauth.authorize_url("the <state>")
    page = await http.get(url)
    assert "Autoriser l’application ?" in page.text
    assert page.text.count("<button") == 1
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    answer = await http.post(url, data=asked)
    assert answer.status_code == 302
    back = urlsplit(answer.headers["Location"])
    assert back._replace(query="").geturl() == REDIRECT
    query = parse_qs(back.query)
    assert query["state"] == ["the <state>"]
    return query["code"][0]


def refresh_token(tokens: OAuthTokens) -> str:
    assert tokens.refresh_token is not None
    return tokens.refresh_token.get_secret_value()


async def test_consent_gives_tokens_that_open_the_api(
    bank: Bank, oauth: QontoOAuth, http: httpx.AsyncClient, clock: Clock
) -> None:
    tokens = await oauth.exchange_code(await consent(oauth, http))
    assert "webhook" in tokens.scopes
    assert (tokens.expires_at(clock()) - clock()).total_seconds() == 3600
    access = tokens.access_token.get_secret_value()
    assert bank.state.tokens.scopes_of(access) == tokens.scopes
    assert access not in repr(tokens)
    bank.state.tokens.revoke_all()
    assert bank.state.tokens.scopes_of(access) is None


async def test_a_code_works_once_and_for_ten_minutes(
    oauth: QontoOAuth, http: httpx.AsyncClient, clock: Clock
) -> None:
    code = await consent(oauth, http)
    await oauth.exchange_code(code)
    with pytest.raises(InvalidGrant):
        await oauth.exchange_code(code)
    late = await consent(oauth, http)
    clock.advance(minutes=11)
    with pytest.raises(InvalidGrant, match="invalid_grant"):
        await oauth.exchange_code(late)


async def test_a_refresh_token_is_single_use_with_a_minute_of_grace(
    oauth: QontoOAuth, http: httpx.AsyncClient, clock: Clock
) -> None:
    first = refresh_token(await oauth.exchange_code(await consent(oauth, http)))
    second = refresh_token(await oauth.refresh(first))
    assert second != first
    clock.advance(seconds=59)
    await oauth.refresh(first)
    clock.advance(seconds=2)
    with pytest.raises(InvalidGrant):
        await oauth.refresh(first)
    clock.advance(days=90)
    with pytest.raises(InvalidGrant):
        await oauth.refresh(second)


async def test_without_offline_access_there_is_no_refresh_token(bank: Bank) -> None:
    assert "refresh_token" not in bank.state.tokens.issue("organization.read")


async def test_a_wrong_application_is_refused(bank: Bank, http: httpx.AsyncClient) -> None:
    wrong = QontoOAuth(
        http, client_id="who", client_secret="x", redirect_uri="https://elsewhere.example", base_url=bank.url
    )
    with pytest.raises(QontoRejected, match="invalid_client"):
        await wrong.refresh("anything")
    assert (await http.get(wrong.authorize_url("s"))).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [{"redirect_uri": "https://elsewhere.example/"}, {"response_type": "token"}, {"client_id": "other"}],
)
async def test_the_page_redirects_nowhere_unregistered(
    bank: Bank, http: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    asked = {"client_id": bank.state.client_id, "redirect_uri": REDIRECT, "response_type": "code"} | changed
    assert (await http.get(f"{bank.url}/oauth2/auth", params=asked)).status_code == 400


async def test_an_unknown_grant_type_is_refused(bank: Bank, http: httpx.AsyncClient) -> None:
    form = {"client_id": bank.state.client_id, "client_secret": bank.state.client_secret}
    answer = await http.post(f"{bank.url}/oauth2/token", data=form | {"grant_type": "password"})
    assert answer.json()["error"] == "unsupported_grant_type"
