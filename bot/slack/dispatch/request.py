"""What every listener is given, and how a form is answered."""

import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.context import Actor
from bot.slack.blocks import ids
from bot.slack.blocks.fields import Values, values_of
from bot.slack.blocks.kit import View
from bot.slack.call_errors import CALL_ERRORS
from bot.slack.dispatch.replies import Reply, Words, open_view

logger = logging.getLogger(__name__)

Json = dict[str, Any]


@dataclass(slots=True)
class Request:
    """One click, form, option search, command or event, with who sent it.

    ``say`` answers the person alone, in their ``words``; ``later`` goes on after Slack was answered.
    """

    actor: Actor
    body: Json
    client: AsyncWebClient
    say: Reply
    later: Callable[[Coroutine[Any, Any, object]], None]
    words: Words

    @property
    def action(self) -> Json:
        """The button or list of a click."""
        action: Json = self.body["actions"][0]
        return action

    @property
    def row(self) -> int:
        """The row id that a button carries. Raises InvalidRequestError for a button we never drew."""
        return ids.row_id(self.action.get("value"))

    @property
    def metadata(self) -> str:
        """What the window of this click or form was opened with."""
        return str(self.body["view"].get("private_metadata") or "")

    @property
    def values(self) -> Values:
        """The fields of the window."""
        return values_of(self.body)

    async def open(self, view: View) -> None:
        """Open a window, on top of the open one when there is one. Raises slack_sdk's errors."""
        await open_view(self.client, self.body, view)

    async def redraw(self, view: View) -> None:
        """Show the window of this click anew; one that was closed meanwhile needs it no more."""
        try:
            await self.client.views_update(view_id=self.body["view"]["id"], view=view)
        except CALL_ERRORS as error:
            logger.info("window not redrawn", extra={"reason": type(error).__name__})


def field_errors(errors: Json) -> Json:
    """Answer a form with a sentence under each of these blocks."""
    return {"response_action": "errors", "errors": errors}


def updated(view: View) -> Json:
    """Answer a form with another view in its place."""
    return {"response_action": "update", "view": view}
