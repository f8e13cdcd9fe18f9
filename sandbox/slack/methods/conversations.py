"""conversations.*: direct messages, history and members."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sandbox.slack.call import Call
from sandbox.slack.ids import new_id
from sandbox.slack.model import Channel, Json, Message, SlackError, User
from sandbox.slack.render import channel_json, message_json, replies_of

_FAMILY = {"channel": "channels", "group": "groups", "im": "im", "mpim": "mpim"}
DEFAULT_PAGE, LARGEST_PAGE = 100, 999
LARGEST_GROUP = 8

Item = TypeVar("Item")


def open_conversation(call: Call) -> Json:
    """Open, or find, the conversation with one to eight people."""
    if call.text("channel"):
        return {"channel": _opened(call, call.channel())}
    call.require("users")
    people = [_person(call, user_id) for user_id in call.text("users").split(",") if user_id]
    call.scope("im:write" if len(people) == 1 else "mpim:write")
    if len(people) > LARGEST_GROUP:
        raise SlackError("too_many_users")
    if len(people) > 1:
        return {"channel": _opened(call, _group(call, people))}
    known = call.workspace.im_with(people[0].id)
    if known is None and call.flag("prevent_creation"):
        raise SlackError("channel_not_found")
    answer: Json = {"no_op": True, "already_open": True} if known else {}
    return answer | {"channel": _opened(call, known or call.workspace.open_im(people[0].id))}


def history(call: Call) -> Json:
    """Return a page of messages, newest first; replies in threads stay in their thread."""
    channel = _readable(call)
    shown = [m for m in _between(call, _public(call, channel)) if _at_top(m)]
    page, cursor = paged(call, shown[::-1])
    with_metadata = call.flag("include_all_metadata")
    content = [message_json(call.workspace, m, with_metadata=with_metadata) for m in page]
    return {"messages": content, "has_more": bool(cursor), "pin_count": 0} | next_cursor(cursor)


def replies(call: Call) -> Json:
    """Return a thread with its parent, oldest first."""
    channel = _readable(call)
    call.require("ts")
    parent = call.workspace.find_message(channel.id, call.text("ts"))
    if parent is None or parent.ephemeral_to is not None:
        raise SlackError("thread_not_found")
    page, cursor = paged(call, [parent, *_between(call, replies_of(call.workspace, parent))])
    with_metadata = call.flag("include_all_metadata")
    content = [message_json(call.workspace, m, with_metadata=with_metadata) for m in page]
    return {"messages": content, "has_more": bool(cursor)} | next_cursor(cursor)


def info(call: Call) -> Json:
    """Return a conversation."""
    channel = call.channel()
    call.scope(f"{_FAMILY[channel.kind]}:read")
    return {"channel": channel_json(call.workspace, channel)}


def members(call: Call) -> Json:
    """Return the ids of a conversation's members."""
    channel = call.channel()
    call.scope(f"{_FAMILY[channel.kind]}:read")
    page, cursor = paged(call, channel.members)
    return {"members": page} | next_cursor(cursor)


def list_conversations(call: Call) -> Json:
    """Return the channels of the asked types that the app may see."""
    kinds = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
    wanted = {kinds.get(kind, "") for kind in (call.text("types") or "public_channel").split(",")}
    call.scope(*(f"{_FAMILY[kind]}:read" for kind in sorted(wanted) if kind))
    visible = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in wanted
        and (channel.kind == "channel" or call.is_member(channel))
        and not (call.flag("exclude_archived") and channel.is_archived)
    ]
    page, cursor = paged(call, visible)
    return {"channels": [channel_json(call.workspace, channel) for channel in page]} | next_cursor(cursor)


def paged(call: Call, items: Sequence[Item]) -> tuple[list[Item], str]:
    """Return the asked page and the cursor of the next one, empty on the last."""
    start = _offset(call.text("cursor"))
    end = start + call.number("limit", DEFAULT_PAGE, LARGEST_PAGE)
    more = end < len(items)
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if more else ""
    return list(items[start:end]), cursor


def next_cursor(cursor: str) -> Json:
    """Return the part of an answer that tells how to go on."""
    return {"response_metadata": {"next_cursor": cursor}}


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (ValueError, binascii.Error):
        raise SlackError("invalid_cursor") from None


def _person(call: Call, user_id: str) -> User:
    user = call.workspace.users.get(user_id.strip())
    if user is None:
        raise SlackError("user_not_found")
    if user.deleted:
        raise SlackError("user_disabled")
    if user.is_bot:
        raise SlackError("cannot_dm_bot")
    return user


def _group(call: Call, people: list[User]) -> Channel:
    members = [call.workspace.app.bot_user, *(person.id for person in people)]
    for channel in call.workspace.channels.values():
        if channel.is_mpim and set(channel.members) == set(members):
            return channel
    name = f"mpdm-{'--'.join(person.name for person in people)}-1"
    channel = Channel(new_id("G"), name, members, is_private=True, is_mpim=True)
    call.workspace.channels[channel.id] = channel
    return channel


def _opened(call: Call, channel: Channel) -> Json:
    return channel_json(call.workspace, channel) if call.flag("return_im") else {"id": channel.id}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    call.scope(f"{_FAMILY[channel.kind]}:history")
    if not call.is_member(channel):
        raise SlackError("not_in_channel")
    return channel


def _public(call: Call, channel: Channel) -> list[Message]:
    return [m for m in call.workspace.in_channel(channel.id) if m.ephemeral_to is None]


def _at_top(message: Message) -> bool:
    return message.thread_ts in {None, message.ts} or message.reply_broadcast


def _between(call: Call, messages: list[Message]) -> list[Message]:
    oldest, latest = _moment(call, "oldest", 0.0), _moment(call, "latest", float("inf"))
    if call.flag("inclusive"):
        return [m for m in messages if oldest <= float(m.ts) <= latest]
    return [m for m in messages if oldest < float(m.ts) < latest]


def _moment(call: Call, name: str, default: float) -> float:
    try:
        return float(call.text(name) or default)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None
