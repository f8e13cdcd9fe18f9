/** A person's initials on a colour of their own. */

import { el } from "./dom.js";

const COLOURS = 6;

/** Decorative: the name always stands beside it. */
export function avatar(user) {
  const name = user?.real_name || user?.name || "?";
  const initials = name.split(/[\s-]+/).map((word) => word[0]).slice(0, 2).join("").toUpperCase();
  const colour = [...(user?.id ?? "")].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % COLOURS;
  return el("span", { class: `avatar ${user?.is_bot ? "bot" : `c${colour}`}`, "aria-hidden": "true" }, initials);
}
