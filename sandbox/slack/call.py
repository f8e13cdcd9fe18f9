"""One call of the Web API: its arguments in any of the accepted forms, and who is asking."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.slack.limits import Problem
from sandbox.slack.model import Channel, Json, SlackError
from sandbox.slack.workspace import Workspace

_JSON_ARGS = ("blocks", "attachments", "metadata", "view", "files")
_TRUE = {True, "1", "true", "True"}


@dataclass
class Call:
    """A call being answered; `url_for` gives the absolute address of one of our own routes."""

    workspace: Workspace
    method: str
    args: Json
    url_for: Callable[..., str]

    def require(self, *names: str) -> None:
        """Check that arguments are present; SlackError `invalid_arguments` names the missing ones."""
        missing = [name for name in names if self.args.get(name) in (None, "")]
        if missing:
            raise invalid_arguments(*(f"missing required field: {name}" for name in missing))

    def text(self, name: str) -> str:
        """Return an argument as a string, empty when absent."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return a boolean argument in any of the forms Slack accepts."""
        value = self.args.get(name)
        return value in _TRUE if isinstance(value, bool | int | str) else False

    def number(self, name: str, default: int, most: int) -> int:
        """Return an integer argument; SlackError `invalid_limit` outside 1..most."""
        value = self.args.get(name)
        if value in (None, ""):
            return default
        try:
            number = int(str(value))
        except ValueError:
            raise SlackError("invalid_limit") from None
        if number < 1:
            raise SlackError("invalid_limit")
        return min(number, most)

    def scope(self, *scopes: str) -> None:
        """Check the app's scopes; SlackError `missing_scope` says what was needed and provided."""
        provided = self.workspace.app.scopes
        missing = [scope for scope in scopes if scope not in provided]
        if missing:
            raise SlackError("missing_scope", needed=",".join(missing), provided=",".join(provided))

    def channel(self, *, by_name: bool = False) -> Channel:
        """Return the channel of the `channel` argument; SlackError `channel_not_found`."""
        self.require("channel")
        name = self.text("channel")
        found = self.workspace.channel_named(name) if by_name else self.workspace.channels.get(name)
        if found is None or (found.is_private and not self.is_member(found)):
            raise SlackError("channel_not_found")
        return found

    def is_member(self, channel: Channel) -> bool:
        """Return whether the app is in the channel."""
        return self.workspace.app.bot_user in channel.members

    def refuse(self, problems: list[Problem]) -> None:
        """Note every finding and raise SlackError when Slack itself would refuse."""
        self.workspace.note(self.method, problems)
        refused = [problem for problem in problems if problem.refused]
        if not refused:
            return
        lines = [f"{problem.text} [json-pointer:{problem.pointer}]" for problem in refused]
        code = next((p.code for p in refused if p.code != "invalid_blocks"), "invalid_blocks")
        raise SlackError(
            code, errors=lines, response_metadata={"messages": [f"[ERROR] {line}" for line in lines]}
        )


def invalid_arguments(*messages: str) -> SlackError:
    """Return the error of a call whose arguments do not fit, with Slack's own explanation list."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {m}" for m in messages]})


async def read_args(request: web.Request) -> Json:
    """Merge query and body (form, multipart or JSON); SlackError `invalid_json` or `json_not_object`."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        args.update(_json_object(await request.text()))
    elif request.content_type in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        args.update(await request.post())
    for name in _JSON_ARGS:
        if isinstance(args.get(name), str):
            args[name] = _parsed(name, args[name])
    return args


def _json_object(body: str) -> Json:
    try:
        value = json.loads(body or "{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackError("json_not_object")
    return value


def _parsed(name: str, value: str) -> Any:
    try:
        return json.loads(value) if value else None
    except ValueError:
        code = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise SlackError(code) from None
