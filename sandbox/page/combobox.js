/** A select with a search box: suggestions from the bot, from a fixed list or from the workspace; one or several. */

import { el, uid } from "./dom.js";
import { plain } from "./texts.js";

const PAUSE_MS = 150;

/** Render `element`; `kind` = {source, one | many}, the names of where options come from and how choices are written. */
export function combobox(element, field, kind) {
  return new Combobox(element, field, kind).root;
}

class Combobox {
  constructor(element, field, kind) {
    Object.assign(this, { element, field, kind, active: -1, shown: [], turn: 0 });
    this.name = kind.many ?? kind.one;
    this.chosen = this.#start();
    this.#build();
    this.#redraw();
  }

  #start() {
    const initial = this.element[`initial_${this.name.replace("selected_", "")}`] ?? (this.kind.many ? [] : null);
    const held = this.field.start({ [this.name]: initial })[this.name];
    return [held ?? []].flat().map((item) => (typeof item === "string" ? this.#named(item) : item));
  }

  #build() {
    const listId = uid("list");
    this.chips = el("ul", { class: "chips" });
    this.input = el("input", {
      class: "field", type: "text", id: this.field.id, role: "combobox", autocomplete: "off", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": listId, ...this.field.aria,
      placeholder: plain(this.element.placeholder) || "Chercher",
      oninput: () => this.#search(), onkeydown: (event) => this.#key(event),
      onclick: () => this.#search(), onblur: () => this.#leave(),
    });
    this.note = el("p", { class: "list-note", role: "status" });
    this.list = el("ul", { class: "list", role: "listbox", id: listId, "aria-label": "Suggestions" });
    this.popup = el("div", { class: "popup", hidden: true, onmousedown: (event) => event.preventDefault() }, this.list, this.note);
    this.root = el("div", { class: "combobox" }, this.kind.many && this.chips, this.input, this.popup);
  }

  #redraw() {
    if (!this.kind.many) this.input.value = this.chosen[0] ? plain(this.chosen[0].text) : "";
    this.chips.hidden = !this.chosen.length;
    this.chips.replaceChildren(...this.chosen.map((option) => el("li", { class: "chip" }, plain(option.text),
      el("button", { type: "button", class: "chip-x", "aria-label": `Retirer ${plain(option.text)}`,
        onclick: () => this.#set(this.chosen.filter((item) => item.value !== option.value)) },
      el("span", { "aria-hidden": "true" }, "×")))));
  }

  async #search() {
    const query = this.kind.many || !this.chosen.length || this.input.value !== plain(this.chosen[0].text) ? this.input.value : "";
    const least = this.kind.source === "external" ? this.element.min_query_length ?? 3 : 0;
    this.turn += 1;
    const turn = this.turn;
    if (query.trim().length < least) return this.#show([], `Saisir au moins ${least} caractère${least > 1 ? "s" : ""}.`);
    if (this.kind.source === "external") await pause(PAUSE_MS);
    if (turn !== this.turn) return undefined;
    const groups = await this.#groups(query);
    if (turn !== this.turn) return undefined;
    return this.#show(groups, groups.some((group) => group.options.length) ? "" : "Aucun résultat.");
  }

  #groups(query) {
    const { store } = this.field.surface;
    if (this.kind.source === "external") return this.field.surface.suggestions(...this.#address(), query);
    const groups = this.kind.source === "static"
      ? this.element.option_groups ?? [{ options: this.element.options }]
      : [{ options: store.people.options(this.kind.source) }];
    const wanted = fold(query);
    return groups.map((group) => ({ ...group, options: group.options.filter((item) => fold(plain(item.text)).includes(wanted)) }));
  }

  #address() {
    return [this.field.blockId, this.element];
  }

  #show(groups, note) {
    this.shown = groups.flatMap((group) => group.options);
    this.note.textContent = note;
    this.note.hidden = !note;
    let index = -1;
    this.list.replaceChildren(...groups.flatMap((group) => [
      ...(group.label ? [el("li", { class: "list-group", role: "presentation" }, plain(group.label))] : []),
      ...group.options.map((option) => this.#item(option, (index += 1))),
    ]));
    this.#open(true);
    this.#point(this.shown.length ? 0 : -1);
  }

  #item(option, index) {
    const isChosen = this.chosen.some((item) => item.value === option.value);
    return el("li", { class: "option", role: "option", id: `${this.list.id}-${index}`, "aria-selected": String(isChosen),
      onclick: () => this.#pick(option) },
    el("span", {}, plain(option.text)), option.description && el("small", {}, plain(option.description)));
  }

  #point(index) {
    const items = this.list.querySelectorAll("[role=option]");
    items[this.active]?.classList.remove("active");
    this.active = index;
    items[index]?.classList.add("active");
    items[index]?.scrollIntoView({ block: "nearest" });
    if (items[index]) this.input.setAttribute("aria-activedescendant", items[index].id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #open(open) {
    this.popup.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }

  #key(event) {
    const isOpen = !this.popup.hidden;
    const count = this.shown.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.#search();
      else if (count) this.#point((this.active + (event.key === "ArrowDown" ? 1 : -1) + count) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isOpen && this.shown[this.active]) this.#pick(this.shown[this.active]);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.#leave();
    } else if (event.key === "Backspace" && this.kind.many && !this.input.value && this.chosen.length) {
      this.#set(this.chosen.slice(0, -1));
    }
  }

  #pick(option) {
    const others = this.chosen.filter((item) => item.value !== option.value);
    const isChosen = others.length < this.chosen.length;
    if (!this.kind.many) this.#set([option]);
    else if (isChosen) this.#set(others);
    else if (this.chosen.length < (this.element.max_selected_items ?? Infinity)) this.#set([...this.chosen, option]);
    this.input.value = this.kind.many ? "" : plain(option.text);
    this.#close();
  }

  #leave() {
    if (!this.kind.many && this.chosen.length && !this.input.value) this.#set([], { focus: false });
    this.#close();
    this.#redraw();
    if (this.kind.many) this.input.value = "";
  }

  #close() {
    this.turn += 1;
    this.#open(false);
    this.input.removeAttribute("aria-activedescendant");
  }

  #set(chosen, { focus } = { focus: true }) {
    const before = this.chosen;
    this.chosen = chosen;
    this.#redraw();
    if (focus) this.input.focus();
    const written = chosen.map((option) => (["external", "static"].includes(this.kind.source) ? option : option.value));
    this.field.choose({ [this.name]: this.kind.many ? written : written[0] ?? null }, this.input, () => {
      this.chosen = before;
      this.#redraw();
    });
  }

  #named(id) {
    const { people } = this.field.surface.store;
    const known = people.options(this.kind.source)?.find((item) => item.value === id);
    return known ?? { value: id, text: { type: "plain_text", text: people.user(id) ?? id } };
  }
}

/** Lower case without accents, so that a search for « andre » finds « André ». */
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
