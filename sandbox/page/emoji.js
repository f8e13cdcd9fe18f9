/** Emoji codes the bot may write, and the usual ones people type. */

const CODES = {
  alarm_clock: "⏰", arrow_right: "➡️", arrows_counterclockwise: "🔄", bank: "🏦", bar_chart: "📊", bell: "🔔",
  black_circle: "⚫", blush: "😊", bookmark_tabs: "📑", bulb: "💡", calendar: "📅", chart_with_upwards_trend: "📈",
  clap: "👏", clock1: "🕐", clock3: "🕒", coin: "🪙", confetti_ball: "🎊", credit_card: "💳", email: "📧",
  envelope: "✉️", euro: "💶", exclamation: "❗", eyes: "👀", file_folder: "📁", gear: "⚙️", grey_question: "❔",
  hand: "✋", heart: "❤️", heavy_check_mark: "✔️", hourglass: "⌛", hourglass_flowing_sand: "⏳", inbox_tray: "📥",
  information_source: "ℹ️", key: "🔑", label: "🏷️", large_blue_circle: "🔵", large_green_circle: "🟢",
  large_orange_circle: "🟠", large_red_circle: "🔴", large_yellow_circle: "🟡", leftwards_arrow_with_hook: "↩️",
  link: "🔗", lock: "🔒", mag: "🔍", mega: "📣", memo: "📝", moneybag: "💰", money_with_wings: "💸", no_entry: "⛔",
  no_entry_sign: "🚫", ok_hand: "👌", outbox_tray: "📤", page_facing_up: "📄", paperclip: "📎", party_popper: "🎉",
  pencil: "📝", pencil2: "✏️", pray: "🙏", pushpin: "📌", question: "❓", raised_hands: "🙌", receipt: "🧾",
  red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀", rotating_light: "🚨", slightly_smiling_face: "🙂",
  smile: "😄", smiley: "😃", sos: "🆘", sparkles: "✨", star: "⭐", stopwatch: "⏱️", tada: "🎉", thumbsup: "👍",
  "+1": "👍", "-1": "👎", unlock: "🔓", warning: "⚠️", wave: "👋", white_check_mark: "✅", white_circle: "⚪", wrench: "🔧",
  x: "❌", zap: "⚡",
};

/** The character for `code` (without colons), or null when we do not know it. */
export function emoji(code) {
  return CODES[code] ?? null;
}

/** Replace the known `:codes:` of a plain text. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, code) => emoji(code) ?? whole);
}
