"""Filling the modals of the stand-in as a person does, without a browser."""

from dataclasses import dataclass, field
from typing import Any

from tests.support.world import Json, World, eventually


@dataclass
class Modal:
    """The modal on top for one person; ``state`` is what they typed so far."""

    world: World
    user: str
    state: Json = field(default_factory=dict)

    async def view(self) -> Json:
        async def look() -> Json | None:
            return await self.top()

        return dict(await eventually(look))

    async def top(self) -> Json | None:
        modals = (await self.world.people.state(self.user))["modals"]
        return dict(modals[-1]) if modals else None

    async def text(self) -> str:
        return all_text(await self.view())

    async def block(self, label: str) -> Json:
        """Find a field by the beginning of its label."""
        view = await self.view()
        for block in view["blocks"]:
            if block["type"] == "input" and block["label"]["text"].startswith(label):
                return dict(block)
        raise AssertionError(f"no field {label!r} in {all_text(view)}")

    async def options(self, label: str, typed: str) -> list[Json]:
        block = await self.block(label)
        answer = await self.world.people.post(
            "/ui/options",
            user=self.user,
            container=await self._container(),
            block_id=block["block_id"],
            action_id=block["element"]["action_id"],
            value=typed,
        )
        return list(answer["options"])

    async def pick(self, label: str, *searches: str) -> None:
        """Search and choose several, keeping none of before."""
        chosen = [(await self.options(label, one))[0] for one in searches]
        await self._act(await self.block(label), "selected_options", chosen)

    async def type(self, label: str, text: str) -> None:
        await self._act(await self.block(label), "value", text)

    async def tick(self, label: str, *choices: str) -> None:
        """Choose a radio button, or tick boxes, by the beginning of their text."""
        block = await self.block(label)
        options = block["element"]["options"]
        found = [one for choice in choices for one in options if one["text"]["text"].startswith(choice)]
        assert len(found) == len(choices), [one["text"]["text"] for one in options]
        many = block["element"]["type"] == "checkboxes"
        await self._act(block, "selected_options" if many else "selected_option", found if many else found[0])

    async def submit(self) -> Json:
        view = await self.view()
        return await self.world.people.post(
            "/ui/submit", user=self.user, view_id=view["id"], state=self.state
        )

    async def _container(self) -> Json:
        return {"type": "view", "view_id": (await self.view())["id"]}

    async def _act(self, block: Json, key: str, value: Any) -> None:
        element = block["element"]
        self.state[block["block_id"]] = {element["action_id"]: {"type": element["type"], key: value}}
        if not block.get("dispatch_action"):
            return
        before = await self.view()
        answer = await self.world.people.post(
            "/ui/click",
            user=self.user,
            container=await self._container(),
            block_id=block["block_id"],
            action_id=element["action_id"],
            state=self.state,
            **{key: value},
        )
        assert answer == {"ok": True}, answer

        async def redrawn() -> bool:
            return bool((await self.view())["hash"] != before["hash"])

        await eventually(redrawn)
        shown = {one["block_id"] for one in (await self.view())["blocks"]}
        self.state = {block_id: entry for block_id, entry in self.state.items() if block_id in shown}


def all_text(item: Any) -> str:
    """Give every text of a view, a line each."""
    texts: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            texts.extend(value for key, value in node.items() if key == "text" and isinstance(value, str))
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(item)
    return "\n".join(texts)
