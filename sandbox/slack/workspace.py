"""The workspace held in memory, and what a test or an administrator may do to it."""

import copy
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sandbox.slack.ids import Stamps, new_id
from sandbox.slack.limits import Problem
from sandbox.slack.live import Live
from sandbox.slack.model import (
    ApiCall,
    Channel,
    Delivery,
    Json,
    Message,
    Refusal,
    SlackApp,
    Trouble,
    UploadedFile,
    User,
    UserGroup,
    View,
)
from sandbox.slack.tickets import Tickets

KEPT_LOG_LINES = 5_000


@dataclass
class Workspace:
    """A Slack workspace with one installed app.

    `retry_delays` are the pauses in seconds before the three retries of an event; `clock` gives
    seconds since 1970; `strict_rate` refuses more than a message per second and channel.
    """

    app: SlackApp = field(default_factory=SlackApp)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    usergroups: dict[str, UserGroup] = field(default_factory=dict)
    team_id: str = "T0SANDBOX"
    team_name: str = "Agence"
    team_domain: str = "agence"
    strict_rate: bool = False
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    ack_seconds: float = 3.0
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self.live = Live()
        self.stamps = Stamps(self.now)
        self.users.setdefault(self.app.bot_user, User(self.app.bot_user, "qonto", self.app.name, is_bot=True))
        self._empty()
        self.remember()

    @classmethod
    def of(
        cls,
        users: Iterable[User],
        channels: Iterable[Channel] = (),
        usergroups: Iterable[UserGroup] = (),
        app: SlackApp | None = None,
    ) -> "Workspace":
        """Build a workspace from its people, channels and groups."""
        return cls(
            app or SlackApp(),
            {user.id: user for user in users},
            {channel.id: channel for channel in channels},
            {group.id: group for group in usergroups},
        )

    def now(self) -> float:
        """Return the workspace's time in seconds since 1970."""
        return self.clock()

    def _empty(self) -> None:
        self.tickets = Tickets(self.now)
        self.refusal: Refusal | None = None
        self.history: dict[str, dict[str, Message]] = {}
        self.homes: dict[str, View] = {}
        self.modals: dict[str, list[View]] = {}
        self.files: dict[str, UploadedFile] = {}
        self.offered: dict[tuple[str, str, str], list[Json]] = {}
        self.last_read: dict[tuple[str, str], str] = {}
        self.calls: deque[ApiCall] = deque(maxlen=KEPT_LOG_LINES)
        self.deliveries: deque[Delivery] = deque(maxlen=KEPT_LOG_LINES)
        self.problems: deque[Trouble] = deque(maxlen=KEPT_LOG_LINES)
        self.posted: Counter[str] = Counter()

    def remember(self) -> None:
        """Take the present people, channels, groups and app as what `reset` goes back to."""
        self._start = copy.deepcopy((self.app, self.users, self.channels, self.usergroups))

    def reset(self) -> None:
        """Forget every message, view and log line, and put people and channels back as they started."""
        request_url = self.app.request_url
        self.app, self.users, self.channels, self.usergroups = copy.deepcopy(self._start)
        self.app.request_url = request_url
        self._empty()
        self.live.changed()

    # What tests read.

    def messages(self, channel: str) -> list[Message]:
        """Return what everyone in this channel sees (id or name), oldest first."""
        found = self.channel_named(channel)
        return [m for m in self.in_channel(found.id) if m.ephemeral_to is None] if found else []

    def ephemerals(self, user: str) -> list[Message]:
        """Return what only this person sees, in all channels, oldest first."""
        everything = (m for messages in self.history.values() for m in messages.values())
        return sorted((m for m in everything if m.ephemeral_to == user), key=lambda m: m.ts)

    def direct_messages(self, user: str) -> list[Message]:
        """Return the conversation between the app and this person, oldest first."""
        channel = self.im_with(user)
        return self.messages(channel.id) if channel else []

    def post_count(self, channel: str) -> int:
        """Return how many messages the app ever posted in this channel, deleted ones included."""
        found = self.channel_named(channel)
        return self.posted[found.id] if found else 0

    def calls_of(self, method: str) -> list[ApiCall]:
        """Return the logged calls of one Web API method, oldest first."""
        return [call for call in self.calls if call.method == method]

    # What an administrator of the workspace does.

    def archive(self, channel: str) -> None:
        """Archive a channel."""
        self.channels[channel].is_archived = True
        self.live.changed()

    def kick_bot(self, channel: str) -> None:
        """Remove the app from a channel."""
        members = self.channels[channel].members
        if self.app.bot_user in members:
            members.remove(self.app.bot_user)
        self.live.changed()

    def invite_bot(self, channel: str) -> None:
        """Add the app to a channel."""
        if self.app.bot_user not in self.channels[channel].members:
            self.channels[channel].members.append(self.app.bot_user)
        self.live.changed()

    def delete_message(self, channel: str, ts: str) -> None:
        """Delete a message; KeyError if there is none."""
        message = self.find_message(channel, ts)
        if message is None:
            raise KeyError(ts)
        del self.history[channel][ts]
        self.live.changed(self.audience(message))

    def deactivate(self, user: str) -> None:
        """Deactivate an account."""
        self.users[user].deleted = True
        self.live.changed()

    def revoke_token(self) -> None:
        """Revoke the bot token; `reset` gives it back."""
        self.app.token_revoked = True

    # What the stand-in itself needs.

    def channel_named(self, name: str) -> Channel | None:
        """Return the channel with this id, name, or name after a #."""
        if name in self.channels:
            return self.channels[name]
        bare = name.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == bare and not c.is_im), None)

    def im_with(self, user: str) -> Channel | None:
        """Return the direct message conversation between the app and this person, if it was opened."""
        return next((c for c in self.channels.values() if c.is_im and user in c.members), None)

    def open_im(self, user: str) -> Channel:
        """Return the direct message conversation with this person, opening it when needed."""
        channel = self.im_with(user)
        if channel is None:
            members = [self.app.bot_user, user]
            channel = Channel(new_id("D"), "directmessage", members, is_im=True, created=int(self.clock()))
            self.channels[channel.id] = channel
            self.live.changed({user})
        return channel

    def find_message(self, channel: str, ts: str) -> Message | None:
        """Return the message with this timestamp, ephemeral or not."""
        return self.history.get(channel, {}).get(ts)

    def in_channel(self, channel: str) -> Iterable[Message]:
        """Return every message of a channel, oldest first, other people's ephemeral ones included."""
        return self.history.get(channel, {}).values()

    def add_message(self, message: Message) -> None:
        """Store a message and tell whoever sees it."""
        self.history.setdefault(message.channel, {})[message.ts] = message
        if message.user == self.app.bot_user and message.ephemeral_to is None:
            self.posted[message.channel] += 1
        self.live.changed(self.audience(message))

    def audience(self, message: Message) -> set[str]:
        """Return who sees this message."""
        if message.ephemeral_to is not None:
            return {message.ephemeral_to}
        return set(self.channels[message.channel].members)

    def find_view(self, view_id: str) -> View | None:
        """Return an open modal or a Home tab by its id."""
        modals = (view for stack in self.modals.values() for view in stack)
        return next((v for v in (*modals, *self.homes.values()) if v.id == view_id), None)

    def trouble(self, where: str, text: str) -> None:
        """Note something refused or over a limit, and show it on every page."""
        self.problems.append(Trouble(self.clock(), where, text))
        self.live.changed()

    def note(self, where: str, problems: Iterable[Problem]) -> None:
        """Note what the limits table found."""
        for problem in problems:
            self.trouble(where, f"{problem.pointer} : {problem.text}")
