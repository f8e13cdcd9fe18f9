"""auth.test, users.*, usergroups.* and apps.connections.open."""

from sandbox.slack.call import Call
from sandbox.slack.methods.conversations import next_cursor, paged
from sandbox.slack.model import Json, SlackError, UserGroup
from sandbox.slack.render import group_json, user_json


def auth_test(call: Call) -> Json:
    """Say which app, bot and workspace the token belongs to."""
    workspace = call.workspace
    return {
        "url": f"https://{workspace.team_domain}.slack.com/",
        "team": workspace.team_name,
        "user": workspace.users[workspace.app.bot_user].name,
        "team_id": workspace.team_id,
        "user_id": workspace.app.bot_user,
        "bot_id": workspace.app.bot_id,
        "is_enterprise_install": workspace.app.is_enterprise_install,
    }


def connections_open(_: Call) -> Json:
    """Refuse: this workspace delivers by HTTP only, and a bot token never opens a socket."""
    raise SlackError("not_allowed_token_type")


def info(call: Call) -> Json:
    """Return a member."""
    call.require("user")
    user = call.workspace.users.get(call.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_json(call.workspace, user, include_locale=call.flag("include_locale"))}


def lookup_by_email(call: Call) -> Json:
    """Return the active member with this e-mail address."""
    call.require("email")
    email = call.text("email").casefold()
    for user in call.workspace.users.values():
        if email == user.email.casefold() and not user.deleted:
            return {"user": user_json(call.workspace, user)}
    raise SlackError("users_not_found")


def list_users(call: Call) -> Json:
    """Return a page of members."""
    page, cursor = paged(call, list(call.workspace.users.values()))
    locale = call.flag("include_locale")
    people = [user_json(call.workspace, user, include_locale=locale) for user in page]
    return {"members": people, "cache_ts": int(call.workspace.clock())} | next_cursor(cursor)


def list_groups(call: Call) -> Json:
    """Return the user groups; their members only when asked for."""
    groups = [g for g in call.workspace.usergroups.values() if _wanted(call, g)]
    content = [group_json(call.workspace, group) for group in groups]
    if not call.flag("include_users"):
        for group in content:
            del group["users"]
    return {"usergroups": content}


def list_group_users(call: Call) -> Json:
    """Return the ids of a user group's members."""
    call.require("usergroup")
    group = call.workspace.usergroups.get(call.text("usergroup"))
    if group is None or not _wanted(call, group):
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def _wanted(call: Call, group: UserGroup) -> bool:
    return not group.is_disabled or call.flag("include_disabled")
