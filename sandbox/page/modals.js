/** The stack of modals: the top one is shown, those below keep what was typed. */

import { post } from "./api.js";
import { renderBlocks } from "./blocks.js";
import { el, focusMark, restoreFocus, setBusy } from "./dom.js";
import { missing, showErrors } from "./inputs.js";
import { Surface } from "./surface.js";
import { plain } from "./texts.js";
import { raise, toast } from "./toast.js";

/** Drives the one `<dialog>` of the page. */
export class Modals {
  constructor(store, dialog) {
    Object.assign(this, { store, dialog, surfaces: new Map(), drawn: "", top: null, opener: null });
    this.room = dialog.querySelector(".modal-room");
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#close();
    });
  }

  /** Show the top of `views`; an empty stack closes the dialog and gives the keyboard back to what opened it. */
  show(views) {
    for (const id of this.surfaces.keys()) if (!views.some((view) => view.id === id)) this.surfaces.delete(id);
    const top = views.at(-1) ?? null;
    if (!top) return this.#end();
    const signature = JSON.stringify([top.id, top.title, top.submit, top.close, top.blocks]);
    if (signature === this.drawn) return undefined;
    const isSame = top.id === this.top?.id;
    Object.assign(this, { drawn: signature, top });
    return this.#draw(isSame);
  }

  #draw(isSame) {
    if (!this.surfaces.has(this.top.id)) {
      this.surfaces.set(this.top.id, new Surface(this.store, { type: "view", view_id: this.top.id }));
    }
    const mark = isSame ? focusMark(this.dialog) : null;
    const scrolled = isSame ? this.dialog.querySelector(".modal-body")?.scrollTop : 0;
    this.room.replaceChildren(this.#form(this.surfaces.get(this.top.id)));
    this.dialog.querySelector(".modal-body").scrollTop = scrolled ?? 0;
    if (!this.dialog.open) this.#open();
    if (mark) restoreFocus(this.dialog, mark);
    else this.#focusFirst();
  }

  #open() {
    this.opener = openerMark();
    this.dialog.showModal();
    raise();
  }

  #focusFirst() {
    const body = this.dialog.querySelector(".modal-body");
    (body.querySelector("input, textarea, select, button, a[href]") ?? this.dialog.querySelector(".modal-foot button")).focus();
  }

  #form(surface) {
    const { title, close, submit, blocks } = this.top;
    return el("form", { class: "modal-form", novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      this.#submit(surface, event.currentTarget);
    } },
    el("header", { class: "modal-head" }, el("h2", { id: "modal-title" }, plain(title)),
      el("button", { type: "button", class: "icon", "aria-label": "Fermer la fenêtre", onclick: () => this.#close() },
        el("span", { "aria-hidden": "true" }, "×"))),
    el("div", { class: "modal-body" }, renderBlocks(blocks, surface)),
    el("footer", { class: "modal-foot" },
      el("button", { type: "button", class: "button", onclick: () => this.#close() }, plain(close) || "Annuler"),
      submit && el("button", { type: "submit", class: "button primary" }, plain(submit))));
  }

  async #submit(surface, form) {
    const button = form.querySelector("[type=submit]");
    const state = surface.state();
    const found = missing(form, state);
    showErrors(form, found);
    if (!button || Object.keys(found).length || button.getAttribute("aria-busy")) return;
    setBusy(button, true);
    const viewId = surface.container.view_id;
    const answer = await post("/ui/submit", { user: this.store.me, view_id: viewId, state });
    setBusy(button, false);
    if (answer.errors) showErrors(form, answer.errors);
    else if (answer.ok === false) toast(answer.text ?? "L’envoi n’a pas abouti.", "error");
    this.store.refresh();
  }

  async #close() {
    await post("/ui/close", { user: this.store.me, view_id: this.top.id, all: this.top.clear_on_close });
    await this.store.refresh();
  }

  #end() {
    Object.assign(this, { drawn: "", top: null });
    if (!this.dialog.open) return;
    this.dialog.close();
    this.room.replaceChildren();
    raise();
    this.opener?.();
  }
}

/** How to find again what had the keyboard: the control may have been redrawn while the modal was open. */
function openerMark() {
  const active = document.activeElement;
  const article = active?.closest("[data-ts], .home");
  const selector = article?.dataset.ts ? `[data-ts="${CSS.escape(article.dataset.ts)}"]` : ".home";
  const mark = article ? focusMark(article) : null;
  return () => {
    if (active?.isConnected) active.focus();
    else if (mark) restoreFocus(document.querySelector(selector) ?? document.getElementById("conversation"), mark);
  };
}
