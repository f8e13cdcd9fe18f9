"""Short-lived permissions that come with an interaction: trigger ids and response URLs."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.model import SlackError

# docs.slack.dev, interactivity/handling-user-interaction.
TRIGGER_SECONDS = 3.0
RESPONSE_URL_SECONDS = 30 * 60.0
RESPONSE_URL_USES = 5


@dataclass
class Trigger:
    """The right to open one view for one person; `view_id` is the modal it was born in."""

    user: str
    born_at: float
    view_id: str | None = None
    used: bool = False


@dataclass
class ResponseTicket:
    """What a response_url may still do.

    `message_ts` is the message it may replace or delete: the one that carried the click, or, since nobody can
    change the line of a slash command, the first answer to it.
    """

    user: str
    channel: str
    born_at: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


class Tickets:
    """The trigger ids and response URLs handed out, against the workspace's clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, ResponseTicket] = {}

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        """Hand out a trigger id."""
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, self._clock(), view_id)
        return trigger_id

    def use_trigger(self, trigger_id: str) -> Trigger:
        """Return the trigger and spend it; SlackError if unknown, older than 3 s, or already used."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if self._clock() - trigger.born_at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        trigger.used = True
        return trigger

    def new_response(self, ticket: ResponseTicket) -> str:
        """Hand out the secret part of a response URL."""
        secret = secrets.token_urlsafe(24)
        self._responses[secret] = ticket
        return secret

    def use_response(self, secret: str) -> ResponseTicket:
        """Return the ticket, counting one use; SlackError after 5 uses or 30 minutes."""
        ticket = self._responses.get(secret)
        if ticket is None or self._clock() - ticket.born_at > RESPONSE_URL_SECONDS:
            raise SlackError("expired_url")
        if ticket.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        ticket.uses += 1
        return ticket
