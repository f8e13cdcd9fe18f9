/** Radio buttons and checkboxes, as a named group. */

import { el, uid } from "./dom.js";
import { plain, textNode } from "./texts.js";

/** Render `radio_buttons` or `checkboxes`. */
export function renderChoices(element, field) {
  return element.type === "checkboxes" ? checkboxes(element, field) : radios(element, field);
}

function radios(element, field) {
  const held = field.start({ selected_option: element.initial_option ?? null }).selected_option;
  const name = uid("radio");
  let before = held;
  const group = choiceGroup("radiogroup", field, element.options, (option) => el("input", {
    type: "radio", name, value: option.value, checked: option.value === held?.value,
    onchange: (event) => field.choose({ selected_option: option }, event.currentTarget, () => check(group, before))
      .then(() => { before = option; }),
  }), field.surface.store.people);
  return group;
}

function check(group, option) {
  for (const input of group.querySelectorAll("input")) input.checked = input.value === option?.value;
}

function checkboxes(element, field) {
  const held = field.start({ selected_options: element.initial_options ?? [] }).selected_options;
  const ticked = new Set(held.map((option) => option.value));
  const toggle = (option, input) => {
    if (input.checked) ticked.add(option.value);
    else ticked.delete(option.value);
    return element.options.filter((item) => ticked.has(item.value));
  };
  return choiceGroup("group", field, element.options, (option) => el("input", {
    type: "checkbox", value: option.value, checked: ticked.has(option.value),
    onchange: ({ currentTarget: input }) => field.choose({ selected_options: toggle(option, input) }, input, () => {
      input.checked = !input.checked;
      toggle(option, input);
    }),
  }), field.surface.store.people);
}

function choiceGroup(role, field, options, input, people) {
  return el("div", { class: "choices", role, id: field.id, ...field.aria, tabindex: "-1" }, options.map((option) =>
    el("label", { class: "check" }, input(option), el("span", {},
      option.text.type === "mrkdwn" ? textNode(option.text, people) : plain(option.text),
      option.description && el("small", {}, plain(option.description))))));
}
