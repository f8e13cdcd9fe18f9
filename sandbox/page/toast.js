/** Short messages at the bottom of the page, above any open dialog. */

import { el } from "./dom.js";

const LASTS_MS = { success: 4000 };
const OTHERS_LAST_MS = 7000;
const recent = new Map();

/** Show `text`; the same text twice within two seconds is shown once (answer and event may both carry it). */
export function toast(text, kind = "info") {
  if (!text || Date.now() - (recent.get(text) ?? 0) < 2000) return;
  recent.set(text, Date.now());
  const node = el("p", { class: `toast ${kind}` }, text);
  document.getElementById("toast-list").append(node);
  raise();
  setTimeout(() => remove(node), LASTS_MS[kind] ?? OTHERS_LAST_MS);
}

/** Bring the toasts above whatever is open. Outside an open modal everything is inert, so they move into it. */
export function raise() {
  const box = document.getElementById("toasts");
  const dialogs = document.querySelectorAll("dialog[open]");
  if (box.matches(":popover-open")) box.hidePopover();
  (dialogs[dialogs.length - 1] ?? document.body).append(box);
  if (document.getElementById("toast-list").childElementCount) box.showPopover();
}

function remove(node) {
  node.remove();
  const box = document.getElementById("toasts");
  if (!document.getElementById("toast-list").childElementCount && box.matches(":popover-open")) box.hidePopover();
}

/** Read `text` aloud to screen readers without showing it. */
export function announce(text) {
  const log = document.getElementById("announcer");
  log.append(el("p", {}, text));
  while (log.childElementCount > 5) log.firstElementChild.remove();
}
