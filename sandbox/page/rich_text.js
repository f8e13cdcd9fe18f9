/** rich_text blocks: sections, lists, quotes, code (docs.slack.dev, rich text block). */

import { dateToken } from "./dates.js";
import { el } from "./dom.js";
import { drawEmoji, emoji } from "./emoji.js";
import { anchor } from "./mrkdwn.js";
import { unknown } from "./unknown.js";

/** Render one rich_text block. */
export function richText(block, people) {
  return el("div", { class: "rich-text mrkdwn" }, block.elements.map((element) => part(element, people)));
}

function part(element, people) {
  if (element.type === "rich_text_list") return list(element, people);
  const tag = { rich_text_section: "div", rich_text_quote: "blockquote", rich_text_preformatted: "pre" }[element.type];
  if (!tag) return unknown("Élément", element.type);
  return el(tag, { class: tag === "div" ? "line" : null }, element.elements.map((piece) => inline(piece, people)));
}

function list(element, people) {
  const props = { class: element.indent ? `indent-${Math.min(element.indent, 3)}` : null };
  return el(element.style === "ordered" ? "ol" : "ul", props,
    element.elements.map((item) => el("li", {}, item.elements.map((piece) => inline(piece, people)))));
}

function inline(piece, people) {
  const kinds = {
    text: () => styled(piece.text, piece.style),
    link: () => styled(anchor(piece.url, piece.text ?? piece.url), piece.style),
    user: () => mention(`@${people.user(piece.user_id) ?? piece.user_id}`),
    channel: () => mention(`#${people.channel(piece.channel_id) ?? piece.channel_id}`),
    usergroup: () => mention(`@${people.group(piece.usergroup_id) ?? piece.usergroup_id}`),
    broadcast: () => mention(`@${piece.range}`),
    emoji: () => drawEmoji(emoji(piece.name) ?? `:${piece.name}:`)[0],
    date: () => el("time", {}, dateToken(piece.timestamp, piece.format, piece.fallback ?? "")),
  };
  return Object.hasOwn(kinds, piece.type) ? kinds[piece.type]() : unknown("Élément", piece.type);
}

function mention(text) {
  return el("span", { class: "mention" }, text);
}

function styled(content, style = {}) {
  const tags = { code: "code", strike: "s", italic: "em", bold: "strong" };
  return Object.entries(tags).reduce((node, [name, tag]) => (style[name] ? el(tag, {}, node) : node), content);
}
