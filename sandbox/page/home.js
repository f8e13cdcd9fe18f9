/** The app's Home tab. */

import { renderBlocks } from "./blocks.js";
import { el, focusMark, restoreFocus } from "./dom.js";
import { Surface } from "./surface.js";

/** Draws the Home view into `root`. */
export class Home {
  constructor(store, root) {
    Object.assign(this, { store, root, surface: null, drawn: "" });
  }

  clear() {
    this.drawn = "";
    this.surface = null;
  }

  /** Show `view` (null while the app has not published one); `inspect` adds its JSON. */
  show(view, inspect) {
    const signature = JSON.stringify([this.store.me, view?.id, view?.blocks, inspect]);
    if (signature === this.drawn) return;
    this.drawn = signature;
    if (!view) {
      this.root.replaceChildren(el("p", { class: "empty" }, "L’application prépare son accueil…"));
      return;
    }
    if (this.surface?.container.view_id !== view.id) this.surface = new Surface(this.store, { type: "view", view_id: view.id });
    const node = el("section", { class: "home", tabindex: "-1", "aria-label": "Accueil" }, renderBlocks(view.blocks, this.surface),
      inspect && el("details", { class: "json" }, el("summary", {}, "JSON de l’accueil"),
        el("pre", { tabindex: "0" }, JSON.stringify(view, null, 2))));
    const mark = focusMark(this.root);
    this.root.replaceChildren(node);
    restoreFocus(node, mark);
  }
}
