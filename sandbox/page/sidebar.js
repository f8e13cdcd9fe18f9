/** Who you are, and where you look. */

import { avatar } from "./avatar.js";
import { el } from "./dom.js";

/** `go(user, place)` is called on a choice. */
export function drawSidebar(store, go) {
  const { team, users, channels } = store.data;
  document.getElementById("team").textContent = team.name;
  const people = users.filter((user) => !user.is_bot && !user.deleted);
  update(document.getElementById("people"), people.map((user) => person(user, store, go)));
  const rooms = channels.filter((channel) => !channel.is_im && channel.is_member !== false);
  const direct = channels.filter((channel) => channel.is_im);
  update(document.getElementById("places"), [
    group("Application", [place(store, go, { id: "home", name: "Accueil" }, "⌂")]),
    group("Canaux", rooms.map((room) => place(store, go, room, "#"))),
    group("Messages directs", direct.map((room) => place(store, go, { ...room, name: directName(store, room) }, "@"))),
  ]);
}

/** The name of a direct message: the other person. */
export function directName(store, channel) {
  return store.people.user(channel.with) ?? channel.name;
}

function person(user, store, go) {
  const isMe = user.id === store.me;
  return el("button", { type: "button", class: "person", "aria-pressed": String(isMe), dataset: { key: `person/${user.id}` },
    onclick: () => go(user.id, store.place) },
  avatar(user), el("span", { class: "person-text" }, el("strong", {}, user.real_name), " ", el("small", {}, user.title)));
}

function group(title, items) {
  return el("section", {}, el("h2", {}, title), el("ul", {}, items));
}

function place(store, go, room, mark) {
  const isHere = room.id === store.place;
  const unread = isHere ? 0 : room.unread;
  return el("li", {}, el("button", {
    type: "button", class: `place${unread ? " unread" : ""}`, "aria-current": isHere ? "page" : null,
    dataset: { key: `place/${room.id}` }, onclick: () => go(store.me, room.id),
  }, el("span", { class: "mark", "aria-hidden": "true" }, mark), el("span", {}, room.name),
  unread > 0 && el("span", { class: "count" }, String(unread), el("span", { class: "sr-only" }, ` non lu${unread > 1 ? "s" : ""}`))));
}

/** Redraw only when something differs, so that the keyboard is not disturbed. */
function update(root, nodes) {
  const fresh = el("div", {}, nodes).innerHTML;
  if (root.dataset.drawn === fresh) return;
  root.dataset.drawn = fresh;
  const key = document.activeElement?.dataset?.key;
  const hadFocus = root.contains(document.activeElement);
  root.replaceChildren(...nodes);
  if (hadFocus && key) root.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
}
