/** What makes a page hard to read or to use, as lists of what is at fault. Evaluated in the page by test_access.py. */
({ contrast, target }) => {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const ratio = (node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const visible = (selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
  const shown = (nodes) => nodes.map((node) => node.outerHTML.slice(0, 120));
  const writes = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const isSmall = (node) => {
    const box = node.getBoundingClientRect();
    return box.width < target || box.height < target;
  };
  const isNamed = (node) => node.textContent.trim() || node.labels?.length
    || node.getAttribute("aria-label") || node.getAttribute("aria-labelledby");
  const references = (node) => ["aria-labelledby", "aria-describedby", "aria-controls", "for"]
    .flatMap((name) => (node.getAttribute(name) ?? "").split(" "));
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);

  return {
    faint: shown(visible("body *").filter((node) => writes(node) && !node.closest(".sr-only, .skip, option, noscript"))
      .filter((node) => ratio(node) < contrast)),
    small: shown(visible("button, select, input, textarea, a.button").filter((node) => !node.closest("label") && isSmall(node))),
    nameless: shown(visible("button, a[href], select, textarea, input, dialog[open]").filter((node) => !isNamed(node))),
    doubled: ids.filter((id, index) => ids.indexOf(id) !== index),
    dangling: visible("[aria-labelledby], [aria-describedby], [aria-controls], label[for]").flatMap(references)
      .filter((id) => id && !document.getElementById(id)),
  };
}
