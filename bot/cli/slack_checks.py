"""The doctor's look at Slack: token, scopes, channel, admins."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.cli.manifest import SCOPES
from bot.settings import Settings

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


class SlackChecks:
    """Asks Slack, read-only, with the settings' own token."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        token = settings.slack_bot_token
        self._client = AsyncWebClient(
            token=token.get_secret_value() if token else None,
            base_url=settings.slack_api_base(),
            timeout=SLACK_SECONDS,
        )

    async def run(self) -> AsyncIterator[Verdict]:
        """Give the verdicts; stops at the first that makes the others meaningless."""
        if self._settings.slack_bot_token is None:
            return
        try:
            answer = await self._client.auth_test()
        except SlackApiError as error:
            yield False, f"Slack : {_reason(error)}"
            return
        except (SlackClientError, ClientError, TimeoutError, OSError) as error:
            yield (
                False,
                f"Slack injoignable ({type(error).__name__}) : vérifier la connexion et SLACK_API_URL",
            )
            return
        if answer.get("is_enterprise_install"):
            yield False, f"Slack : {_ORGANISATION_WIDE}"
            return
        yield (
            True,
            f"Slack connecté : {answer.get('team', 'espace')}, robot {answer.get('user', '')}".rstrip(", "),
        )
        yield _scopes(answer.headers)
        async for verdict in self._places():
            yield verdict

    async def _places(self) -> AsyncIterator[Verdict]:
        channel = self._settings.slack_channel
        if channel:
            # Reading one message proves membership without asking for a scope of its own.
            yield await self._try(
                f"Canal {channel} accessible", self._client.conversations_history, channel=channel, limit=1
            )
        for admin in self._settings.slack_admins:
            if admin.startswith("S"):
                yield await self._try(
                    f"Groupe {admin} lisible", self._client.usergroups_users_list, usergroup=admin
                )
            else:
                yield await self._try(f"Personne {admin} connue", self._client.users_info, user=admin)

    async def _try(self, done: str, method: Any, **arguments: Any) -> Verdict:
        try:
            await method(**arguments)
        except SlackApiError as error:
            return False, f"Slack : {_reason(error)} ({next(iter(arguments.values()))})"
        except (SlackClientError, ClientError, TimeoutError, OSError) as error:
            return False, f"Slack injoignable ({type(error).__name__})"
        return True, done


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


def _reason(error: SlackApiError) -> str:
    code = str(error.response.get("error", "unknown"))
    return _REASONS.get(code, f"Slack répond {code}")
