"""What one person sees of the workspace, as JSON for the page."""

from collections import Counter
from datetime import UTC, datetime

from sandbox.slack.model import Channel, Json, Message, Trouble, User
from sandbox.slack.render import view_json
from sandbox.slack.workspace import Workspace

SHOWN_MESSAGES = 200
SHOWN_PROBLEMS = 50


def state_for(workspace: Workspace, me: str) -> Json:
    """Return the whole screen of one person."""
    workspace.open_im(me)
    channels = [c for c in workspace.channels.values() if _visible(workspace, c, me)]
    home = workspace.homes.get(me)
    return {
        "team": {"id": workspace.team_id, "name": workspace.team_name, "domain": workspace.team_domain},
        "me": me,
        "users": [_user(user) for user in workspace.users.values()],
        "channels": [_channel(workspace, channel, me) for channel in channels],
        "home": view_json(workspace, home) if home else None,
        "modals": [view_json(workspace, view) for view in workspace.modals.get(me, [])],
        "commands": [
            {"command": c.command, "description": c.description, "usage_hint": c.usage_hint}
            for c in workspace.app.commands
        ],
        "problems": [problem_json(problem) for problem in list(workspace.problems)[-SHOWN_PROBLEMS:]],
    }


def problem_json(problem: Trouble) -> Json:
    """Return a problem with its instant in ISO 8601, UTC."""
    at = datetime.fromtimestamp(problem.at, UTC).isoformat()
    return {"at": at, "where": problem.where, "text": problem.text}


def _visible(workspace: Workspace, channel: Channel, me: str) -> bool:
    if me in channel.members:
        return True
    return not (channel.is_im or channel.is_private or workspace.users[me].is_restricted)


def _user(user: User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "is_bot": user.is_bot,
        "deleted": user.deleted,
    }


def _channel(workspace: Workspace, channel: Channel, me: str) -> Json:
    member = me in channel.members
    seen = [m for m in workspace.in_channel(channel.id) if member and m.ephemeral_to in {None, me}]
    replies = Counter(m.thread_ts for m in seen if m.thread_ts not in {None, m.ts})
    read = workspace.last_read.get((me, channel.id), "")
    other = next((m for m in channel.members if m != me), None) if channel.is_im else None
    return {
        "id": channel.id,
        "name": workspace.users[other].real_name if other in workspace.users else channel.name,
        "is_im": channel.is_im,
        "with": other,
        "is_member": member,
        "is_archived": channel.is_archived,
        "unread": sum(m.ts > read and m.user != me for m in seen),
        "messages": [_message(m, replies[m.ts]) for m in seen[-SHOWN_MESSAGES:]],
    }


def _message(message: Message, reply_count: int) -> Json:
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "edited": message.edited is not None,
        "ephemeral": message.ephemeral_to is not None,
        "thread_ts": message.thread_ts,
        "reply_count": reply_count,
        "metadata": message.metadata,
        "files": message.files,
        "reactions": message.reactions,
    }
