"""What a Slack workspace is made of: people, conversations, messages, views and the app itself."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

# The scopes the bot needs at most, feature by feature (docs.slack.dev, reference/scopes).
USUAL_SCOPES = (
    "commands",
    "chat:write",
    "im:write",
    "im:history",
    "users:read",
    "users:read.email",
    "usergroups:read",
    "files:write",
    "files:read",
    "channels:history",
    "groups:history",
)


@dataclass
class User:
    """A member of the workspace; `is_restricted` means a guest, `deleted` a deactivated account.

    `team_id` is another workspace's for somebody who comes through Slack Connect; empty for our own.
    """

    id: str
    name: str
    real_name: str
    email: str = ""
    title: str = ""
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_admin: bool = False
    locale: str = "fr-FR"
    tz: str = "Europe/Paris"
    team_id: str = ""


@dataclass
class Channel:
    """A channel, or a direct message between the two `members` when `is_im`."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)
    is_private: bool = False
    is_archived: bool = False
    is_im: bool = False
    is_mpim: bool = False
    created: int = 0

    @property
    def kind(self) -> str:
        """Return the conversation type as Slack's events name it."""
        if self.is_im:
            return "im"
        if self.is_mpim:
            return "mpim"
        return "group" if self.is_private else "channel"


@dataclass
class UserGroup:
    """A user group such as @finance; its id starts with S."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)
    is_disabled: bool = False


@dataclass
class Message:
    """One message; `ephemeral_to` holds the only person who sees it."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    reply_broadcast: bool = False
    edited: Json | None = None
    ephemeral_to: str | None = None
    files: list[Json] = field(default_factory=list)
    reactions: list[Json] = field(default_factory=list)


@dataclass
class View:
    """A modal or a Home tab as it is shown to one person; `content` is what the app sent."""

    id: str
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    external_id: str = ""
    values: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """A slash command of the app's manifest."""

    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass
class SlackApp:
    """The app as its manifest and its installation describe it."""

    bot_token: str = "xoxb-sandbox"  # noqa: S105 - invented, for the stand-in only
    signing_secret: str = "sandbox-signing-secret"  # noqa: S105 - invented, for the stand-in only
    bot_user: str = "UBOT"
    request_url: str = ""
    options_url: str = ""
    id: str = "A0SANDBOX"
    bot_id: str = "B0SANDBOX"
    name: str = "Qonto"
    scopes: tuple[str, ...] = USUAL_SCOPES
    commands: tuple[Command, ...] = ()
    events: tuple[str, ...] = ("app_home_opened", "message.im")
    home_enabled: bool = True
    messages_enabled: bool = True
    token_revoked: bool = False
    is_enterprise_install: bool = False


@dataclass(frozen=True)
class Refusal:
    """Blocks refused though they keep to the limits, as Slack does while a kind of block is new.

    `types` are the kinds refused (none named: every kind), in messages of more than `more_than` blocks;
    `pointed` says whether the answer points at them.
    """

    types: tuple[str, ...] = ()
    code: str = "invalid_blocks"
    pointed: bool = True
    more_than: int = 0


@dataclass(frozen=True)
class ApiCall:
    """One call of the Web API as it was received, with "ok" or the error code it was answered."""

    at: float
    method: str
    args: Json
    outcome: str


@dataclass(frozen=True)
class Delivery:
    """One request sent to the app: its kind, the HTTP status (0: none) and how long the answer took."""

    at: float
    kind: str
    status: int
    duration_ms: float
    retry_num: int = 0
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Trouble:
    """Something refused or over a limit: when, in which call or view, and a French sentence."""

    at: float
    where: str
    text: str


@dataclass(frozen=True)
class UploadedFile:
    """A file sent through `files.getUploadURLExternal`; shared once completed."""

    id: str
    name: str
    title: str = ""
    content: bytes = b""
    channel: str | None = None


class SlackError(Exception):
    """What the Web API answers with `ok` false: a documented code and further fields."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra
