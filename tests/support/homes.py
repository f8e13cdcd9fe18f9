"""Opening the Home tab and acting in views, without a browser."""

from typing import Any

from tests.support.world import World, button_in, eventually, text_of

Json = dict[str, Any]


async def open_home(world: World, user: str, *words: str) -> Json:
    """Open the tab, and wait until it says all these words."""
    await world.people.post("/ui/home", user=user)
    return await home(world, user, *words)


async def home(world: World, user: str, *words: str) -> Json:
    """Wait until the tab says all these words, by itself."""

    async def look() -> Json | None:
        view = (await world.people.state(user))["home"]
        return view if view and all(word in text_of(view) for word in words) else None

    return dict(await eventually(look))


async def modal(world: World, user: str, title: str) -> Json:
    """Wait for the modal on top to have this title."""

    async def look() -> Json | None:
        modals = (await world.people.state(user))["modals"]
        return modals[-1] if modals and modals[-1]["title"]["text"] == title else None

    return dict(await eventually(look))


async def click(world: World, user: str, view: Json, label: str) -> Json:
    """Click the first button with this text in a view."""
    block, element = button_in(view["blocks"], label)
    return await act(world, user, view, block["block_id"], element["action_id"], value=element.get("value"))


async def act(world: World, user: str, view: Json, block_id: str, action_id: str, **what: Any) -> Json:
    """Use one element of a view."""
    container = {"type": "view", "view_id": view["id"]}
    return await world.people.post(
        "/ui/click", user=user, container=container, block_id=block_id, action_id=action_id, **what
    )


async def submit(world: World, user: str, view: Json, **values: Json) -> Json:
    """Submit a modal with these fields changed; the others keep what they show."""
    state = {block_id: {"value": value} for block_id, value in values.items()}
    return await world.people.post(
        "/ui/submit",
        user=user,
        container={"type": "view", "view_id": view["id"]},
        view_id=view["id"],
        state=state,
    )
