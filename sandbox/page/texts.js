/** Text objects and pictures, shared by blocks and elements. */

import { el } from "./dom.js";
import { drawEmoji, withEmoji } from "./emoji.js";
import { mrkdwn, unescape } from "./mrkdwn.js";

/** A text object as a node; plain text keeps its line breaks. */
export function textNode(text, people, props = {}) {
  if (text.type === "mrkdwn") return el("div", { class: "mrkdwn", ...props }, mrkdwn(text.text, people));
  return el("div", { class: "plain", ...props }, ...drawEmoji(plain(text)));
}

/** The characters of a plain text object; empty without one. */
export function plain(text) {
  if (!text) return "";
  return text.emoji === false ? unescape(text.text) : withEmoji(unescape(text.text));
}

/** Images of other origins are never fetched: the page makes no request outside. Their description stands in. */
export function picture(image, className) {
  const url = URL.canParse(image.image_url ?? "", location.href) ? new URL(image.image_url, location.href) : null;
  if (url && url.origin === location.origin) return el("img", { class: className, src: url.href, alt: image.alt_text });
  return el("span", { class: `${className} no-image`, role: "img", "aria-label": image.alt_text }, image.alt_text);
}
