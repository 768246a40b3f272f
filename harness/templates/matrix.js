const { axes, cells, words, order } = JSON.parse(document.getElementById("data").textContent);
const part = (id) => document.getElementById(id);
const wanted = new Set(); // standings that are shown; all while it is empty
const filters = new Map(); // axis -> its select
let rows, columns, find;

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const kindClass = (cell) => `mark k-${cell.kind}${cell.known ? " is-known" : ""}`;
const named = (cell) => cell.word + (cell.known ? `, ${words.known}` : "");

// ------------------------------------------------------------------ controls
function choice(label, options, chosen) {
  const select = make("select", {}, ...options.map(([value, name]) => make("option", { value, textContent: name })));
  select.value = chosen;
  return [make("label", {}, label, select), select];
}

function controls() {
  const several = axes.map((axis, index) => index).filter((index) => axes[index].labels.length > 1);
  const longest = [...several].sort((a, b) => axes[b].labels.length - axes[a].labels.length);
  const names = axes.map((axis, index) => [index, axis.name]);
  const both = [
    choice(words.rows, names, longest[0] ?? 0),
    choice(words.columns, [...names, ["", words.one_column]], longest[1] ?? ""),
  ];
  [rows, columns] = both.map(([, select]) => select);
  for (const [label] of both) label.className = "axis";
  const form = part("controls");
  form.append(...both.map(([label]) => label));
  for (const index of axes.keys()) {
    const labels = axes[index].labels.map((label, place) => [place, label]);
    const lacking = cells.some((cell) => cell.at[index] === null) ? [["null", "–"]] : [];
    const [label, select] = choice(axes[index].name, [["", words.every], ...labels, ...lacking], "");
    filters.set(index, select);
    form.append(label);
  }
  find = make("input", { type: "search", placeholder: words.find_hint });
  form.append(make("label", {}, words.find, find));
  let before = [rows.value, columns.value];
  form.addEventListener("input", (event) => {
    if (rows.value === columns.value) apart(event.target, before[event.target === rows ? 0 : 1]);
    before = [rows.value, columns.value];
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  part("reset").addEventListener("click", () => {
    wanted.clear();
    find.value = "";
    for (const select of filters.values()) select.value = "";
    show();
  });
}

function apart(changed, previous) {
  const other = changed === rows ? columns : rows;
  const free = [...other.options].filter((option) => option.value !== changed.value);
  const chosen = free.find((option) => option.value === previous) ?? free[0] ?? columns.lastElementChild;
  chosen.selected = true;
}

function counts() {
  for (const item of part("counts").children) {
    const button = make("button", { type: "button" }, ...item.childNodes);
    item.append(button);
    button.addEventListener("click", () => {
      wanted.delete(item.dataset.stands) || wanted.add(item.dataset.stands);
      show();
    });
  }
}

function fits(cell) {
  if (wanted.size && !wanted.has(cell.stands)) return false;
  for (const [index, select] of filters) {
    if (isAxis(index) || select.value === "") continue;
    const label = select.value === "null" ? null : axes[index].labels[select.value];
    if (cell.at[index] !== label) return false;
  }
  const asked = find.value.trim().toLowerCase();
  return !asked || [cell.id, cell.known, ...cell.lines].join("\n").toLowerCase().includes(asked);
}

const isAxis = (index) => rows.value === String(index) || columns.value === String(index);

// ---------------------------------------------------------------------- grid
function labelsOf(select, shown) {
  if (select.value === "") return [null];
  const index = Number(select.value);
  return [...axes[index].labels, ...(shown.some((cell) => cell.at[index] === null) ? [null] : [])];
}

const place = (select, cell) => (select.value === "" ? null : cell.at[Number(select.value)]);

function draw(shown) {
  const fields = new Map();
  for (const cell of shown) {
    const key = JSON.stringify([place(rows, cell), place(columns, cell)]);
    fields.has(key) ? fields.get(key).push(cell) : fields.set(key, [cell]);
  }
  for (const field of fields.values()) field.sort((a, b) => order.indexOf(a.stands) - order.indexOf(b.stands));
  const down = labelsOf(rows, shown);
  const across = labelsOf(columns, shown);
  const most = Math.max(1, ...[...fields.values()].map((field) => field.length));
  const worded = most === 1 && across.length <= 6;
  const corner = make("th", { className: "corner" }, axes[rows.value].name + " ↓");
  if (columns.value !== "") corner.append(make("br"), axes[columns.value].name + " →");
  const head = make("tr", {}, corner, ...across.map((label) => make("th", { scope: "col" }, columns.value === "" ? "" : label ?? "–")));
  const body = down.map((label) =>
    make("tr", {},
      make("th", { scope: "row", title: label ?? "" }, label ?? "–"),
      ...across.map((column) => field(fields.get(JSON.stringify([label, column])) ?? [], worded)),
    ),
  );
  const table = make("table", { className: most > 6 ? "grid many" : "grid few" }, make("thead", {}, head), make("tbody", {}, ...body));
  const beside = Math.min(Math.ceil(Math.sqrt(2 * most)), Math.floor(44 / across.length), 16);
  table.style.setProperty("--marks", Math.max(beside, 4));
  part("grid").replaceChildren(shown.length ? table : make("p", { className: "quiet" }, words.nothing));
  const first = table.querySelector(".mark[data-cell]");
  if (first) first.tabIndex = 0;
}

function field(members, worded) {
  const marks = make("div", { className: "field" }, ...members.map((cell) => mark(cell, worded)));
  const found = make("td");
  if (members.length > 3) found.append(sum(members));
  if (members.length) found.append(marks);
  return found;
}

function mark(cell, worded) {
  const element = cell.href ? make("a", { href: cell.href }) : make("span");
  element.className = kindClass(cell) + (worded ? " worded" : "");
  if (worded) element.append(named(cell));
  element.dataset.cell = cells.indexOf(cell);
  element.tabIndex = -1;
  if (!cell.href) element.setAttribute("role", "img");
  element.setAttribute("aria-label", `${named(cell)}: ${cell.id}`);
  return element;
}

function sum(members) {
  const found = make("div", { className: "sum" });
  for (const stands of order) {
    const there = members.filter((cell) => cell.stands === stands);
    if (!there.length) continue;
    const word = stands === "known" ? words.known : there[0].word;
    const sign = make("span", { className: `k-${stands}`, title: word }, String(there.length));
    sign.setAttribute("role", "img");
    sign.setAttribute("aria-label", `${there.length} ${word}`);
    found.append(sign);
  }
  return found;
}

// --------------------------------------------------- what a mark says, and keys
function explain(element) {
  const cell = cells[element.dataset.cell];
  const tip = part("tip");
  const small = make("span", { className: kindClass(cell) });
  tip.replaceChildren(make("b", {}, small, named(cell)), make("code", {}, cell.id));
  for (const line of [...cell.lines, ...(cell.known ? [`${words.known}: ${cell.known}`] : [])]) tip.append(make("div", {}, line));
  tip.hidden = false;
  const at = element.getBoundingClientRect();
  const below = at.bottom + 8 + tip.offsetHeight <= innerHeight || at.top < tip.offsetHeight + 8;
  tip.style.top = `${below ? at.bottom + 8 : at.top - 8 - tip.offsetHeight}px`;
  tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
  element.setAttribute("aria-describedby", "tip");
}

function hush() {
  part("tip").hidden = true;
}

const markOf = (event) => event.target.closest?.("#grid .mark[data-cell]");

function listen() {
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, (event) => (markOf(event) ? explain(markOf(event)) : hush()));
  }
  document.addEventListener("focusin", (event) => {
    const element = markOf(event);
    if (!element) return;
    for (const other of part("grid").querySelectorAll('.mark[tabindex="0"]')) other.tabIndex = -1;
    element.tabIndex = 0;
  });
  addEventListener("scroll", hush, { passive: true, capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hush();
    const element = markOf(event);
    const next = element && step(element, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

function step(element, key) {
  const all = [...part("grid").querySelectorAll(".mark[data-cell]")];
  const along = { ArrowRight: 1, ArrowLeft: -1 }[key];
  if (along) return all[all.indexOf(element) + along];
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  const over = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[key];
  const column = element.closest("td").cellIndex;
  for (let row = over && element.closest("tr")[over]; row; row = row[over]) {
    const found = row.cells[column].querySelector(".mark");
    if (found) return found;
  }
}

// --------------------------------------------------------------------- table
function sortable() {
  const body = part("list").tBodies[0];
  const value = (row, column) => row.cells[column].dataset.v ?? row.cells[column].textContent.trim();
  for (const head of part("list").tHead.rows[0].cells) {
    head.replaceChildren(make("button", { type: "button" }, head.textContent));
    head.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const compare = new Intl.Collator(undefined, { numeric: true }).compare;
      const sorted = [...body.rows].map((row) => [value(row, head.cellIndex), row]).sort(([a], [b]) => compare(a, b));
      body.append(...(down ? sorted.reverse() : sorted).map(([, row]) => row));
    });
  }
}

const lines = part("list") ? [...part("list").tBodies[0].rows] : [];

function show() {
  for (const [index, select] of filters) select.parentNode.hidden = isAxis(index) || select.options.length < 3;
  for (const item of part("counts").children) {
    item.firstElementChild.setAttribute("aria-pressed", wanted.has(item.dataset.stands));
  }
  const shown = cells.filter(fits);
  const there = new Set(shown);
  lines.forEach((line, index) => (line.hidden = !there.has(cells[index])));
  part("shown").textContent = words.shown.replace("{shown}", shown.length).replace("{all}", cells.length);
  hush();
  draw(shown);
}

if (cells.length && axes.length) {
  controls();
  counts();
  listen();
  sortable();
  part("board").hidden = false;
  show();
}
