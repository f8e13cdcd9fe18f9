"""The Home tab as each person sees it, against the stand-ins over real HTTP (no browser)."""

from pathlib import Path
from typing import Any

from tests.world import CAMILLE, HUGO, MAUD, World, button_in, eventually, inside, text_of

Json = dict[str, Any]


async def open_home(world: World, user: str, *words: str) -> Json:
    await world.people.post("/ui/home", user=user)
    return await home(world, user, *words)


async def home(world: World, user: str, *words: str) -> Json:
    async def look() -> Json | None:
        view = (await world.people.state(user))["home"]
        return view if view and all(word in text_of(view) for word in words) else None

    return dict(await eventually(look))


async def click(world: World, user: str, view: Json, label: str, **more: Any) -> Json:
    block, element = button_in(view["blocks"], label)
    return await world.people.post(
        "/ui/click",
        user=user,
        container={"type": "view", "view_id": view["id"]},
        block_id=block["block_id"],
        action_id=element["action_id"],
        value=element.get("value"),
        **more,
    )


async def test_an_admin_associates_from_the_home_and_it_follows_by_itself(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await open_home(world, MAUD, "Rapprochement Qonto", "Tout est rapproché.")
        await world.people.pay("numero-exact")
        view = await home(world, MAUD, "1\u00a0paiement", "NIKE FRANCE", "*FACT-2026-042*", "très probable")
        assert await click(world, MAUD, view, "Associer") == {"ok": True}
        done = await home(world, MAUD, "Tout est rapproché.", "Derniers rapprochements", "par <@U0MAUD>")
        assert "FACT-2026-042" in text_of(done)
        assert list(world.sandbox.workspace.problems) == []


async def test_a_talent_sees_their_own_collaborations_only(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        await open_home(world, CAMILLE)
        view = await home(world, CAMILLE, "Mes collaborations", "Campagne printemps", "Club de lecture")
        assert "Coffret d’hiver" not in text_of(view)
        assert "Océane" not in text_of(view)


async def test_others_read_one_sentence(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        view = await open_home(world, HUGO, "demandez à <@U0MAUD>")
        assert "€" not in text_of(view)
