"""files.*: the three-step upload and its result."""

import json
from dataclasses import replace
from typing import Any

from sandbox.slack.call import Call, invalid_arguments
from sandbox.slack.ids import new_id
from sandbox.slack.model import Json, Message, SlackError, UploadedFile
from sandbox.slack.render import filled
from sandbox.slack.workspace import Workspace


def get_upload_url(call: Call) -> Json:
    """Hand out the address to which the bytes are sent."""
    call.require("filename", "length")
    file = UploadedFile(new_id("F"), call.text("filename"))
    call.workspace.files[file.id] = file
    return {"upload_url": call.url_for("slack_upload", file_id=file.id), "file_id": file.id}


def complete_upload(call: Call) -> Json:
    """Finish an upload and share it in a conversation when one is given."""
    call.require("files")
    given = call.args["files"]
    if not isinstance(given, list):
        raise invalid_arguments("files must be a list")
    files = [_completed(call, item) for item in given]
    content = [file_json(call.workspace, file) for file in files]
    for channel_id in (call.text("channel_id") or call.text("channels")).split(","):
        if channel_id:
            _share(call, channel_id, content)
    return {"files": content}


def info(call: Call) -> Json:
    """Return a file."""
    call.require("file")
    file = call.workspace.files.get(call.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"file": file_json(call.workspace, file)}


def file_json(workspace: Workspace, file: UploadedFile) -> Json:
    """Return a file as Slack shows it."""
    address = f"https://files.slack.com/files-pri/{workspace.team_id}-{file.id}/{file.name}"
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "size": len(file.content),
        "user": workspace.app.bot_user,
        "url_private": address,
        "url_private_download": address,
        "permalink": address,
    }


def _completed(call: Call, item: Any) -> UploadedFile:
    file = call.workspace.files.get(str(item.get("id"))) if isinstance(item, dict) else None
    if file is None:
        raise SlackError("file_not_found")
    file = replace(file, title=str(item.get("title") or file.name))
    call.workspace.files[file.id] = file
    return file


def _share(call: Call, channel_id: str, content: list[Json]) -> None:
    channel = call.workspace.channels.get(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if not call.is_member(channel):
        raise SlackError("not_in_channel")
    call.workspace.add_message(
        Message(
            channel.id,
            call.workspace.stamps.next(),
            call.workspace.app.bot_user,
            call.text("initial_comment"),
            filled(call.args.get("blocks") or []),
            thread_ts=call.text("thread_ts") or None,
            files=json.loads(json.dumps(content)),
        )
    )
