/** One message, modal or Home view: what its fields hold, and how its controls reach the server. */

import { post } from "./api.js";
import { setBusy } from "./dom.js";
import { toast } from "./toast.js";

const keyOf = (blockId, actionId) => `${blockId}/${actionId}`;

/** Fields keep their value across re-renders as long as block_id and action_id stay the same, as in Slack. */
export class Surface {
  constructor(store, container) {
    this.store = store;
    this.container = container;
    this.kept = new Map();
    this.live = new Map();
  }

  /** To call before each render: forgets which fields are on screen, not what they hold. */
  begin() {
    this.live.clear();
  }

  /** Register a field; returns the value to show: what the person left there, else `initial`. */
  field(blockId, element, initial) {
    const key = keyOf(blockId, element.action_id);
    if (!this.kept.has(key)) this.kept.set(key, { type: element.type, ...initial });
    this.live.set(key, [blockId, element.action_id]);
    return this.kept.get(key);
  }

  /** Remember what the person chose or typed. */
  keep(blockId, element, payload) {
    this.kept.set(keyOf(blockId, element.action_id), { type: element.type, ...payload });
  }

  /** The `state.values` of this surface: only the fields on screen. */
  state() {
    const state = {};
    for (const [key, [blockId, actionId]] of this.live) {
      state[blockId] ??= {};
      state[blockId][actionId] = this.kept.get(key);
    }
    return state;
  }

  /** Send an action; one at a time per control, with a busy look meanwhile. */
  async act(blockId, element, payload, control) {
    if (control?.getAttribute("aria-busy") === "true") return;
    setBusy(control, true);
    const answer = await post("/ui/click", {
      user: this.store.me, container: this.container, block_id: blockId, action_id: element.action_id,
      ...payload, state: this.state(),
    });
    setBusy(control, false);
    if (answer.ok === false) toast(answer.text ?? "Cette action n’a pas abouti.", "error");
    this.store.refresh();
  }

  /** Suggestions of an external select, as a list of `{label, options}` groups. */
  async suggestions(blockId, element, value) {
    const answer = await post("/ui/options", {
      user: this.store.me, container: this.container, block_id: blockId, action_id: element.action_id, value,
    });
    if (answer.ok === false) toast(answer.text ?? "La recherche n’a pas abouti.", "error");
    return answer.option_groups ?? [{ options: answer.options ?? [] }];
  }
}
