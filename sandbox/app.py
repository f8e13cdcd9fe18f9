"""The whole stand-in: page, Slack workspace and bank of the example agency on one address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox import agency
from sandbox.bank import BankState, build_bank
from sandbox.bank.state import Account
from sandbox.faults import Faults
from sandbox.site import add_page
from sandbox.slack import Channel, Command, SlackApp, User, UserGroup, Workspace, build_slack
from sandbox.slack.control import add_faults, clear_faults, list_faults

EVENTS_PATH = "/slack/events"
WEBHOOK_PATH = "/api/webhooks/qonto"
BANK_PREFIX = "/bank"
APP_NAME = "Rapprochement"
USUAL_COMMAND = Command("/qonto", "Paiements reçus, synchronisation, factures", "[aide | sync 30 | statut]")


def _utc_now() -> datetime:
    return datetime.now(UTC)


def example_workspace(
    manifest: Mapping[str, Any] | None = None, now: Callable[[], datetime] = _utc_now
) -> Workspace:
    """Return the agency's workspace, with the app as its manifest describes it."""
    app = _installed(manifest)
    everyone = [person.id for person in agency.people()]
    finance = [*agency.FINANCE_MEMBERS, app.bot_user]
    workspace = Workspace.of(
        users=[_user(person) for person in agency.people()],
        channels=[
            Channel(agency.FINANCE_CHANNEL, "paiements", finance, is_private=True),
            Channel(agency.GENERAL_CHANNEL, "general", everyone),
        ],
        usergroups=[_finance_group()],
        app=app,
    )
    workspace.team_name = agency.TEAM_NAME
    workspace.clock = lambda: now().timestamp()
    return workspace


def example_bank(now: Callable[[], datetime] = _utc_now) -> BankState:
    """Return the agency's bank, without any movement."""
    return BankState(
        api_key=agency.QONTO_API_KEY,
        webhook_secret=agency.QONTO_WEBHOOK_SECRET,
        organization_name=agency.TEAM_NAME,
        accounts=[Account(name="Principal")],
        now=now,
    )


def _finance_group() -> UserGroup:
    members = list(agency.ADMIN_GROUP_MEMBERS)
    return UserGroup(agency.ADMIN_GROUP, agency.ADMIN_GROUP_HANDLE, "Finance", members)


def _user(person: agency.Person) -> User:
    return User(
        person.id,
        person.name,
        person.real_name,
        email=person.email,
        title=person.title,
        is_restricted=person.is_guest,
    )


def _installed(manifest: Mapping[str, Any] | None) -> SlackApp:
    app = SlackApp(
        bot_token=agency.SLACK_BOT_TOKEN,
        signing_secret=agency.SLACK_SIGNING_SECRET,
        name=APP_NAME,
        commands=(USUAL_COMMAND,),
    )
    if manifest is None:
        return app
    features = manifest["features"]
    app.scopes = tuple(manifest["oauth_config"]["scopes"]["bot"])
    app.events = tuple(manifest["settings"]["event_subscriptions"]["bot_events"])
    app.home_enabled = features["app_home"]["home_tab_enabled"]
    app.messages_enabled = features["app_home"]["messages_tab_enabled"]
    app.commands = tuple(_command(item) for item in features["slash_commands"])
    return app


def _command(item: Mapping[str, Any]) -> Command:
    return Command(
        item["command"],
        item["description"],
        item.get("usage_hint", ""),
        should_escape=item.get("should_escape", False),
    )


@dataclass
class Sandbox:
    """The stand-ins of one demo or one test, and the settings of a bot that lives with them.

    `workspace`, `bank` and `faults` may be read and changed at any time, also while the
    application runs.
    """

    workspace: Workspace = field(default_factory=example_workspace)
    bank: BankState = field(default_factory=example_bank)
    faults: Faults = field(default_factory=Faults)
    bot_url: str | None = None

    def connect(self, bot_url: str) -> None:
        """Tell both stand-ins where the bot listens; to call again when it moves."""
        self.bot_url = bot_url.rstrip("/")
        self.workspace.app.request_url = self.bot_url + EVENTS_PATH
        self.bank.webhook_url = self.bot_url + WEBHOOK_PATH

    def application(self) -> web.Application:
        """Build the application: page and Slack at the root, the bank under `/bank`."""
        app = build_slack(self.workspace, self.faults)
        app[SANDBOX] = self
        app.add_subapp(BANK_PREFIX, build_bank(self.bank, self.faults))
        add_page(app)
        app.router.add_get("/sandbox/faults", list_faults)
        app.router.add_post("/sandbox/faults", add_faults)
        app.router.add_delete("/sandbox/faults", clear_faults)
        return app

    def environment(self, url: str) -> dict[str, str]:
        """Return the settings of a bot that uses the stand-ins served at `url`; they hold no real secret."""
        base = url.rstrip("/")
        settings = {
            "SLACK_BOT_TOKEN": self.workspace.app.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.app.signing_secret,
            "SLACK_API_URL": f"{base}/api/",
            "SLACK_CHANNEL": agency.FINANCE_CHANNEL,
            "SLACK_ADMINS": f"{agency.ADMIN},{agency.ADMIN_GROUP}",
            "QONTO_API_KEY": self.bank.api_key,
            "QONTO_API_URL": f"{base}{BANK_PREFIX}",
            "QONTO_OAUTH_URL": f"{base}{BANK_PREFIX}",
            "QONTO_WEBHOOK_SECRET": self.bank.webhook_secret or "",
            "API_TOKEN": agency.API_TOKEN,
        }
        return settings | self._address()

    def _address(self) -> dict[str, str]:
        if self.bot_url is None:
            return {}
        parts = urlsplit(self.bot_url)
        return {"PUBLIC_URL": self.bot_url, "HOST": parts.hostname or "", "PORT": str(parts.port or 80)}


SANDBOX = web.AppKey("sandbox", Sandbox)


def build_sandbox(
    *,
    bot_url: str,
    manifest: Mapping[str, Any] | None = None,
    now: Callable[[], datetime] = _utc_now,
) -> web.Application:
    """Build the stand-ins of the example agency around a bot at `bot_url`; the Sandbox is `app[SANDBOX]`.

    With the bot's Slack `manifest` the workspace gives the app the scopes, commands and events asked
    for there, and nothing else. `now` gives aware UTC instants, for both stand-ins.
    """
    sandbox = Sandbox(example_workspace(manifest, now), example_bank(now))
    sandbox.connect(bot_url)
    return sandbox.application()
