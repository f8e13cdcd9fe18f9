"""What a person does in the workspace, turned into deliveries to the app."""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.delivery import Answer, Courier, DeliveryError
from sandbox.slack.finding import (
    Place,
    UiError,
    action_of,
    check_user,
    find_element,
    find_place,
    options_of,
    state_of,
)
from sandbox.slack.limits import check_options
from sandbox.slack.model import Channel, Json, Message, SlackError
from sandbox.slack.payloads import block_actions, block_suggestion, slash_command
from sandbox.slack.render import view_json
from sandbox.slack.responses import respond
from sandbox.slack.stack import value_key
from sandbox.slack.tickets import ResponseTicket
from sandbox.slack.workspace import Workspace

# docs.slack.dev, block-elements/select-menu-element: the default of `min_query_length`.
MIN_QUERY = 3
_EVENT_NAMES = {
    "im": "message.im",
    "mpim": "message.mpim",
    "group": "message.groups",
    "channel": "message.channels",
}
_MENTION = re.compile(r"[@#][\w.-]+")
_FAILURES = {
    "operation_timeout": "L’application n’a pas répondu en 3 secondes. Réessayez.",
    "dispatch_failed": "L’application n’a pas pu traiter cette action. Réessayez.",
}


@dataclass
class Interactions:
    """One person's gestures; `response_url` gives the absolute address of a new response URL."""

    workspace: Workspace
    courier: Courier
    response_url: Callable[[str], str]

    async def click(self, body: Json) -> None:
        """Deliver a click or a choice; UiError when impossible or when the app fails."""
        place = find_place(self.workspace, str(body.get("user")), body.get("container"))
        action = action_of(self.workspace, place, body)
        state = state_of(self.workspace, place, body.get("state"))
        key = value_key(action)
        if key and action["block_id"] in state:
            state[action["block_id"]][action["action_id"]][key] = action[key]
        if place.view is not None:
            place.view.values = state
        payload = block_actions(self.workspace, place, action, state, self._response_url(place))
        await self.deliver("action", payload)

    async def options(self, body: Json) -> Json:
        """Ask the app for the options of an external select; UiError when it fails."""
        place = find_place(self.workspace, str(body.get("user")), body.get("container"))
        block_id, action_id = str(body.get("block_id")), str(body.get("action_id"))
        element = find_element(place, block_id, action_id)
        value = str(body.get("value") or "")
        if "external" not in element["type"]:
            raise UiError("element_not_found", "Cette liste n’a rien à chercher.")
        if len(value) < element.get("min_query_length", MIN_QUERY):
            return {"options": []}
        payload = block_suggestion(self.workspace, place, block_id, action_id, value)
        answer = self.json_of(await self.deliver("options", payload), "options")
        problems = check_options(answer)
        self.workspace.note(f"options {action_id}", problems)
        if any(problem.refused for problem in problems):
            raise UiError("invalid_options", "La liste reçue n’est pas valable.")
        # A person's choice must be one of those shown to them: the latest load of each list is kept,
        # with what was offered before, as a multi select keeps earlier choices.
        known = self.workspace.offered.setdefault((place.user, block_id, action_id), [])
        known[:0] = options_of(answer)
        del known[1000:]
        return answer

    async def command(self, body: Json) -> None:
        """Deliver a slash command and show what the app answers; UiError when it fails."""
        user, channel = self._in_channel(body)
        name, _, text = str(body.get("text") or "").strip().partition(" ")
        command = next((c for c in self.workspace.app.commands if c.command == name), None)
        if command is None:
            raise UiError("unknown_command", f"{name} n’est pas une commande de cet espace.")
        if command.should_escape:
            text = self._with_ids(text)
        ticket = ResponseTicket(user, channel.id, self.workspace.clock())
        url = self.response_url(self.workspace.tickets.new_response(ticket))
        fields = slash_command(self.workspace, channel, user, name, text.strip(), url)
        try:
            answer = await self.courier.command(fields)
        except DeliveryError as error:
            self.workspace.trouble("command", f"{name} : {error.code}")
            text = f"{name} a échoué : « {error.code} ». {_FAILURES[error.code]}"
            raise UiError(error.code, text) from None
        self._show_reply(ticket, answer)

    async def home(self, body: Json) -> None:
        """Open the app's Home tab."""
        user = str(body.get("user"))
        check_user(self.workspace, user)
        stamp = self.workspace.stamps.next()
        channel = self.workspace.open_im(user)
        event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": "home"}
        event["event_ts"] = stamp
        if view := self.workspace.homes.get(user):
            event["view"] = view_json(self.workspace, view)
        await self._publish("app_home_opened", event, user)

    async def message(self, body: Json) -> None:
        """Write a message, as a person does."""
        user, channel = self._in_channel(body)
        if channel.is_archived:
            raise UiError("is_archived", "Ce canal est archivé.")
        text = html.escape(str(body.get("text") or ""), quote=False)
        if not text.strip():
            raise UiError("no_text", "Le message est vide.")
        thread_ts = self._thread(channel, body.get("thread_ts"))
        message = Message(channel.id, self.workspace.stamps.next(), user, text, thread_ts=thread_ts)
        self.workspace.add_message(message)
        self.workspace.last_read[user, channel.id] = message.ts
        if self.workspace.app.bot_user in channel.members:
            await self._publish(_EVENT_NAMES[channel.kind], self._message_event(message, channel), user)

    async def deliver(self, kind: str, payload: Json) -> Answer:
        """Deliver an interaction; UiError with the French text a person reads when the app fails."""
        try:
            return await self.courier.interaction(kind, payload)
        except DeliveryError as error:
            self.workspace.trouble(kind, f"{error.code} ({error.reason}, HTTP {error.status})")
            raise UiError(error.code, _FAILURES[error.code]) from None

    def json_of(self, answer: Answer, where: str) -> Json:
        """Return the JSON object an app answered, empty for an empty body; UiError for anything else."""
        try:
            value = json.loads(answer.body or "{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            self.workspace.trouble(where, "réponse qui n’est pas un objet JSON")
            raise UiError("dispatch_failed", _FAILURES["dispatch_failed"])
        return value

    async def _publish(self, name: str, event: Json, user: str) -> None:
        if name in self.workspace.app.events:
            await self.courier.event(event, user)

    def _message_event(self, message: Message, channel: Channel) -> Json:
        event: Json = {
            "type": "message",
            "user": message.user,
            "text": message.text,
            "ts": message.ts,
            "event_ts": message.ts,
            "team": self.workspace.team_id,
            "channel": channel.id,
            "channel_type": channel.kind,
        }
        return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})

    def _in_channel(self, body: Json) -> tuple[str, Channel]:
        """Return the person and the conversation; the app's own id stands for their direct messages."""
        user, wanted = str(body.get("user")), str(body.get("channel"))
        check_user(self.workspace, user)
        if wanted == self.workspace.app.bot_user:
            return user, self.workspace.open_im(user)
        channel = self.workspace.channels.get(wanted)
        if channel is None or user not in channel.members:
            raise UiError("channel_not_found", "Vous n’êtes pas dans ce canal.")
        return user, channel

    def _thread(self, channel: Channel, thread_ts: Any) -> str | None:
        if not thread_ts:
            return None
        parent = self.workspace.find_message(channel.id, str(thread_ts))
        if parent is None:
            raise UiError("not_found", "Ce message n’existe plus.")
        parent.thread_ts = parent.ts
        return parent.ts

    def _with_ids(self, text: str) -> str:
        ids = {f"@{user.name}": f"@{user.id}" for user in self.workspace.users.values()}
        ids |= {f"#{channel.name}": f"#{channel.id}" for channel in self.workspace.channels.values()}

        def escaped(found: re.Match[str]) -> str:
            name = found[0]
            return f"<{ids[name]}|{name[1:]}>" if name in ids else name

        return _MENTION.sub(escaped, text)

    def _response_url(self, place: Place) -> str:
        if place.message is None:
            return ""
        message = place.message
        now = self.workspace.clock()
        ticket = ResponseTicket(place.user, message.channel, now, message.ts, message.thread_ts)
        return self.response_url(self.workspace.tickets.new_response(ticket))

    def _show_reply(self, ticket: ResponseTicket, answer: Answer) -> None:
        if not answer.body.strip():
            return
        is_json = "application/json" in answer.headers.get("Content-Type", "")
        body: Any = self.json_of(answer, "command") if is_json else {"text": answer.body}
        try:
            respond(self.workspace, ticket, body)
        except SlackError as error:
            self.workspace.trouble("command", f"réponse refusée : {error.code}")
            raise UiError(error.code, _FAILURES["dispatch_failed"]) from None
