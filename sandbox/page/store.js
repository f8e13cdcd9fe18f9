/** What the page knows: who looks, at what, and the last state the server gave. */

import { get } from "./api.js";
import { toast } from "./toast.js";

const RETRY_MS = 1000;

/** Fires `change` after each new state and `offline` ({detail: boolean}) when the stream breaks or comes back. */
export class Store extends EventTarget {
  constructor() {
    super();
    this.me = "";
    this.place = "";
    this.data = null;
    this.people = new People(() => this.data);
    this.asked = 0;
  }

  /** Become `user` and look at `place` (a channel id or "home"). */
  async become(user, place) {
    const isNew = user !== this.me;
    Object.assign(this, { me: user, place });
    if (isNew) this.#listen();
    await this.refresh();
  }

  /** Look elsewhere without waiting for the server. */
  look(place) {
    this.place = place;
    this.dispatchEvent(new Event("change"));
  }

  /** Read the state again; calls made meanwhile are answered by one more reading. */
  async refresh() {
    this.asked += 1;
    if (this.reading) return this.reading;
    this.reading = this.#read();
    return this.reading;
  }

  async #read() {
    for (let seen = 0; seen !== this.asked;) {
      seen = this.asked;
      const user = this.me;
      const data = await get(`/ui/state?user=${encodeURIComponent(user)}`);
      if (data.ok === false || !data.users) {
        toast(data.text ?? "Le serveur de démonstration a refusé de répondre.", "error");
      } else if (user === this.me) {
        this.data = data;
        this.dispatchEvent(new Event("change"));
      }
    }
    this.reading = null;
  }

  #listen() {
    this.source?.close();
    const source = new EventSource(`/ui/events?user=${encodeURIComponent(this.me)}`);
    this.source = source;
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "changed") this.refresh();
      if (event.type === "toast") toast(event.text, "error");
    };
    source.onopen = () => this.#online(true);
    source.onerror = () => {
      this.#online(false);
      // The browser gives up for good after an HTTP error; a restarted server is worth another try.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => source === this.source && this.#listen(), RETRY_MS);
    };
  }

  #online(isOnline) {
    if (isOnline && this.wasOffline) this.refresh();
    this.wasOffline = !isOnline;
    this.dispatchEvent(new CustomEvent("offline", { detail: !isOnline }));
  }
}

/** Names of users and channels. */
class People {
  constructor(data) {
    this.data = data;
    this.groups = [];
  }

  /** The user's display name, or null. */
  user(id) {
    const found = this.#users().find((user) => user.id === id);
    return found ? found.real_name || found.name : null;
  }

  channel(id) {
    return this.#channels().find((channel) => channel.id === id)?.name ?? null;
  }

  group(id) {
    return this.groups.find((group) => group.id === id)?.handle ?? null;
  }

  /** Choices of a users, channels or conversations select, as option objects. */
  options(source) {
    const users = this.#users().filter((user) => !user.is_bot && !user.deleted)
      .map((user) => option(user.id, user.real_name || user.name));
    const channels = this.#channels().filter((channel) => !channel.is_im)
      .map((channel) => option(channel.id, `#${channel.name}`));
    return { users, channels, conversations: [...channels, ...users] }[source];
  }

  #users() {
    return this.data()?.users ?? [];
  }

  #channels() {
    return this.data()?.channels ?? [];
  }
}

function option(value, text) {
  return { value, text: { type: "plain_text", text } };
}
