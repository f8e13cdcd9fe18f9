/** Input blocks of modals: label, field, hint, and the error under the field. */

import { el, uid } from "./dom.js";
import { renderElement } from "./elements.js";
import { plain } from "./texts.js";

const REQUIRED = "Ce champ est obligatoire.";
const GROUPS = new Set(["radio_buttons", "checkboxes"]);

/** Render an input block. */
export function renderInput(block, surface, blockId) {
  const ids = { label: uid("label"), field: uid("field"), hint: uid("hint"), error: uid("error") };
  const isGroup = GROUPS.has(block.element.type);
  const control = renderElement(block.element, {
    surface, blockId, inInput: true, dispatch: block.dispatch_action,
    fieldId: ids.field, labelledBy: isGroup ? ids.label : null,
    describedBy: [block.hint && ids.hint, ids.error].filter(Boolean).join(" "),
  });
  const node = el("div", { class: "input-block", dataset: { inputBlock: blockId } },
    el(isGroup ? "div" : "label", { class: "label", id: ids.label, for: isGroup ? null : ids.field },
      plain(block.label), block.optional && el("span", { class: "optional" }, " (facultatif)")),
    control,
    block.hint && el("p", { class: "hint", id: ids.hint }, plain(block.hint)),
    el("p", { class: "error", id: ids.error, hidden: true }));
  if (!block.optional) node.dataset.required = block.element.action_id;
  return node;
}

/** Show `errors` ({block_id: text}) under their fields and put the keyboard on the first; clears the others. */
export function showErrors(root, errors) {
  let first = null;
  for (const node of root.querySelectorAll("[data-input-block]")) {
    const text = errors[node.dataset.inputBlock];
    const error = node.querySelector(":scope > .error");
    const field = node.querySelector("input:not([type=checkbox], [type=radio]), textarea, select, [role=group], [role=radiogroup]");
    error.textContent = text ?? "";
    error.hidden = !text;
    if (text) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
    first ??= text ? field : null;
  }
  first?.focus();
}

/** Errors the client itself finds before sending: empty required fields, numbers out of bounds. */
export function missing(root, state) {
  const errors = {};
  for (const node of root.querySelectorAll("[data-input-block]")) {
    const blockId = node.dataset.inputBlock;
    const typed = node.querySelector("input:not([role=combobox]), textarea");
    if (node.dataset.required && isEmpty(state[blockId]?.[node.dataset.required])) errors[blockId] = REQUIRED;
    else if (typed && !typed.validity.valid) errors[blockId] = typed.validationMessage;
  }
  return errors;
}

function isEmpty(entry) {
  const { type, ...payload } = entry ?? {};
  return Object.values(payload).every((value) => value === null || value === "" || value?.length === 0);
}
