/** Block Kit blocks to DOM. A block we do not know is a visible red box, so that no test can overlook it. */

import { el, uid } from "./dom.js";
import { drawEmoji } from "./emoji.js";
import { renderElement } from "./elements.js";
import { renderInput } from "./inputs.js";
import { richText } from "./rich_text.js";
import { picture, plain, textNode } from "./texts.js";
import { unknown } from "./unknown.js";

/** Render `blocks` for `surface` (its fields are registered on the way). */
export function renderBlocks(blocks, surface) {
  surface.begin();
  return el("div", { class: "blocks" }, blocks.map((block, index) => renderBlock(block, index, surface)));
}

function renderBlock(block, index, surface) {
  const render = Object.hasOwn(KINDS, block.type) ? KINDS[block.type] : null;
  if (!render) return unknown("Bloc", block.type);
  const node = render(block, surface, block.block_id ?? `block-${index}`);
  node.dataset.block = block.type;
  return node;
}

const KINDS = {
  section(block, surface, blockId) {
    const { people } = surface.store;
    const labelId = uid("text");
    return el("div", { class: "section" },
      el("div", { class: "section-text" },
        block.text && textNode(block.text, people, { id: labelId }),
        block.fields && el("div", { class: "fields" }, block.fields.map((field) => textNode(field, people)))),
      block.accessory && el("div", { class: "accessory" },
        renderElement(block.accessory, { surface, blockId, labelledBy: block.text && labelId })));
  },
  header: (block) => el("h2", { class: "header-block" }, ...drawEmoji(plain(block.text))),
  context: (block, surface) => el("div", { class: "context" }, block.elements.map((item) =>
    item.type === "image" ? picture(item, "context-image") : textNode(item, surface.store.people))),
  divider: () => el("hr"),
  actions: (block, surface, blockId) => el("div", { class: "actions" },
    block.elements.map((element) => renderElement(element, { surface, blockId }))),
  image: (block) => el("figure", { class: "image" },
    block.title && el("figcaption", {}, plain(block.title)), picture(block, "image-full")),
  input: (block, surface, blockId) => renderInput(block, surface, blockId),
  rich_text: (block, surface) => richText(block, surface.store.people),
};
