"""Listeners of « Mémoire des payeurs »: open, search, turn pages, forget a payer, say what it is."""

from bot.context import Actor, Context
from bot.errors import InvalidRequestError
from bot.slack.blocks import ids
from bot.slack.blocks.fields import text_in
from bot.slack.blocks.kit import View
from bot.slack.dispatch.door import Json, Request, updated
from bot.slack.preferences.payer_view import CLASSES, GUESSED, memory_modal
from bot.suggestions.payers import PAGE, declare_payer_of, forget_payer_of, read_page
from matching import PayerClass
from store.types import PayerKeyKind

MOST_OFFSET = 99_999


class Payers:
    """Every opening and every act checks the right anew, in the use case."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def open(self, request: Request) -> None:
        """Open the list, on top of « Réglages »."""
        await request.open(await self._list(request.actor, "", 0))

    async def search(self, request: Request) -> Json:
        """Apply the text; the window stays."""
        return updated(await self._list(request.actor, _typed(request), 0))

    async def older(self, request: Request) -> None:
        """Turn a page."""
        await self._redraw(request, move=PAGE)

    async def newer(self, request: Request) -> None:
        """Turn a page back."""
        await self._redraw(request, move=-PAGE)

    async def forget(self, request: Request) -> None:
        """Forget one payer, then show what is left."""
        kind = _kind(request.action["action_id"])
        shown = await forget_payer_of(self._ctx, request.actor, kind=kind, transaction_id=request.row)
        await self._redraw(request, said=f"Oublié\u00a0: {shown}. Les associations faites restent.")

    async def declare(self, request: Request) -> None:
        """Keep what an admin says a payer is."""
        option = request.action.get("selected_option") or {}
        code, value = ids.unfolded(str(option.get("value")))
        shown = await declare_payer_of(
            self._ctx,
            request.actor,
            kind=_kind(request.action["action_id"]),
            transaction_id=ids.row_id(value),
            payer_class=_class(code),
        )
        await self._redraw(request, said=f"Noté\u00a0: {shown}, {CLASSES[code].lower()}.")

    async def _redraw(self, request: Request, *, move: int = 0, said: str = "") -> None:
        offset = max(0, _offset(request.metadata) + move)
        await request.redraw(await self._list(request.actor, _typed(request), offset, said))

    async def _list(self, actor: Actor, typed: str, offset: int, said: str = "") -> View:
        return memory_modal(await read_page(self._ctx, actor, typed=typed, offset=offset), typed, said=said)


def _typed(request: Request) -> str:
    return text_in(request.values, ids.MEMORY_TEXT) or ""


def _offset(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and int(given) <= MOST_OFFSET else 0


def _kind(action_id: str) -> PayerKeyKind:
    is_iban = action_id in {ids.MEMORY_FORGET_IBAN, ids.MEMORY_CLASS_IBAN}
    return PayerKeyKind.IBAN if is_iban else PayerKeyKind.ALIAS


def _class(code: str) -> PayerClass | None:
    """Raises InvalidRequestError for a choice we never offered."""
    if code not in CLASSES:
        raise InvalidRequestError("Ce genre de payeur ne se choisit pas.")
    return None if code == GUESSED else PayerClass(code)
