/** Short messages at the bottom of the page, above any open dialog. */

import { el } from "./dom.js";

const LASTS_MS = 7000;
const recent = new Map();

/** Show `text`; the same text twice within two seconds is shown once (answer and event may both carry it). */
export function toast(text, kind = "info") {
  if (!text || Date.now() - (recent.get(text) ?? 0) < 2000) return;
  recent.set(text, Date.now());
  const node = el("p", { class: `toast ${kind}` }, text);
  document.getElementById("toast-list").append(node);
  raise();
  setTimeout(() => remove(node), LASTS_MS);
}

function raise() {
  // A modal <dialog> sits in the browser's top layer: only a popover shown later is above it.
  const box = document.getElementById("toasts");
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
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
