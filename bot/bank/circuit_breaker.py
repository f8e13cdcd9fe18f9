"""When to leave the bank alone: after a refused key, and while it does not answer.

Every webhook is re-read at the bank (design D7). When the bank is down each of those calls would wait a
minute for nothing, and when it refuses our key each would count: beyond 200 answers 401 in an hour the
bank throttles us (docs.qonto.com, general/rate-limitations).
"""

import asyncio
from datetime import timedelta

from bot.context import Context
from bot.messages.alerts import clear_alert, raise_alert
from qonto import QontoBroken, QontoError, QontoRateLimited, QontoUnauthorized, QontoUnreachable, Transaction
from store.types import AlertKind

READ_SECONDS = 5.0  # the signed body is at hand: a card need not wait for a slow bank
REFUSED_PAUSE = timedelta(minutes=10)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=1)
DOWN = (QontoUnreachable, QontoBroken, QontoRateLimited)


class BankRestingError(QontoError):
    """Not asked: the bank failed a moment ago."""


async def read_movement(ctx: Context, qonto_id: str) -> Transaction:
    """Read one movement at the bank, unless it is being left alone. Raises QontoError."""
    now = ctx.clock()
    if ctx.gate.until is not None and now < ctx.gate.until:
        raise BankRestingError(ctx.gate.reason)
    if ctx.gate.refused:
        ctx.bank.reset_auth()
    try:
        async with asyncio.timeout(READ_SECONDS):
            movement = await ctx.bank.transaction(qonto_id)
    except TimeoutError:
        error = QontoUnreachable(f"no answer within {READ_SECONDS} s")
        await bank_failed(ctx, error)
        raise error from None
    except QontoError as error:
        await bank_failed(ctx, error)
        raise
    await bank_answered(ctx)
    return movement


async def bank_failed(ctx: Context, error: QontoError) -> None:
    """Remember a failure; a refused key is told to the admins once."""
    now = ctx.clock()
    if isinstance(error, QontoUnauthorized):
        ctx.gate.refused, ctx.gate.reason, ctx.gate.until = True, "unauthorized", now + REFUSED_PAUSE
        async with ctx.database.write() as session:
            await raise_alert(session, AlertKind.BANK_REFUSED, now)
    elif isinstance(error, DOWN):
        ctx.gate.failures += 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(ctx.gate.failures - 1, 10))
        if isinstance(error, QontoRateLimited) and error.retry_after:
            pause = timedelta(seconds=error.retry_after)
        ctx.gate.until, ctx.gate.reason = now + pause, type(error).__name__


async def bank_answered(ctx: Context) -> None:
    """Open the gate again; the alert about a refused key is taken back."""
    first = not ctx.gate.known_good
    ctx.gate.until, ctx.gate.failures, ctx.gate.known_good = None, 0, True
    if ctx.gate.refused or first:
        ctx.gate.refused = False
        async with ctx.database.write() as session:
            await clear_alert(session, AlertKind.BANK_REFUSED, ctx.clock())
