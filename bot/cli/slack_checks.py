"""The doctor's look at Slack: token, scopes, channel, admins."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.manifest import SCOPES
from bot.settings import Settings
from bot.slack.app import open_session
from bot.slack.call_errors import CALL_ERRORS

SLACK_SECONDS = 10
Verdict = tuple[bool | None, str]

_REASONS = {
    "invalid_auth": "SLACK_BOT_TOKEN refusé : copier à nouveau le jeton xoxb-… de l’application",
    "not_authed": "SLACK_BOT_TOKEN refusé : copier à nouveau le jeton xoxb-… de l’application",
    "account_inactive": "SLACK_BOT_TOKEN désactivé : réinstaller l’application dans l’espace",
    "token_revoked": "SLACK_BOT_TOKEN révoqué : réinstaller l’application dans l’espace",
    "channel_not_found": "SLACK_CHANNEL introuvable : donner l’identifiant C…, y inviter le robot",
    "not_in_channel": "le robot n’est pas dans SLACK_CHANNEL : l’y inviter avec /invite",
    "is_archived": "SLACK_CHANNEL est archivé : choisir un autre canal",
    "missing_scope": "un droit manque : réinstaller l’application avec le manifeste de qonto-bot manifest",
    "user_not_found": "personne inconnue de l’espace : corriger SLACK_ADMINS",
    "no_such_subteam": "groupe inconnu de l’espace : corriger SLACK_ADMINS",
    "plan_upgrade_required": "les groupes demandent une formule payante : donner des personnes U…",
}

_ORGANISATION_WIDE = (
    "application installée pour toute une organisation, ce qui n’est pas pris en charge : "
    "l’installer dans l’espace de l’agence seulement, puis reprendre son jeton xoxb-…"
)


async def check_slack(settings: Settings) -> AsyncIterator[Verdict]:
    """Ask Slack, read-only, with the settings' own token; stop where the rest would mean nothing."""
    if settings.slack_bot_token is None:
        return
    async with open_session(SLACK_SECONDS) as session:
        client = AsyncWebClient(
            token=settings.slack_bot_token.get_secret_value(),
            base_url=settings.slack_api_base(),
            session=session,
        )
        try:
            answer = await client.auth_test()
        except CALL_ERRORS as error:
            yield False, _problem(error, hint=" : vérifier la connexion et SLACK_API_URL")
            return
        if answer.get("is_enterprise_install"):
            yield False, f"Slack : {_ORGANISATION_WIDE}"
            return
        where = f"Slack connecté : {answer.get('team', 'espace')}, robot {answer.get('user', '')}"
        yield True, where.rstrip(", ")
        yield _scopes(answer.headers)
        if channel := settings.slack_channel:
            # Reading one message proves membership without asking for a scope of its own.
            yield await _try(
                f"Canal {channel} accessible", channel, client.conversations_history(channel=channel, limit=1)
            )
        for admin in settings.slack_admins:
            if admin.startswith("S"):
                yield await _try(
                    f"Groupe {admin} lisible", admin, client.usergroups_users_list(usergroup=admin)
                )
            else:
                yield await _try(f"Personne {admin} connue", admin, client.users_info(user=admin))


async def _try(done: str, name: str, call: Awaitable[object]) -> Verdict:
    try:
        await call
    except CALL_ERRORS as error:
        return False, _problem(error, about=f" ({name})")
    return True, done


def _problem(error: Exception, *, about: str = "", hint: str = "") -> str:
    if isinstance(error, SlackApiError):
        code = str(error.response.get("error", "unknown"))
        return f"Slack : {_REASONS.get(code, f'Slack répond {code}')}{about}"
    return f"Slack injoignable ({type(error).__name__}){hint}"


def _scopes(headers: Mapping[str, Any]) -> Verdict:
    """Compare the scopes Slack grants (header of every answer) with those of our manifest."""
    granted = next((str(value) for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if granted is None:
        return None, "Droits Slack : non communiqués"
    missing = sorted(set(SCOPES) - {scope.strip() for scope in granted.split(",")})
    if missing:
        return False, (
            f"Droits Slack manquants : {', '.join(missing)}. Mettre à jour l’application avec "
            "qonto-bot manifest, puis la réinstaller"
        )
    return True, "Droits Slack complets"
