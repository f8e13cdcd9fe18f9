/** Building DOM nodes. Text always goes through text nodes, so nothing a bank or a person wrote becomes markup. */

let counter = 0;

/** A document-unique id for label and description links. */
export function uid(prefix = "n") {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** Create an element; `onclick` style keys listen, undefined, null and false are left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (key === "dataset") Object.assign(node.dataset, value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Where the keyboard is inside `root`, in terms that survive a re-render; null when elsewhere. */
export function focusMark(root) {
  const active = document.activeElement;
  if (!active || active === root || !root.contains(active)) return null;
  const holder = active.closest("[data-key]");
  const text = typeof active.selectionStart === "number" ? [active.selectionStart, active.selectionEnd] : null;
  return { key: holder?.dataset.key, action: holder?.dataset.action, tag: active.tagName, value: active.value, text };
}

/** Put the keyboard back after a re-render; falls back to `root` itself. */
export function restoreFocus(root, mark) {
  if (!mark) return;
  const holder = find(root, "key", mark.key) ?? find(root, "action", mark.action);
  const controls = holder ? [holder, ...holder.querySelectorAll("*")].filter((node) => node.tagName === mark.tag) : [];
  const same = controls.find((node) => node.type === "radio" || node.type === "checkbox" ? node.value === mark.value : true);
  (same ?? holder ?? root).focus();
  if (same && mark.text && typeof same.selectionStart === "number") same.setSelectionRange(...mark.text);
}

function find(root, name, value) {
  if (!value) return null;
  return root.querySelector(`[data-${name}="${CSS.escape(value)}"]`);
}

/** Show that an answer is awaited, without losing the keyboard as `disabled` would. */
export function setBusy(control, busy) {
  control?.classList.toggle("busy", busy);
  if (busy) control?.setAttribute("aria-busy", "true");
  else control?.removeAttribute("aria-busy");
}
