/** Fields one types in: text, numbers, dates, hours. */

import { el } from "./dom.js";
import { plain } from "./texts.js";

const PAUSE_MS = 250;
const KINDS = {
  plain_text_input: { type: "text", name: "value", initial: "initial_value" },
  number_input: { type: "number", name: "value", initial: "initial_value" },
  email_text_input: { type: "email", name: "value", initial: "initial_value" },
  url_text_input: { type: "url", name: "value", initial: "initial_value" },
  datepicker: { type: "date", name: "selected_date", initial: "initial_date" },
  timepicker: { type: "time", name: "selected_time", initial: "initial_time" },
  datetimepicker: { type: "datetime-local", name: "selected_date_time", initial: "initial_date_time" },
};

export const TYPED = new Set(Object.keys(KINDS));

/** Render a typed field; inside a message or Home it sends its action when left or on Enter. */
export function renderTyped(element, field) {
  const kind = KINDS[element.type];
  const held = field.start({ [kind.name]: element[kind.initial] ?? null })[kind.name];
  const node = control(element, kind, field);
  node.value = toBox(kind, held);
  node.addEventListener("input", () => field.keep({ [kind.name]: fromBox(kind, node.value) }));
  if (field.acts) actOn(node, element, kind, field);
  return node;
}

function control(element, kind, field) {
  const props = {
    class: `field ${element.type}`, id: field.id, placeholder: plain(element.placeholder), ...field.aria,
    minlength: element.min_length, maxlength: element.max_length,
  };
  if (element.multiline) return el("textarea", { rows: "4", ...props });
  return el("input", { type: kind.type, min: element.min_value, max: element.max_value,
    step: kind.type === "number" ? (element.is_decimal_allowed ? "any" : "1") : null, ...props });
}

function actOn(node, element, kind, field) {
  const send = () => field.choose({ [kind.name]: fromBox(kind, node.value) }, node);
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (kind.name !== "value") node.addEventListener("change", send);
  else if (triggers.includes("on_character_entered")) node.addEventListener("input", settled(node, send));
  if (!triggers.includes("on_enter_pressed") || element.multiline) return;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    send();
  });
}

/** Wait until the person pauses, as Slack's client does: one action for a word, not one for each letter. */
function settled(node, send) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => node.isConnected && send(), PAUSE_MS);
  };
}

function toBox(kind, value) {
  if (value === null || value === undefined) return "";
  if (kind.type !== "datetime-local") return String(value);
  const local = new Date(value * 1000 - new Date(value * 1000).getTimezoneOffset() * 60000);
  return local.toISOString().slice(0, 16);
}

function fromBox(kind, text) {
  if (text === "") return null;
  return kind.type === "datetime-local" ? Math.floor(new Date(text).getTime() / 1000) : text;
}
