// What page.py asks of a page, in a sandbox that the page's own scripts cannot reach.
//
// selectors  [{how, value}], tried in order
// roles      [[element, …], …]: for each selector by role, what the browser's accessibility tree found
// wanted     null: look; {enabled, editable}: find an element that a person could act on
// before     what the last look said, as JSON: the answer comes when something else is to be said
// slice      milliseconds after which the answer comes in any case
//
// Answers [element or null, JSON].
async (selectors, roles, wanted, before, slice) => {
  const collapse = (text) => (text || "").replace(/\s+/g, " ").trim();
  const ends = performance.now() + slice;

  // A frame; in a page that is not drawn, some time.
  const frame = () =>
    new Promise((resolve) => {
      requestAnimationFrame(resolve);
      setTimeout(resolve, document.visibilityState === "visible" ? 250 : 40);
    });

  // ------------------------------------------------------------ finding
  function* scopes(root) {
    yield root;
    for (const element of root.querySelectorAll("*")) if (element.shadowRoot) yield* scopes(element.shadowRoot);
  }
  function byCss(css) {
    const found = [...document.querySelectorAll(css)];
    if (found.length) return found;
    return [...scopes(document)].flatMap((scope) => [...scope.querySelectorAll(css)]);
  }
  function byXPath(path) {
    const kind = XPathResult.ORDERED_NODE_SNAPSHOT_TYPE;
    const result = document.evaluate(path, document, null, kind, null);
    const nodes = Array.from({ length: result.snapshotLength }, (_, index) => result.snapshotItem(index));
    return nodes.filter((node) => node.nodeType === Node.ELEMENT_NODE);
  }
  const BUTTONS = "input[type=submit],input[type=button],input[type=reset]";
  const label = (element) => collapse(element.matches(BUTTONS) ? element.value : element.textContent);
  // The innermost elements with the text; those that have nothing else come before those that only contain it.
  function byText(text) {
    const wantedText = collapse(text);
    const innermost = [];
    const visit = (element) => {
      if (/^(HEAD|SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test(element.tagName)) return false;
      if (!label(element).includes(wantedText)) return false;
      if (![...element.children].map(visit).some(Boolean)) innermost.push(element);
      return true;
    };
    for (const scope of [...scopes(document)]) [...scope.children].forEach(visit);
    innermost.push(...byCss(BUTTONS).filter((button) => label(button).includes(wantedText)));
    const exact = innermost.filter((element) => label(element) === wantedText);
    return exact.length ? exact : innermost;
  }
  function byLink(text) {
    const links = byCss("a");
    const exact = links.filter((link) => collapse(link.innerText) === collapse(text));
    return exact.length ? exact : links.filter((link) => collapse(link.innerText).includes(collapse(text)));
  }
  function find(selector, index) {
    switch (selector.how) {
      case "css":
        return byCss(selector.value);
      case "xpath":
        return byXPath(selector.value);
      case "id":
        return byCss(`[id="${CSS.escape(selector.value)}"]`);
      case "name":
        return byCss(`[name="${CSS.escape(selector.value)}"]`);
      case "text":
        return byText(selector.value);
      case "link":
        return byLink(selector.value);
      default:
        return roles[index].filter((element) => element.isConnected);
    }
  }

  // ------------------------------------------------------------- judging
  // There is something to point at. What is transparent can be acted on: many a check box is.
  function tangible(element) {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && element.checkVisibility({ checkVisibilityCSS: true });
  }
  // There is something to see: of the element itself, or of what sticks out of it.
  function visible(element) {
    if (element.matches("option,optgroup")) return Boolean(element.closest("select")) && visible(element.closest("select"));
    const rendered = element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true });
    if (rendered) {
      const box = element.getBoundingClientRect();
      if (box.width > 0 && box.height > 0) return true;
    }
    const style = getComputedStyle(element);
    const open = style.display === "contents" || style.visibility !== "visible" || (rendered && style.overflow === "visible");
    return open && [...element.children].some(visible);
  }
  function disabled(element) {
    const control = element.closest("button,input,select,textarea,option") || element.control || element;
    return control.matches(":disabled") || Boolean(element.closest("[aria-disabled=true]"));
  }
  const locked = (element) => Boolean(element.readOnly) || element.getAttribute("aria-readonly") === "true";
  const parent = (node) => node.parentElement || (node.getRootNode().host ?? null);
  function within(inner, outer) {
    for (let node = inner; node; node = parent(node)) if (node === outer) return true;
    return false;
  }
  function at(x, y) {
    let hit = document.elementFromPoint(x, y);
    while (hit && hit.shadowRoot) {
      const deeper = hit.shadowRoot.elementFromPoint(x, y);
      if (!deeper || deeper === hit) break;
      hit = deeper;
    }
    return hit;
  }
  function words(element) {
    const id = element.id ? ` id="${element.id}"` : "";
    const classes = element.getAttribute("class") ? ` class="${element.getAttribute("class").slice(0, 60)}"` : "";
    return `<${element.localName}${id}${classes}>`;
  }
  // Where WebDriver's pointer goes: the middle of what is in view of the first box.
  function middle(element) {
    const box = element.getClientRects()[0];
    if (!box) return null;
    const [left, right] = [Math.max(0, box.left), Math.min(innerWidth, box.right)];
    const [top, bottom] = [Math.max(0, box.top), Math.min(innerHeight, box.bottom)];
    return left < right && top < bottom ? [(left + right) / 2, (top + bottom) / 2] : null;
  }

  // -------------------------------------------------------------- acting
  const places = new Map(); // element -> where it was one frame ago
  const ALIGN = ["center", "end", "start", "nearest"]; // what sticks to an edge may cover it at one, not at another
  let scrolls = 0;
  function scroll(element) {
    element.scrollIntoView({ block: ALIGN[scrolls % 4], inline: ALIGN[scrolls % 4], behavior: "instant" });
    scrolls += 1;
    places.delete(element);
  }
  function judge(element) {
    if (!tangible(element)) return ["hidden", ""];
    if (wanted.enabled && disabled(element)) return ["disabled", ""];
    if (wanted.editable && locked(element)) return ["disabled", "read-only"];
    const box = element.getBoundingClientRect();
    const place = [box.left, box.top, box.width, box.height].join();
    const earlier = places.get(element);
    places.set(element, place);
    if (earlier !== place) return [earlier ? "moving" : "settling", ""];
    const point = middle(element);
    if (!point) {
      scroll(element);
      return ["settling", ""];
    }
    const hit = at(...point);
    if (!hit || within(hit, element) || hit.closest("label")?.control === element) return ["usable", ""];
    if (scrolls < 4) scroll(element);
    return ["covered", words(hit)];
  }
  function act() {
    const attempts = [];
    let usable = null;
    selectors.forEach((selector, index) => {
      if (usable) {
        attempts.push({ found: 0, state: "not-tried", detail: "" });
        return;
      }
      let found;
      try {
        found = find(selector, index);
      } catch (error) {
        attempts.push({ found: 0, state: "invalid", detail: String(error.message) });
        return;
      }
      const element = found.find(tangible) || found[0];
      const [state, detail] = element ? judge(element) : ["missing", ""];
      if (state === "usable") usable = element;
      attempts.push({ found: found.length, state: state === "usable" ? "used" : state, detail });
    });
    return [usable, attempts];
  }
  if (wanted) {
    let said = [];
    for (;;) {
      await frame();
      const [element, attempts] = act();
      // That an element was not seen twice yet says nothing against what was seen before.
      said = attempts.map((attempt, index) => (attempt.state === "settling" && said[index] ? said[index] : attempt));
      if (element) {
        const kind = { tag: element.localName, type: element.getAttribute("type") || "", checked: Boolean(element.checked) };
        return [element, JSON.stringify({ attempts, ...kind })];
      }
      if (performance.now() >= ends || attempts.every((attempt) => attempt.state === "invalid")) {
        return [null, JSON.stringify({ attempts: said })];
      }
    }
  }

  // ------------------------------------------------------------- looking
  function text(element) {
    if (element.matches(BUTTONS)) return element.value;
    return (element.innerText ?? element.textContent ?? "").slice(0, 200000);
  }
  function look() {
    const sight = { url: location.href, title: document.title, count: 0, visible_count: 0, visible: false };
    const attempts = [];
    let chosen = null;
    selectors.forEach((selector, index) => {
      let found;
      try {
        found = find(selector, index);
      } catch (error) {
        attempts.push({ found: 0, state: "invalid", detail: String(error.message) });
        return;
      }
      const seen = found.filter(visible);
      attempts.push({ found: found.length, state: seen.length ? "usable" : found.length ? "hidden" : "missing", detail: "" });
      if (!found.length || (chosen && (chosen.seen.length || !seen.length))) return;
      chosen = { index, found, seen };
    });
    if (chosen) {
      const element = chosen.seen[0] || chosen.found[0];
      attempts[chosen.index].state = chosen.seen.length ? "used" : "hidden";
      sight.selector = chosen.index;
      sight.count = chosen.found.length;
      sight.visible_count = chosen.seen.length;
      sight.visible = chosen.seen.length > 0;
      sight.text = sight.visible ? text(element) : "";
      sight.value = "value" in element ? String(element.value) : null;
      sight.enabled = !disabled(element);
      sight.checked = Boolean(element.checked) || element.getAttribute("aria-checked") === "true";
      sight.attributes = Object.fromEntries([...element.attributes].map((attribute) => [attribute.name, attribute.value]));
    }
    return JSON.stringify({ sight, attempts });
  }
  for (;;) {
    const began = performance.now();
    const said = look();
    if (said !== before || performance.now() >= ends) return [null, said];
    const cost = performance.now() - began;
    await frame();
    if (cost > 8) await new Promise((resolve) => setTimeout(resolve, cost)); // leave the page room to work
  }
}
