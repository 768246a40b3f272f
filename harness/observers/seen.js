() => {
  const MAX = 1000; // elements
  const TEXT = 200; // characters of each
  const CLOSED = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "OPTION", "HEAD"]);
  const SHOWS = new Set(["BUTTON", "INPUT", "SELECT", "TEXTAREA", "IMG", "VIDEO", "CANVAS", "SVG", "IFRAME", "METER",
    "PROGRESS", "OBJECT"]);
  const short = (text) => text.replace(/\s+/g, " ").trim().slice(0, TEXT);
  const elements = [];
  let left_out = 0;
  const words = (element) => {
    if (element.type === "password") return "";
    if (element.tagName === "SELECT") return [...element.selectedOptions].map((option) => option.text).join(", ");
    if (["checkbox", "radio"].includes(element.type)) return element.checked ? "✓" : "";
    if (typeof element.value === "string" && /^(INPUT|TEXTAREA)$/.test(element.tagName)) return element.value;
    return [...element.childNodes].map((node) => (node.nodeType === 3 ? node.data : "")).join(" ");
  };
  const label = (element) => ["aria-label", "alt", "placeholder", "title", "name"]
    .map((name) => element.getAttribute(name)).find(Boolean) || "";
  const look = (element) => {
    const tag = element.tagName.toUpperCase();
    if (CLOSED.has(tag)) return;
    const style = getComputedStyle(element);
    if (style.display === "none" || style.opacity === "0") return;
    const box = element.getBoundingClientRect();
    if (box.width > 1 && box.height > 1 && style.visibility === "visible") {
      const text = short(words(element)), role = element.getAttribute("role") || "";
      if (text || role || SHOWS.has(tag)) {
        if (elements.length < MAX) {
          elements.push({
            tag: tag.toLowerCase(), id: short(element.id || ""), role: short(role), label: short(label(element)), text,
            box: [box.left, box.top, box.width, box.height].map(Math.round),
          });
        } else left_out += 1;
      }
    }
    if (tag === "SVG") return;
    for (const child of (element.shadowRoot || element).children) look(child);
    if (element.shadowRoot) for (const child of element.children) look(child);
  };
  if (document.body) look(document.body);
  return JSON.stringify({ elements, left_out });
}
