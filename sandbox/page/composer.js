/** The line at the bottom: messages, and slash commands with their hints. */

import { post } from "./api.js";
import { el, setBusy } from "./dom.js";
import { toast } from "./toast.js";

/** Wire the composer once; `redraw()` refreshes its hints after a new state. */
export function setUpComposer(store) {
  const form = document.getElementById("composer");
  const draft = document.getElementById("draft");
  const hints = document.getElementById("hints");

  const redraw = () => drawHints(store, draft, hints);
  draft.addEventListener("input", redraw);
  draft.addEventListener("focus", redraw);
  draft.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hints.hidden = true;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = draft.value.trim();
    const button = form.querySelector("[type=submit]");
    if (!text || button.getAttribute("aria-busy")) return;
    hints.hidden = true;
    draft.value = "";
    setBusy(button, true);
    const answer = await send(store, text);
    setBusy(button, false);
    if (answer.ok === false) {
      toast(answer.text ?? "Ce message n’a pas pu être envoyé.", "error");
      draft.value ||= text;
    }
    store.refresh();
  });
  return redraw;
}

function send(store, text) {
  const path = text.startsWith("/") ? "/ui/command" : "/ui/message";
  return post(path, { user: store.me, channel: store.place, text });
}

function drawHints(store, draft, hints) {
  const typed = draft.value.trimStart();
  const commands = (store.data?.commands ?? []).filter((item) => `${item.command} `.startsWith(typed.split(" ")[0]));
  hints.hidden = !typed.startsWith("/") || !commands.length;
  const drawn = JSON.stringify(commands);
  if (hints.dataset.drawn === drawn) return;
  hints.dataset.drawn = drawn;
  hints.replaceChildren(...commands.map((item) => el("button", {
    type: "button", class: "hint-button", onclick: () => {
      draft.value = `${item.command} `;
      draft.focus();
    },
  }, el("strong", {}, item.command), " ", el("span", {}, item.usage_hint ?? ""), el("small", {}, item.description ?? ""))));
}
