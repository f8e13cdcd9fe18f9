/** Slack's message markup to DOM nodes (docs.slack.dev, formatting message text). Only text nodes: nothing can inject. */

import { dateToken } from "./dates.js";
import { el } from "./dom.js";
import { drawEmoji, emoji } from "./emoji.js";

const edge = (mark) => `(?<![\\p{L}\\p{N}])[${mark}](?=\\S)([^\\n${mark}]*?\\S)[${mark}](?![\\p{L}\\p{N}])`;
const INLINE = new RegExp(
  ["<([^<>\\n]+)>", "`([^`\\n]+)`", edge("*"), edge("_"), edge("~"), ":([a-z0-9_+-]+):"].join("|"), "gu");

/** Render `text` as a fragment; `people` names the users and channels it mentions. */
export function mrkdwn(text, people) {
  const out = document.createDocumentFragment();
  String(text ?? "").split("```").forEach((part, index, all) => {
    const isCode = index % 2 === 1 && index < all.length - 1;
    if (isCode) out.append(el("pre", {}, unescape(part.replace(/^\n|\n$/g, ""))));
    else if (part) lines(index % 2 === 1 ? `\`\`\`${part}` : trimAroundCode(part, index, all.length), people, out);
  });
  return out;
}

function trimAroundCode(part, index, count) {
  const afterStart = index > 0 ? part.replace(/^\n/, "") : part;
  return index < count - 1 ? afterStart.replace(/\n$/, "") : afterStart;
}

function lines(text, people, out) {
  const groups = [];
  for (const line of text.split("\n")) {
    const [kind, rest] = lineKind(line);
    const last = groups.at(-1);
    if (last?.kind === kind) last.lines.push(rest);
    else groups.push({ kind, lines: [rest] });
  }
  for (const group of groups) out.append(group.kind === "list" ? list(group.lines, people) : block(group, people));
}

function lineKind(line) {
  const quoted = /^(?:>|&gt;) ?(.*)$/.exec(line);
  if (quoted) return ["quote", quoted[1]];
  const item = /^\s*[•◦‣] +(.*)$/.exec(line);
  return item ? ["list", item[1]] : ["text", line];
}

function list(items, people) {
  return el("ul", {}, items.map((item) => el("li", {}, ...inline(item, people))));
}

function block(group, people) {
  const nodes = group.lines.flatMap((line, index) => [...(index ? [el("br")] : []), ...inline(line, people)]);
  return el(group.kind === "quote" ? "blockquote" : "div", { class: group.kind === "text" ? "line" : null }, ...nodes);
}

function inline(text, people) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(...words(text.slice(at, match.index)), styled(match, people));
    at = match.index + match[0].length;
  }
  nodes.push(...words(text.slice(at)));
  return nodes;
}

function words(text) {
  return drawEmoji(unescape(text));
}

function styled([whole, token, code, bold, italic, strike, name], people) {
  if (token !== undefined) return link(token, people);
  if (code !== undefined) return el("code", {}, unescape(code));
  if (bold !== undefined) return el("strong", {}, ...inline(bold, people));
  if (italic !== undefined) return el("em", {}, ...inline(italic, people));
  if (strike !== undefined) return el("s", {}, ...inline(strike, people));
  const character = emoji(name);
  return character ? drawEmoji(character)[0] : whole;
}

function link(token, people) {
  const bar = token.indexOf("|");
  const target = bar < 0 ? token : token.slice(0, bar);
  const label = bar < 0 ? "" : unescape(token.slice(bar + 1));
  if (target.startsWith("@")) return mention(`@${people.user(target.slice(1)) ?? (label || target.slice(1))}`);
  if (target.startsWith("#")) return mention(`#${people.channel(target.slice(1)) ?? (label || target.slice(1))}`);
  if (target.startsWith("!")) return special(target.slice(1), label, people);
  return anchor(unescape(target), label || unescape(target).replace(/^mailto:/, ""));
}

function special(target, label, people) {
  const [kind, detail, pattern] = target.split("^");
  if (kind === "date") return el("time", {}, dateToken(detail, pattern ?? "", label));
  return mention(`@${label.replace(/^@/, "") || GROUPS[kind] || (people.group(detail) ?? detail ?? kind)}`);
}

const GROUPS = { here: "ici", channel: "canal", everyone: "tous" };

function mention(text) {
  return el("span", { class: "mention" }, text);
}

/** Whether a link leads to the web or a mailbox, and nowhere else. */
export function isSafe(url) {
  return /^(https?:|mailto:)/i.test(url ?? "");
}

/** A link to the web or a mailbox; anything else stays text. */
export function anchor(url, label) {
  if (!isSafe(url)) return label || url;
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** Slack escapes exactly these three characters. */
export function unescape(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}
