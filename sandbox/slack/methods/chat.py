"""chat.* and reactions.add."""

from sandbox.slack.call import Call
from sandbox.slack.limits import Problem, check_message
from sandbox.slack.model import Channel, Json, Message, SlackError
from sandbox.slack.render import filled, message_json

# chat.update: docs.slack.dev, reference/methods/chat.update.
UPDATED_TEXT = 4_000
# Slack does not publish the size; we stay well under what people report.
METADATA_BYTES = 8_000


def post_message(call: Call) -> Json:
    """Post a message; the id may be a channel or a person."""
    channel = _destination(call)
    _may_post(call, channel)
    message = _message(call, channel)
    _join_thread(call, message)
    call.workspace.add_message(message)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(call.workspace, message)}


def post_ephemeral(call: Call) -> Json:
    """Show a message to one member of the channel."""
    call.require("user")
    channel = call.channel(by_name=True)
    _may_post(call, channel)
    user = call.text("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    message = _message(call, channel)
    message.ephemeral_to, message.metadata = user, None
    call.workspace.add_message(message)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    """Change one of the app's own messages; omitted metadata stays, omitted blocks go."""
    message = _own_message(call, "cant_update_message")
    if call.workspace.channels[message.channel].is_archived:
        raise SlackError("is_inactive")
    _check_content(call)
    if len(call.text("text")) > UPDATED_TEXT:
        raise SlackError("msg_too_long")
    blocks = call.args.get("blocks") or []
    message.text = call.text("text")
    message.blocks = filled(blocks, message.blocks)
    message.attachments = call.args.get("attachments") or []
    if call.args.get("metadata") is not None:
        message.metadata = _metadata(call)
    if not blocks:
        message.edited = {"user": message.user, "ts": call.workspace.stamps.next()}
    call.workspace.live.changed(call.workspace.audience(message))
    content = message_json(call.workspace, message)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": content}


def delete(call: Call) -> Json:
    """Delete one of the app's own messages."""
    message = _own_message(call, "cant_delete_message")
    call.workspace.delete_message(message.channel, message.ts)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    """Return the address of a message."""
    call.require("message_ts")
    channel = call.channel()
    ts = call.text("message_ts")
    if call.workspace.find_message(channel.id, ts) is None:
        raise SlackError("message_not_found")
    link = f"https://{call.workspace.team_domain}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def add_reaction(call: Call) -> Json:
    """Add the app's reaction to a message."""
    call.require("name", "timestamp")
    channel = call.channel()
    message = call.workspace.find_message(channel.id, call.text("timestamp"))
    if message is None:
        raise SlackError("message_not_found")
    bot, name = call.workspace.app.bot_user, call.text("name").strip(":")
    if any(r["name"] == name and bot in r["users"] for r in message.reactions):
        raise SlackError("already_reacted")
    message.reactions.append({"name": name, "users": [bot], "count": 1})
    call.workspace.live.changed(call.workspace.audience(message))
    return {}


def _destination(call: Call) -> Channel:
    call.require("channel")
    user = call.workspace.users.get(call.text("channel"))
    if user is None:
        return call.channel(by_name=True)
    if user.deleted or user.is_bot:
        raise SlackError("channel_not_found")
    return call.workspace.open_im(user.id)


def _may_post(call: Call, channel: Channel) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")
    if channel.is_im:
        _may_write_to(call, channel)
    elif not call.is_member(channel) and "chat:write.public" not in call.workspace.app.scopes:
        raise SlackError("not_in_channel")


def _may_write_to(call: Call, channel: Channel) -> None:
    if not call.workspace.app.messages_enabled:
        raise SlackError("messages_tab_disabled")
    people = [call.workspace.users[member] for member in channel.members if member in call.workspace.users]
    if any(person.deleted for person in people):
        raise SlackError("channel_not_found")


def _check_content(call: Call) -> None:
    if not any(call.args.get(name) for name in ("text", "blocks", "attachments")):
        raise SlackError("no_text")
    call.refuse(check_message(call.args))
    _refuse_on_command(call)


def _refuse_on_command(call: Call) -> None:
    refusal, blocks = call.workspace.refusal, call.args.get("blocks") or []
    if refusal is None or len(blocks) <= refusal.more_than:
        return
    refused = [
        Problem(f"/blocks/{place}", f"bloc « {block['type']} » refusé sur commande", code=refusal.code)
        for place, block in enumerate(blocks)
        if not refusal.types or block["type"] in refusal.types
    ]
    if refused and not refusal.pointed:
        raise SlackError(refusal.code)
    call.refuse(refused)


def _message(call: Call, channel: Channel) -> Message:
    _check_content(call)
    return Message(
        channel.id,
        call.workspace.stamps.next(),
        call.workspace.app.bot_user,
        call.text("text"),
        filled(call.args.get("blocks") or []),
        call.args.get("attachments") or [],
        _metadata(call),
        call.text("thread_ts") or None,
        call.flag("reply_broadcast"),
    )


def _metadata(call: Call) -> Json | None:
    metadata = call.args.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise SlackError("invalid_metadata_format")
    if not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(str(metadata)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return metadata


def _join_thread(call: Call, message: Message) -> None:
    if message.thread_ts is None:
        return
    parent = call.workspace.find_message(message.channel, message.thread_ts)
    if parent is None or parent.thread_ts not in {None, parent.ts}:
        raise SlackError("thread_not_found")
    parent.thread_ts = parent.ts


def _own_message(call: Call, refusal: str) -> Message:
    call.require("ts")
    channel = call.channel()
    if not call.is_member(channel):
        raise SlackError("not_in_channel")
    message = call.workspace.find_message(channel.id, call.text("ts"))
    if message is None or message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    if message.user != call.workspace.app.bot_user:
        raise SlackError(refusal)
    return message
