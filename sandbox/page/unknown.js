/** The red box for what the page cannot render. */

import { el } from "./dom.js";

/** `data-unknown-block` is what browser tests look for. */
export function unknown(what, type) {
  return el("p", { class: "unknown", dataset: { unknownBlock: String(type) } }, `${what} inconnu\u00a0: ${type}`);
}
