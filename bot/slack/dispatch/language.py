"""Who reads the answer, and in which language: known to the task, as the ids of its log lines are."""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from bot.context import Context
from bot.messages.preferences import language_of
from bot.slack.blocks.talent_words import FRENCH, TalentWords, words_in
from store.errors import DatabaseUnavailable

_reader: ContextVar[tuple[Context, str] | None] = ContextVar("reader", default=None)
Body = dict[str, Any]


class Reader:
    """The step before every listener that notes whose request is being answered."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def note(self, body: Body, next_: Callable[[], Awaitable[Any]]) -> None:
        """Remember the person for what this request says back to them."""
        user = body.get("user")
        user_id = user.get("id") if isinstance(user, Mapping) else body.get("user_id")
        _reader.set((self._ctx, str(user_id)) if user_id else None)
        await next_()


async def readers_words() -> TalentWords:
    """Give the words of the person being answered; read only when something is said to them.

    French for everybody who chose nothing, and when the database cannot say.
    """
    known = _reader.get()
    if known is None:
        return FRENCH
    try:
        return words_in(await language_of(*known))
    except DatabaseUnavailable:
        return FRENCH
