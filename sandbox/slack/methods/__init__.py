"""The table of Web API methods: what answers each one, and the scope it needs.

Sources: docs.slack.dev, reference/methods (scopes and error codes of each method).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.slack.call import Call
from sandbox.slack.methods import chat, conversations, files, people, views
from sandbox.slack.model import Json

Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    """A Web API method; scopes that depend on the conversation are checked by the handler."""

    handler: Handler
    scope: str = ""


METHODS: Mapping[str, Method] = {
    "auth.test": Method(people.auth_test),
    "apps.connections.open": Method(people.connections_open),
    "chat.postMessage": Method(chat.post_message, "chat:write"),
    "chat.update": Method(chat.update, "chat:write"),
    "chat.delete": Method(chat.delete, "chat:write"),
    "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
    "chat.getPermalink": Method(chat.get_permalink),
    "conversations.open": Method(conversations.open_conversation),
    "conversations.history": Method(conversations.history),
    "conversations.replies": Method(conversations.replies),
    "conversations.info": Method(conversations.info),
    "conversations.members": Method(conversations.members),
    "conversations.list": Method(conversations.list_conversations),
    "views.open": Method(views.open_view),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
    "views.publish": Method(views.publish),
    "users.info": Method(people.info, "users:read"),
    "users.lookupByEmail": Method(people.lookup_by_email, "users:read.email"),
    "users.list": Method(people.list_users, "users:read"),
    "usergroups.list": Method(people.list_groups, "usergroups:read"),
    "usergroups.users.list": Method(people.list_group_users, "usergroups:read"),
    "files.getUploadURLExternal": Method(files.get_upload_url, "files:write"),
    "files.completeUploadExternal": Method(files.complete_upload, "files:write"),
    "files.info": Method(files.info, "files:read"),
    "reactions.add": Method(chat.add_reaction, "reactions:write"),
}
