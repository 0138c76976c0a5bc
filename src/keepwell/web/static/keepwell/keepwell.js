// Small habits of every page: definitions on hover, rows that open, lists by keyboard, tables as CSV.
const words = document.getElementById("kw-words")?.dataset ?? {};

// Definitions: one bubble for the page, shown on hover, focus and tap.
const bubble = document.createElement("div");
bubble.className = "kw-bubble";
bubble.id = "kw-bubble";
bubble.setAttribute("role", "tooltip");
bubble.hidden = true;
document.querySelector(".kw")?.append(bubble);

function line(tag, text, label) {
  if (!text) return;
  const element = document.createElement(tag);
  if (label) {
    const name = document.createElement("b");
    name.textContent = label;
    element.append(name, " ");
  }
  element.append(text);
  bubble.append(element);
}

function show(term) {
  const { name, meaning, how, unit, period, source, fresh } = term.dataset;
  bubble.replaceChildren();
  line("h4", name);
  line("p", meaning);
  line("p", how, words.how);
  line("p", unit, words.unit);
  line("p", period, words.period);
  line("p", source, words.source);
  line("p", fresh, words.fresh);
  bubble.hidden = false;
  term.setAttribute("aria-describedby", bubble.id);
  const at = term.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left), document.documentElement.clientWidth - bubble.offsetWidth - 8);
  const below = at.bottom + 6;
  const fits = below + bubble.offsetHeight < window.innerHeight;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${fits ? below : Math.max(8, at.top - bubble.offsetHeight - 6)}px`;
}

function hide(term) {
  bubble.hidden = true;
  term?.removeAttribute("aria-describedby");
}

const termOf = (event) => event.target.closest?.(".kw-def");
for (const type of ["mouseover", "focusin"]) {
  document.addEventListener(type, (event) => termOf(event) && show(termOf(event)));
}
for (const type of ["mouseout", "focusout"]) {
  document.addEventListener(type, (event) => termOf(event) && hide(termOf(event)));
}
document.addEventListener("scroll", () => hide(), { passive: true, capture: true });

// Lists: a row opens its customer; up, down, enter; the row opened last is marked when one comes back.
const OPENED = "kw-opened";
const rows = () => [...document.querySelectorAll("tr[data-href]")];

function open(row, event) {
  sessionStorage.setItem(OPENED, row.dataset.href);
  if (event.ctrlKey || event.metaKey || event.button === 1) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, label, .kw-def") || getSelection().toString()) return;
  open(row, event);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("tr[data-href] a");
  if (link) sessionStorage.setItem(OPENED, link.closest("tr").dataset.href);
}, true);

function move(step) {
  const all = rows();
  const here = all.indexOf(document.activeElement.closest("tr[data-href]"));
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))];
  next?.focus();
}

document.addEventListener("keydown", (event) => {
  const inField = event.target.closest("input, textarea, select, summary, [contenteditable]");
  if (inField || event.altKey || event.ctrlKey || event.metaKey || !rows().length) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && event.target.matches("tr[data-href]")) {
    open(event.target, event);
  }
});

function markOpened() {
  const href = sessionStorage.getItem(OPENED);
  for (const row of rows()) row.classList.toggle("kw-opened", row.dataset.href === href);
}

// Tables as CSV: a cell that a spreadsheet would take for a formula is written as text.
const cell = (text) => {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.,%\s]+$/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-csv]");
  if (!button) return;
  const lines = [...button.closest("details").querySelectorAll("tr")].map((row) =>
    [...row.cells].map((one) => cell(one.textContent.trim())).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
  link.download = `${button.dataset.csv}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

// Filters: one menu open at a time, closed by escape or a click elsewhere.
const menus = () => document.querySelectorAll("details.kw-facet[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  hide();
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Tabs: the buttons of a group show one panel each.
document.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-panel]");
  if (!tab) return;
  const group = tab.closest("[data-tabs]");
  for (const other of group.querySelectorAll("[data-panel]")) other.setAttribute("aria-pressed", String(other === tab));
  for (const panel of group.querySelectorAll("[data-panel-name]")) panel.hidden = panel.dataset.panelName !== tab.dataset.panel;
});

// What failed says so; what was there stays.
for (const type of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, () => {
    const place = document.querySelector("[data-failed]");
    if (!place) return;
    place.textContent = words.failed;
    place.hidden = false;
  });
}
document.addEventListener("htmx:beforeRequest", () => {
  const place = document.querySelector("[data-failed]");
  if (place) place.hidden = true;
});

// A menu stays open while one ticks several of its boxes, though the list and its filters are renewed.
let openMenus = [];
document.addEventListener("htmx:beforeSwap", () => {
  openMenus = [...menus()].map((menu) => menu.id);
});
document.addEventListener("htmx:afterSettle", () => {
  for (const id of openMenus) document.getElementById(id)?.setAttribute("open", "");
  openMenus = [];
  markOpened();
});
addEventListener("pageshow", markOpened);
markOpened();

// What scrolls can be scrolled with the keyboard: it takes the focus while there is more than is shown.
const reachScrolls = () => {
  for (const box of document.querySelectorAll(".kw-scroll, .kw-tall")) {
    const more = box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1;
    if (more) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
reachScrolls();
window.addEventListener("load", reachScrolls);
window.addEventListener("resize", reachScrolls);
document.addEventListener("htmx:afterSettle", reachScrolls);
