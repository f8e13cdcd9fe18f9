/** The « are you sure » dialog a bot may attach to a control. */

import { el, uid } from "./dom.js";
import { plain, textNode } from "./texts.js";
import { raise } from "./toast.js";

const NOBODY = { user: () => null, channel: () => null, group: () => null };

/** Resolves true at once without a `confirm` object, else with the person's answer. */
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const dialog = build(confirm);
    dialog.addEventListener("close", () => {
      document.body.append(document.getElementById("toasts"));
      dialog.remove();
      raise();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function build(confirm) {
  const titleId = uid("confirm");
  const textId = uid("confirm");
  return el("dialog", { class: "modal small", "aria-labelledby": titleId, "aria-describedby": textId },
    el("form", { method: "dialog", class: "modal-form" },
      el("header", { class: "modal-head" }, el("h2", { id: titleId }, plain(confirm.title))),
      el("div", { class: "modal-body" }, textNode(confirm.text, NOBODY, { id: textId })),
      el("footer", { class: "modal-foot" },
        el("button", { class: "button", value: "no" }, plain(confirm.deny) || "Annuler"),
        el("button", { class: `button ${confirm.style === "danger" ? "danger" : "primary"}`, value: "yes" },
          plain(confirm.confirm) || "Confirmer"))));
}
