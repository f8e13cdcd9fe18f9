"""Submitting and closing modals, and what the app's answer does to the stack."""

import contextlib
from dataclasses import dataclass
from typing import Any

from sandbox.slack.finding import Place, UiError, find_place, state_of
from sandbox.slack.interactions import Interactions
from sandbox.slack.limits import check_view
from sandbox.slack.model import Json, View
from sandbox.slack.payloads import view_closed, view_submission
from sandbox.slack.stack import new_view, replace_view, value_key
from sandbox.slack.workspace import Workspace

MODAL_STACK = 3
REQUIRED = "Ce champ est obligatoire."


class FieldError(Exception):
    """Texts to show under fields, by block_id."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


@dataclass
class Submissions:
    """The end of a modal, one way or the other."""

    interactions: Interactions

    @property
    def workspace(self) -> Workspace:
        """Return the workspace the modals belong to."""
        return self.interactions.workspace

    async def submit(self, body: Json) -> None:
        """Deliver a submission and apply the answer; FieldError or UiError when it is not accepted."""
        place, view = self._modal(body)
        view.values = state_of(self.workspace, place, body.get("state"))
        if errors := _missing(view):
            raise FieldError(errors)
        answer = await self.interactions.deliver("submission", view_submission(self.workspace, view))
        self._apply(view, self.interactions.json_of(answer, "view_submission"))
        self.workspace.live.changed({view.user})

    async def close(self, body: Json) -> None:
        """Close a modal, or the whole stack with `all`; the app hears of it if it asked to."""
        _, view = self._modal(body)
        stack = self.workspace.modals[view.user]
        clear = bool(body.get("all") or view.content.get("clear_on_close"))
        closed = stack[::-1] if clear else [view]
        self.workspace.modals[view.user] = [v for v in stack if v not in closed]
        self.workspace.live.changed({view.user})
        for gone in closed:
            if gone.content.get("notify_on_close"):
                # The window is gone either way: Slack shows no error, only the log does.
                with contextlib.suppress(UiError):
                    await self.interactions.deliver(
                        "closed", view_closed(self.workspace, gone, is_cleared=clear)
                    )

    def _modal(self, body: Json) -> tuple[Place, View]:
        container = {"type": "view", "view_id": body.get("view_id")}
        place = find_place(self.workspace, str(body.get("user")), container)
        if place.view is None or place.view.content["type"] != "modal":
            raise UiError("not_found", "Cette fenêtre n’est plus ouverte.")
        return place, place.view

    def _apply(self, view: View, answer: Json) -> None:
        action = answer.get("response_action")
        stack = self.workspace.modals.get(view.user, [])
        if action is None and view in stack:
            del stack[stack.index(view) :]
        elif action == "clear":
            stack.clear()
        elif action == "errors":
            raise FieldError(self._checked_errors(view, answer.get("errors")))
        elif action == "update":
            replace_view(view, self._checked_view(answer.get("view")))
        elif action == "push":
            self._push(view, stack, self._checked_view(answer.get("view")))
        elif action is not None:
            raise self._refused(f"response_action inconnue : {action!r}")

    def _push(self, view: View, stack: list[View], content: Json) -> None:
        if len(stack) >= MODAL_STACK:
            raise self._refused("plus de 3 fenêtres empilées")
        stack.append(new_view(view.user, content, below=view))

    def _checked_errors(self, view: View, errors: Any) -> dict[str, str]:
        inputs = {block["block_id"] for block in view.content["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors:
            raise self._refused("« errors » vide")
        if unknown := errors.keys() - inputs:
            raise self._refused(
                f"« errors » nomme un bloc qui n’est pas une saisie : {', '.join(sorted(unknown))}"
            )
        return {block_id: str(text) for block_id, text in errors.items()}

    def _checked_view(self, content: Any) -> Json:
        if not isinstance(content, dict):
            raise self._refused("« view » absente")
        problems = check_view(content)
        self.workspace.note("view_submission", problems)
        if any(problem.refused for problem in problems) or content["type"] != "modal":
            raise self._refused("« view » refusée")
        return content

    def _refused(self, text: str) -> UiError:
        self.workspace.trouble("view_submission", text)
        return UiError("dispatch_failed", "L’application a répondu de travers. Réessayez.")


def _missing(view: View) -> dict[str, str]:
    """Return what Slack's own client refuses before asking the app: empty fields and wrong lengths."""
    errors = {}
    for block in view.content["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            key = value_key(element)
            entry = view.values.get(block["block_id"], {}).get(element["action_id"], {})
            text = _field_error(element, entry.get(key), optional=bool(block.get("optional")))
            if text:
                errors[block["block_id"]] = text
    return errors


def _field_error(element: Json, value: Any, *, optional: bool) -> str:
    if value in (None, "", []):
        return "" if optional else REQUIRED
    if element["type"] == "plain_text_input":
        if len(value) < element.get("min_length", 0):
            return f"Au moins {element['min_length']} caractères."
        if len(value) > element.get("max_length", 3000):
            return f"Au plus {element.get('max_length', 3000)} caractères."
    if element["type"] == "number_input" and not _is_number(value, decimal=element["is_decimal_allowed"]):
        return "Saisissez un nombre."
    return ""


def _is_number(value: str, *, decimal: bool) -> bool:
    whole, _, rest = str(value).removeprefix("-").partition(".")
    return whole.isdigit() and (not rest or (decimal and rest.isdigit()))
