/** Emoji: the codes the bot may write, and drawings of our own for those every card needs, font or no font. */

const CODES = {
  alarm_clock: "⏰", arrow_right: "➡️", arrows_counterclockwise: "🔄", bank: "🏦", bar_chart: "📊", bell: "🔔",
  blush: "😊", bulb: "💡", calendar: "📅", chart_with_upwards_trend: "📈", clap: "👏", clock3: "🕒", coin: "🪙",
  confetti_ball: "🎊", credit_card: "💳", email: "📧", envelope: "✉️", euro: "💶", exclamation: "❗", eyes: "👀",
  file_folder: "📁", gear: "⚙️", grey_question: "❔", hand: "✋", heart: "❤️", heavy_check_mark: "✔️", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", inbox_tray: "📥", information_source: "ℹ️", key: "🔑", label: "🏷️",
  large_blue_circle: "🔵", large_green_circle: "🟢", large_orange_circle: "🟠", large_red_circle: "🔴",
  large_yellow_circle: "🟡", leftwards_arrow_with_hook: "↩️", link: "🔗", lock: "🔒", mag: "🔍", mega: "📣", memo: "📝",
  moneybag: "💰", money_with_wings: "💸", no_entry: "⛔", no_entry_sign: "🚫", ok_hand: "👌", outbox_tray: "📤",
  page_facing_up: "📄", paperclip: "📎", party_popper: "🎉", pencil: "📝", pencil2: "✏️", pray: "🙏", pushpin: "📌",
  question: "❓", raised_hands: "🙌", receipt: "🧾", red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀",
  rotating_light: "🚨", slightly_smiling_face: "🙂", smile: "😄", smiley: "😃", sos: "🆘", sparkles: "✨", star: "⭐",
  stopwatch: "⏱️", tada: "🎉", thumbsup: "👍", "+1": "👍", "-1": "👎", unlock: "🔓", warning: "⚠️", wave: "👋",
  white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌", zap: "⚡",
};

/** Drawings on a 16 × 16 field: [colour, path], one after the other. */
const DRAWN = {
  "✅": [["#2c7a4b", "M3 1h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z"], ["#fff", "M6.8 12 3.4 8.6l1.4-1.4 2 2 4.5-4.6 1.4 1.4z"]],
  "⚠": [["#e0a100", "M8 1.2 15.6 14.6H.4z"], ["#1c2430", "M7.2 5.6h1.6l-.3 4.6h-1zM8 11.2a.9.9 0 1 1 0 1.8.9.9 0 0 1 0-1.8z"]],
  "❌": [["#b3261e", "M3.2 1.4 8 6.2l4.8-4.8 1.8 1.8L9.8 8l4.8 4.8-1.8 1.8L8 9.8l-4.8 4.8-1.8-1.8L6.2 8 1.4 3.2z"]],
  "⏳": [["#8a5a17", "M3 1h10v2h-1v2.2L9.4 8l2.6 2.8V13h1v2H3v-2h1v-2.2L6.6 8 4 5.2V3H3z"], ["#f4d58a", "M5.4 3h5.2v1.8L8 7.4 5.4 4.8zM8 9l2.6 2.6V13H5.4v-1z"]],
  "🎉": [["#d58a00", "m1 15 3.6-9.4 5.8 5.8z"], ["#b3261e", "M9 1h2v2H9zM13 8h2v2h-2z"], ["#2d6a8f", "M13 2h2v2h-2zM5.5 1h2v2h-2z"], ["#2c7a4b", "M9.5 6.5 13 5l.6 1.4-3.5 1.5z"]],
  "💰": [["#b98516", "M6 1h4l-1 2.6c3 1 5 3.6 5 6.6 0 3-2 4.8-6 4.8s-6-1.8-6-4.8c0-3 2-5.6 5-6.6z"], ["#fff", "M10.4 7.4 9.6 8.4a2 2 0 0 0-2.9.9h2.3v.9H6.5v.6H9v.9H6.7a2 2 0 0 0 2.9.9l.8 1a3.3 3.3 0 0 1-5-1.9h-.8v-.9h.6v-.6h-.6v-.9h.8a3.3 3.3 0 0 1 5-1.9z"]],
  "🔔": [["#d58a00", "M8 1a1.2 1.2 0 0 1 1.2 1.3C11.5 2.8 13 4.6 13 7v3l1.5 2.5h-13L3 10V7c0-2.4 1.5-4.2 3.8-4.7A1.2 1.2 0 0 1 8 1zM6.2 13.3h3.6a1.8 1.8 0 0 1-3.6 0z"]],
  "🔍": [["#2d6a8f", "M6.5 1a5.5 5.5 0 0 1 4.4 8.8l4 4-1.4 1.4-4-4A5.5 5.5 0 1 1 6.5 1zm0 2a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z"]],
  "🔄": [["#2d6a8f", "M8 2a6 6 0 0 1 5 2.7V2.5h1.8V8H9.3V6.2h2.3A4.2 4.2 0 0 0 3.9 7H2.1A6 6 0 0 1 8 2zM1.2 8h5.5v1.8H4.4a4.2 4.2 0 0 0 7.7-.8h1.8A6 6 0 0 1 3 11.3v2.2H1.2z"]],
  "🔴": [["#b3261e", "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z"]],
  "🟢": [["#2c7a4b", "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z"]],
  "🟠": [["#c8680a", "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z"]],
  "🔵": [["#2d6a8f", "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z"]],
  "📥": [["#2d6a8f", "M7 1h2v4.5h2.5L8 9.5l-3.5-4H7zM1 9h3.5l1 2h5l1-2H15v6H1z"]],
  "👋": [["#c98a2b", "M4 4.5 5.2 3.6l3 3.9L6.3 3l1.3-.6 2.4 4.7-.8-4.3 1.4-.2 1.2 5.4 1.6-1.8 1.1 1L13 12.5c-1.5 2.8-4.8 3.2-6.8 1L2 8.2l1.1-.9 2.3 2.6z"]],
};
DRAWN["⌛"] = DRAWN["⏳"];

const PICTOGRAPH = /\p{Extended_Pictographic}\uFE0F?/gu;
const SVG = "http://www.w3.org/2000/svg";

/** The character for `code` (without colons), or null when we do not know it. */
export function emoji(code) {
  return CODES[code] ?? null;
}

/** Replace the known `:codes:` of a plain text. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, code) => emoji(code) ?? whole);
}

/** `text` as strings and drawings, for the emoji we have drawn. */
export function drawEmoji(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(PICTOGRAPH)) {
    const drawing = DRAWN[match[0].replace("\uFE0F", "")];
    if (!drawing) continue;
    nodes.push(text.slice(at, match.index), picture(match[0], drawing));
    at = match.index + match[0].length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

function picture(character, drawing) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 16 16", class: "emoji", role: "img", "aria-label": character })) {
    svg.setAttribute(name, value);
  }
  for (const [fill, d] of drawing) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("fill", fill);
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
