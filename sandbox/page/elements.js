/** Block elements: buttons and selects here, choices and typed fields in their own modules. */

import { renderChoices } from "./choices.js";
import { combobox } from "./combobox.js";
import { confirmed } from "./confirm.js";
import { el } from "./dom.js";
import { isSafe } from "./mrkdwn.js";
import { overflow } from "./overflow.js";
import { picture, plain } from "./texts.js";
import { renderTyped, TYPED } from "./typed.js";
import { unknown } from "./unknown.js";

/**
 * Render one element. `context`: {surface, blockId, labelledBy?, describedBy?, fieldId?, inInput?, dispatch?}.
 * Outside an input block every change is an action, inside only with `dispatch_action`.
 */
export function renderElement(element, context) {
  const node = build(element, context);
  node.dataset.key = `${context.blockId}/${element.action_id}`;
  node.dataset.action = element.action_id ?? "";
  node.dataset.element = element.type;
  return node;
}

function build(element, context) {
  if (element.type === "button") return button(element, context);
  if (element.type === "image") return picture(element, "thumb");
  const field = bind(element, context);
  if (element.type === "overflow") return overflow(element, field);
  if (element.type === "static_select") return nativeSelect(element, field);
  if (["radio_buttons", "checkboxes"].includes(element.type)) return renderChoices(element, field);
  if (Object.hasOwn(SEARCHED, element.type)) return combobox(element, field, SEARCHED[element.type]);
  if (TYPED.has(element.type)) return renderTyped(element, field);
  return unknown("Élément", element.type);
}

function button(element, { surface, blockId }) {
  const props = {
    class: `button ${element.style ?? ""}`,
    "aria-label": element.accessibility_label,
    onclick: async (event) => {
      const control = event.currentTarget;
      if (await confirmed(element.confirm)) surface.act(blockId, element, { value: element.value }, control);
    },
  };
  if (!isSafe(element.url)) return el("button", { type: "button", ...props }, plain(element.text));
  return el("a", { href: element.url, target: "_blank", rel: "noopener noreferrer", ...props }, plain(element.text));
}

/** What an element needs from its surroundings: its name, its value, and what a change does. */
function bind(element, context) {
  const { surface, blockId } = context;
  const acts = !context.inInput || context.dispatch;
  return {
    surface, blockId, inInput: Boolean(context.inInput), acts,
    id: context.fieldId,
    aria: {
      "aria-labelledby": context.labelledBy,
      "aria-label": context.labelledBy || context.fieldId ? null : plain(element.placeholder) || "Choix",
      "aria-describedby": context.describedBy,
    },
    start: (initial) => surface.field(blockId, element, initial),
    keep: (payload) => surface.keep(blockId, element, payload),
    act: (payload, control) => surface.act(blockId, element, payload, control),
    /** Keep the choice and, when this element acts, ask for confirmation and send it; `undo` if refused. */
    async choose(payload, control, undo) {
      if (acts && !(await confirmed(element.confirm))) return undo?.();
      surface.keep(blockId, element, payload);
      if (acts) await surface.act(blockId, element, payload, control);
    },
  };
}

/** Selects with a search box: where the options come from, how a choice is written. */
const SEARCHED = {
  external_select: { source: "external", one: "selected_option" },
  multi_external_select: { source: "external", many: "selected_options" },
  multi_static_select: { source: "static", many: "selected_options" },
  users_select: { source: "users", one: "selected_user" },
  multi_users_select: { source: "users", many: "selected_users" },
  conversations_select: { source: "conversations", one: "selected_conversation" },
  multi_conversations_select: { source: "conversations", many: "selected_conversations" },
  channels_select: { source: "channels", one: "selected_channel" },
  multi_channels_select: { source: "channels", many: "selected_channels" },
};

function nativeSelect(element, field) {
  const held = field.start({ selected_option: element.initial_option ?? null }).selected_option;
  const groups = element.option_groups ?? [{ options: element.options }];
  const all = groups.flatMap((group) => group.options);
  const placeholder = plain(element.placeholder) || "Choisir";
  const node = el("select", { class: "field select", id: field.id, ...field.aria },
    el("option", { value: "", disabled: field.acts }, placeholder),
    groups.map((group) => group.label ? el("optgroup", { label: plain(group.label) }, options(group)) : options(group)));
  node.value = held?.value ?? "";
  let before = node.value;
  node.addEventListener("change", async () => {
    const chosen = all.find((option) => option.value === node.value) ?? null;
    await field.choose({ selected_option: chosen }, node, () => { node.value = before; });
    before = node.value;
  });
  return node;
}

function options(group) {
  return group.options.map((option) => el("option", { value: option.value },
    option.description ? `${plain(option.text)} · ${plain(option.description)}` : plain(option.text)));
}
