"""Use cases: what weights the matcher uses and how they do, fit them on the agency's decisions, go back."""

from dataclasses import dataclass
from typing import Any

from bot.audit import admins_only, trace
from bot.context import Actor, Context
from bot.errors import RefusedError
from bot.suggestions.weights import ModelVersions, Version
from matching import MIN_DECISIONS, Decision, Model, Refit, Reliability, refit, reliability
from store.suggestions import rematching
from store.suggestions.rounds import decided_weighings


@dataclass(frozen=True, slots=True)
class ModelReport:
    """The weights in force, and how they would have announced each decision since the log exists."""

    version: Version
    decisions: int
    reliability: list[Reliability]


@admins_only("read_model")
async def read_model(ctx: Context, _actor: Actor) -> ModelReport:
    """Read what is in force and how it does."""
    version = ModelVersions(ctx.settings.data_dir).in_force()
    decisions = await _decisions(ctx)
    return ModelReport(version, len(decisions), reliability(decisions, version.model))


@admins_only("refit_model")
async def refit_model(ctx: Context, actor: Actor) -> Refit:
    """Fit on the agency's decisions, and use the new weights if they do better on the latest ones.

    A refusal keeps the weights in force and says why. Raises NotAllowedError, RefusedError for too few
    decisions; a fit that does no better comes back as it is, not accepted.
    """
    versions = ModelVersions(ctx.settings.data_dir)
    decisions = await _decisions(ctx)
    if len(decisions) < MIN_DECISIONS:
        raise RefusedError(
            f"Trop peu de décisions pour ajuster les poids\u00a0: {len(decisions)} sur les {MIN_DECISIONS} "
            "nécessaires. Les poids en service ne changent pas."
        )
    trial = refit(decisions, versions.in_force().model, version=versions.next_name())
    if trial.accepted:
        now = ctx.clock()
        versions.keep(trial, now)
        await _switch(ctx, actor, "refit_model", trial.candidate.version, {"decisions": len(decisions)})
    return trial


@admins_only("rollback_model")
async def roll_back_model(ctx: Context, actor: Actor, *, to_shipped: bool = False) -> Model:
    """Go back to the weights before those in force, or to the shipped table at once; returns them.

    Raises NotAllowedError, RefusedError when the shipped table is in force already.
    """
    versions = ModelVersions(ctx.settings.data_dir)
    current = versions.in_force().model
    if current == Model():
        raise RefusedError("La table livrée est déjà en service\u00a0: il n’y a rien à défaire.")
    name = None if to_shipped else versions.before(current)
    return await _switch(ctx, actor, "rollback_model", name, {"from": current.version})


async def _decisions(ctx: Context) -> list[Decision]:
    async with ctx.database.read() as session:
        return [one.weighing.decision(one.right) for one in await decided_weighings(session)]


async def _switch(
    ctx: Context, actor: Actor, action: str, name: str | None, details: dict[str, Any]
) -> Model:
    """Put weights in force, with a trace; waiting payments get suggestions by them."""
    async with ctx.database.write() as session:
        await trace(session, actor, action, ("model", name or Model().version), ctx.clock(), details)
        await rematching.ask_for_all(session, ctx.clock())
        # Last, so that a database that refuses leaves the weights as they were.
        return ModelVersions(ctx.settings.data_dir).use(name)
