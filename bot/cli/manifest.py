"""The Slack application's manifest, built from the settings; ``manifest.yml`` is its commented form.

Fields and limits: docs.slack.dev, reference/app-manifest.
"""

from typing import Any

COMMAND = "/qonto"
EVENTS_PATH = "/slack/events"
PLACEHOLDER_URL = "https://rapprochement.example.com"

# Each scope with the Web API methods or events that need it; nothing is asked for in advance.
SCOPES: dict[str, tuple[str, ...]] = {
    "commands": (COMMAND,),
    "chat:write": ("chat.postMessage", "chat.update", "chat.postEphemeral"),
    "im:write": ("conversations.open",),
    "files:write": ("files.getUploadURLExternal", "files.completeUploadExternal"),
    "im:history": ("conversations.history", "message.im"),
    "channels:history": ("conversations.history",),
    "groups:history": ("conversations.history",),
    "users:read": ("users.info",),
    "users:read.email": ("users.lookupByEmail",),
    "usergroups:read": ("usergroups.users.list", "subteam_members_changed", "subteam_updated"),
}
# Methods that a bot token may call without any scope.
FREE_METHODS = frozenset(
    {
        "api.test",
        "auth.test",
        "views.open",
        "views.update",
        "views.push",
        "views.publish",
        "chat.getPermalink",
        "apps.connections.open",
    }
)
BOT_EVENTS = ("app_home_opened", "message.im", "subteam_members_changed", "subteam_updated")


def build_manifest(public_url: str | None, *, socket_mode: bool = False) -> dict[str, Any]:
    """Give the manifest for HTTP at ``public_url``, or for Socket Mode, which has no address at all."""
    address = f"{(public_url or PLACEHOLDER_URL).rstrip('/')}{EVENTS_PATH}"
    endpoint: dict[str, Any] = {} if socket_mode else {"request_url": address}
    options = {} if socket_mode else {"message_menu_options_url": address}
    command_url = {} if socket_mode else {"url": address}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Rapprochement Qonto",
            "description": "Associe les virements reçus sur Qonto à vos factures.",
            "background_color": "#1d1d1b",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "rapprochement", "always_online": True},
            "slash_commands": [
                {
                    "command": COMMAND,
                    **command_url,
                    "description": "Paiements reçus : état, synchronisation, factures",
                    "usage_hint": "[statut | facture 042 | client nike | historique | export]",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**endpoint, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **endpoint, **options},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }
