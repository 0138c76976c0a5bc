// The day's list by keyboard, the bulk bar, and the offer to undo that ends by itself.
const list = () => document.querySelector("[data-today]");
const lines = () => [...document.querySelectorAll("[data-line]")];
const current = () => document.activeElement?.closest?.("[data-line]");
let place = 0;

function focusLine(index) {
  const all = lines();
  if (!all.length) return;
  place = Math.min(all.length - 1, Math.max(0, index));
  for (const [number, line] of all.entries()) line.tabIndex = number === place ? 0 : -1;
  all[place].focus();
}

function openMenu(name) {
  const line = current() ?? lines()[place];
  const menu = line?.querySelector(`[data-menu="${name}"]`);
  if (!menu) return false;
  if (menu.matches("button")) {
    menu.click();
    return true;
  }
  menu.open = true;
  menu.querySelector("fieldset button")?.focus();
  return true;
}

function pick(key) {
  const menu = document.querySelector(".kw-drop[open]");
  const button = menu?.querySelectorAll("fieldset form:first-of-type button")[Number(key) - 1];
  button?.click();
  return Boolean(button);
}

const keys = {
  j: () => focusLine(current() ? place + 1 : place),
  k: () => focusLine(place - 1),
  d: () => openMenu("d"),
  p: () => openMenu("p"),
  g: () => openMenu("g"),
  x: () => (current() ?? lines()[place])?.querySelector("input[type=checkbox]")?.click(),
  u: () => document.querySelector("[data-undo]")?.click(),
  n: () => {
    const form = document.getElementById("kw-add");
    if (!form) return;
    form.open = true;
    form.querySelector("select, input:not([type=hidden])").focus();
  },
};

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=dialog]")) return;
  if (/^[1-9]$/.test(event.key) && pick(event.key)) return event.preventDefault();
  if (event.key === "Enter" && event.target.matches("[data-line][data-href]")) {
    location.assign(event.target.dataset.href);
    return event.preventDefault();
  }
  if (list() === null && event.key !== "u") return;
  const step = { ArrowDown: "j", ArrowUp: "k" }[event.key] ?? event.key;
  if (!(step in keys) || (event.key.startsWith("Arrow") && !current())) return;
  event.preventDefault();
  keys[step]();
});

document.addEventListener("focusin", (event) => {
  const line = event.target.closest?.("[data-line]");
  if (line) place = lines().indexOf(line);
});

// The bulk bar is there while something is chosen.
function count() {
  const bar = document.getElementById("kw-bulk");
  if (!bar) return;
  const chosen = document.querySelectorAll("[data-line] input[type=checkbox]:checked").length;
  bar.hidden = chosen === 0;
  bar.querySelector("[data-chosen]").textContent = chosen;
}
document.addEventListener("change", (event) => event.target.closest("[data-line]") && count());

// Undo holds for some seconds.
let timer = 0;
function countDown() {
  clearTimeout(timer);
  const toast = document.querySelector("[data-toast]");
  if (toast) timer = setTimeout(() => toast.remove(), Number(toast.dataset.toast) * 1000);
}

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target.id !== "kw-today") return;
  countDown();
  count();
  focusLine(place);
});
countDown();
