"""Use case: a person lets us in at the bank. One pending request at a time, good for ten minutes, once."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from bot.audit import trace
from bot.bank.access import BankAccess
from bot.context import Actor
from bot.errors import InvalidRequestError, RefusedError
from qonto import InvalidGrant, QontoError
from store.db.engine import Database
from store.messages import state
from store.types import ActorKind

PENDING = "oauth_request"
# docs.qonto.com, oauth/token-endpoint: the code itself lives ten minutes.
LIFETIME = timedelta(minutes=10)
BROWSER = Actor(ActorKind.COMMAND, "qonto connect", is_admin=True)


class ConsentFailedError(RefusedError):
    """The bank did not turn the person's consent into tokens."""

    code = "consent_failed"
    status = 502


async def start_consent(database: Database, access: BankAccess, now: datetime) -> str:
    """Remember a new request, replacing a pending one, and give the bank's page to open.

    Raises InvalidRequestError when the settings name no OAuth application.
    """
    if access.oauth is None:
        raise InvalidRequestError(
            "Renseigner QONTO_CLIENT_ID et QONTO_CLIENT_SECRET (application OAuth du portail développeur)."
        )
    token = secrets.token_urlsafe(32)
    request = {"sha256": _digest(token), "expires_at": (now + LIFETIME).isoformat()}
    async with database.write() as session:
        await state.put(session, PENDING, request, now)
    return access.oauth.authorize_url(token)


async def finish_consent(
    database: Database, access: BankAccess, *, token: str, code: str, now: datetime
) -> None:
    """Use up the pending request and store the tokens.

    Raises InvalidRequestError for a request that is not ours, used or too old; ConsentFailedError.
    """
    if access.oauth is None or not await _use_up(database, token, now):
        raise InvalidRequestError(
            "Cette demande de connexion est inconnue, déjà utilisée ou trop ancienne. "
            "Relancer qonto-bot qonto connect."
        )
    try:
        tokens = await access.oauth.exchange_code(code)
    except InvalidGrant:
        raise ConsentFailedError(
            "Qonto n’accepte plus ce code, qui sert une fois pendant dix minutes. "
            "Relancer qonto-bot qonto connect."
        ) from None
    except QontoError:
        raise ConsentFailedError(
            "Qonto n’a pas répondu comme prévu. Relancer qonto-bot qonto connect dans quelques minutes."
        ) from None
    await access.tokens.save(tokens)
    async with database.write() as session:
        said = {"scope": tokens.scope}
        await trace(session, BROWSER, "bank_connected", ("oauth_token", "qonto"), now, said)


async def _use_up(database: Database, token: str, now: datetime) -> bool:
    """Take the pending request away if ``token`` is its own; a wrong one leaves it for its person."""
    async with database.write() as session:
        pending = await state.get(session, PENDING)
        if pending is None or not hmac.compare_digest(pending["sha256"], _digest(token)):
            return False
        await state.forget(session, PENDING)
        return now < datetime.fromisoformat(pending["expires_at"])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
