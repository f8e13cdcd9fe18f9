"""Clicks inside a view (Home or modal): Slack gives no address to answer to, so the answer is a modal.

Two small steps before every listener, so that a button works the same in a card and in the Home tab.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import ids
from bot.slack.blocks.kit import plain_text, section
from bot.slack.dispatch.language import readers_words

Body = dict[str, Any]
Next = Callable[[], Awaitable[Any]]


def register_view_answers(app: AsyncApp) -> None:
    """Install the two steps. To be called before the listeners are used."""
    app.use(unfold)
    app.use(answer_in_a_modal)


async def unfold(body: Body, next_: Next) -> None:
    """Turn a line of « ⋯ » into a click on the button it stands for."""
    for action in body.get("actions") or ():
        if action.get("action_id") == ids.MORE and isinstance(action.get("selected_option"), dict):
            folded = str(action["selected_option"].get("value") or "")
            action["action_id"], action["value"] = ids.unfolded(folded)
            action["type"] = "button"
    await next_()


async def answer_in_a_modal(
    body: Body, context: AsyncBoltContext, client: AsyncWebClient, next_: Next
) -> None:
    """Give listeners a ``respond`` that works where Slack has no response_url."""
    if body.get("type") == "block_actions" and body.get("view") and not context.response_url:
        in_modal = body["view"].get("type") == "modal"
        context["respond"] = ModalAnswer(client, str(body.get("trigger_id")), in_modal=in_modal)
    await next_()


class ModalAnswer:
    """Says one thing in a modal, on top of the open one when there is one."""

    def __init__(self, client: AsyncWebClient, trigger_id: str, *, in_modal: bool) -> None:
        self._show = client.views_push if in_modal else client.views_open
        self._trigger_id = trigger_id

    async def __call__(self, text: str = "", blocks: Any = None, **_where: Any) -> None:
        """Show the answer. Raises slack_sdk's errors, as Bolt's own ``respond`` does."""
        words = await readers_words()
        view = {
            "type": "modal",
            "title": plain_text(words.answer_title),
            "close": plain_text(words.close),
            "blocks": list(blocks or [section(text)]),
        }
        await self._show(trigger_id=self._trigger_id, view=view)
