/** French dates and amounts, in the reader's own time zone as the messaging clients do. */

const format = (options) => new Intl.DateTimeFormat("fr-FR", options);
const TIME = format({ hour: "2-digit", minute: "2-digit" });
const TIME_SECONDS = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const LONG = format({ day: "numeric", month: "long", year: "numeric" });
const SHORT = format({ day: "numeric", month: "short", year: "numeric" });
const NUMERIC = format({ day: "2-digit", month: "2-digit", year: "numeric" });
const EUROS = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR" });

/** A message's `ts` ("seconds.micros") as a Date. */
export function fromTs(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/** "14:05" */
export function clock(date) {
  return TIME.format(date);
}

/** "Aujourd’hui", "Hier" or the full day. */
export function dayName(date, now = new Date()) {
  return near(date, now) ?? capital(DAY.format(date));
}

/** "1 500,00 €" from whole cents. */
export function euros(cents) {
  return EUROS.format(cents / 100);
}

/** The text of `<!date^epoch^pattern|fallback>`; docs.slack.dev, formatting message text. */
export function dateToken(epoch, pattern, fallback) {
  const date = new Date(Number(epoch) * 1000);
  if (Number.isNaN(date.getTime())) return fallback;
  const pretty = (text) => near(date, new Date())?.toLowerCase() ?? text;
  const values = {
    date_num: NUMERIC.format(date), date_slash: NUMERIC.format(date), date: LONG.format(date),
    date_short: SHORT.format(date), date_long: DAY.format(date), date_pretty: pretty(LONG.format(date)),
    date_short_pretty: pretty(SHORT.format(date)), date_long_pretty: pretty(DAY.format(date)),
    time: TIME.format(date), time_secs: TIME_SECONDS.format(date),
  };
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function near(date, now) {
  const days = Math.round((midnight(date) - midnight(now)) / 86400000);
  return { "0": "Aujourd’hui", "-1": "Hier", "1": "Demain" }[days] ?? null;
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
