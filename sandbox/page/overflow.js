/** The « ⋯ » menu. */

import { el, uid } from "./dom.js";
import { isSafe } from "./mrkdwn.js";
import { plain } from "./texts.js";

/** Render an overflow element: a button and its menu, driven by arrows, Escape and click. */
export function overflow(element, field) {
  const menuId = uid("menu");
  const menu = el("div", { class: "menu", role: "menu", id: menuId, hidden: true },
    element.options.map((option) => item(option, field, () => close(true))));
  const opener = el("button", {
    type: "button", class: "button more", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": menuId,
    onclick: () => (menu.hidden ? open() : close(true)),
  }, el("span", { "aria-hidden": "true" }, "⋯"), el("span", { class: "sr-only" }, "Plus d’actions"));
  const root = el("div", { class: "overflow" }, opener, menu);

  function open() {
    menu.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    menu.firstElementChild.focus();
  }

  function close(refocus) {
    menu.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (refocus) opener.focus();
  }

  root.addEventListener("keydown", (event) => {
    if (menu.hidden) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      close(true);
    }
    move(event, [...menu.children]);
  });
  root.addEventListener("focusout", (event) => {
    if (!root.contains(event.relatedTarget)) close(false);
  });
  return root;
}

function item(option, field, close) {
  const choose = (event) => {
    const control = event.currentTarget;
    close();
    field.choose({ selected_option: option }, control);
  };
  const content = [plain(option.text), option.description && el("small", {}, plain(option.description))];
  const props = { role: "menuitem", tabindex: "-1", class: "menu-item", onclick: choose };
  if (!isSafe(option.url)) return el("button", { type: "button", ...props }, content);
  return el("a", { href: option.url, target: "_blank", rel: "noopener noreferrer", ...props }, content);
}

function move(event, items) {
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length].focus();
}
