/** The messages of a conversation, redrawn one by one as they change. */

import { avatar } from "./avatar.js";
import { renderBlocks } from "./blocks.js";
import { clock, dayName, fromTs } from "./dates.js";
import { el, focusMark, restoreFocus } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";
import { Surface } from "./surface.js";
import { announce } from "./toast.js";

/** Draws into `root`, inside the scrolling box `scroll`. */
export class Feed {
  constructor(store, root, scroll) {
    Object.assign(this, { store, root, scroll, key: "", drawn: new Map(), onNew: () => {} });
  }

  /** Forget everything drawn: another place takes the room. */
  clear() {
    this.key = "";
    this.drawn.clear();
    this.root.replaceChildren();
  }

  /** Show `channel`; `inspect` adds the JSON under each message. */
  show(channel, inspect) {
    const key = `${this.store.me}/${channel.id}/${inspect}`;
    const isNew = key !== this.key;
    if (isNew) this.clear();
    this.key = key;
    const wasAtEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 80;
    this.#reconcile(channel, inspect, isNew);
    if (isNew || wasAtEnd) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  #reconcile(channel, inspect, isNew) {
    const seen = new Set(channel.messages.map((message) => message.ts));
    for (const [ts, entry] of this.drawn) if (!seen.has(ts)) this.#forget(ts, entry);
    let day = "";
    const nodes = [];
    for (const message of channel.messages) {
      const today = dayName(fromTs(message.ts));
      if (today !== day) nodes.push(this.#day(today));
      day = today;
      nodes.push(this.#draw(channel, message, inspect, isNew));
    }
    if (!nodes.length) nodes.push(emptyNote(channel, this.store.firstPlace));
    place(this.root, nodes);
  }

  #forget(ts, entry) {
    entry.node.remove();
    this.drawn.delete(ts);
  }

  #day(name) {
    return [...this.root.querySelectorAll(".day")].find((node) => node.textContent === name)
      ?? el("p", { class: "day" }, el("span", {}, name));
  }

  #draw(channel, message, inspect, isNew) {
    const signature = JSON.stringify(message);
    const known = this.drawn.get(message.ts);
    if (known?.signature === signature) return known.node;
    const surface = known?.surface ?? new Surface(this.store, { type: "message", channel: channel.id, ts: message.ts });
    const node = this.#article(message, surface, inspect);
    this.drawn.set(message.ts, { node, surface, signature });
    if (known) swap(known.node, node);
    else if (!isNew) this.#greet(message, node);
    return node;
  }

  #greet(message, node) {
    node.classList.add("fresh");
    this.onNew();
    if (message.user === this.store.me) return;
    const said = mrkdwn(message.text, this.store.people).textContent;
    announce(`Nouveau message de ${this.store.people.user(message.user)}\u00a0: ${said}`);
  }

  #article(message, surface, inspect) {
    const user = this.store.data.users.find((item) => item.id === message.user);
    const isReply = message.thread_ts && message.thread_ts !== message.ts;
    return el("article", {
      class: `message${message.ephemeral ? " ephemeral" : ""}${isReply ? " reply" : ""}`, tabindex: "-1",
      "aria-label": `${user?.real_name ?? message.user}, ${clock(fromTs(message.ts))}`, dataset: { ts: message.ts },
    }, avatar(user), el("div", { class: "message-main" },
      message.ephemeral && el("p", { class: "only-you" }, "Visible par vous uniquement"),
      isReply && el("p", { class: "only-you" }, "Réponse dans le fil"),
      el("p", { class: "by" }, el("strong", {}, user?.real_name ?? message.user), user?.is_bot && el("span", { class: "badge" }, "robot"),
        el("time", {}, clock(fromTs(message.ts)))),
      message.blocks?.length ? renderBlocks(message.blocks, surface)
        : el("div", { class: "mrkdwn" }, mrkdwn(message.text, this.store.people)),
      message.files?.map((file) => el("p", { class: "file" }, file.title || file.name)),
      message.edited && el("small", { class: "edited" }, "(modifié)"),
      message.reply_count > 0 && el("small", { class: "edited" }, replies(message.reply_count)),
      inspect && el("details", { class: "json" }, el("summary", {}, "JSON du message"),
        el("pre", { tabindex: "0" }, JSON.stringify(message, null, 2)))));
  }
}

function replies(count) {
  return `${count} réponse${count > 1 ? "s" : ""} dans le fil`;
}

const FIRST_STEPS = [
  "Dans le panneau « La banque », faites payer un client : le paiement arrive ici.",
  "Cliquez sur « Associer » : la facture et la collaboration sont payées.",
  "Devenez Camille sous « Vous êtes » : le robot l’a prévenue par message direct.",
  "Devenez Hugo et cliquez à votre tour : seuls les administrateurs décident.",
];

function emptyNote(channel, firstPlace) {
  if (channel.id === firstPlace) {
    return el("div", { class: "empty" }, el("p", {}, "Aucun paiement pour le moment. Pour essayer :"),
      el("ol", {}, FIRST_STEPS.map((step) => el("li", {}, step))));
  }
  return el("p", { class: "empty" }, channel.is_im ? "Aucun message pour le moment. Le robot vous écrira ici."
    : "Aucun message pour le moment.");
}

function swap(old, node) {
  const mark = focusMark(old);
  old.replaceWith(node);
  restoreFocus(node, mark);
}

/** Bring `nodes` in order into `root`, moving only what is out of place so that the keyboard's focus survives. */
function place(root, nodes) {
  for (const child of [...root.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, index) => {
    if (root.children[index] !== node) root.insertBefore(node, root.children[index] ?? null);
  });
}
