// Command palette, shortcuts, uploads, selected rows.
const palette = document.getElementById("kw-palette");
const keys = document.getElementById("kw-keys");
const input = document.getElementById("kw-palette-input");
const list = document.getElementById("kw-palette-list");
const RECENT = "kw-recent";
const RECENT_MAX = 8;
const WAIT_MS = 120;
let asking;
let timer;
let entered; // how to go on as soon as the answer to what was typed is there

// Where one has been in this tab: numbers only, no names.
const recent = () => JSON.parse(sessionStorage.getItem(RECENT) || "[]");
const here = document.querySelector("[data-customer-page]")?.dataset.customerPage
  ?? (location.pathname.match(/^\/customers\/([^/]+)\/$/) || [])[1];
if (here) {
  const number = decodeURIComponent(here);
  sessionStorage.setItem(RECENT, JSON.stringify([number, ...recent().filter((one) => one !== number)].slice(0, RECENT_MAX)));
}

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const query = new URLSearchParams({ s: input.value });
  if (input.value.trim().length < 2) query.set("recent", recent().join("\n"));
  list.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${palette.dataset.url}?${query}`, { signal: asking.signal, headers: { "X-Requested-With": "fetch" } });
    if (!answer.ok) throw new Error(String(answer.status));
    list.innerHTML = await answer.text();
    choose(options()[0]);
  } catch (error) {
    if (error.name === "AbortError") return;
    const words = document.createElement("p");
    words.className = "kw-palette-empty";
    words.textContent = list.dataset.failedWord;
    list.replaceChildren(words);
  }
  list.setAttribute("aria-busy", "false");
  entered?.();
  entered = undefined;
}

function go(inNewTab) {
  const link = chosen();
  if (link && inNewTab) window.open(link.href, "_blank", "noopener");
  else if (link) location.assign(link.href);
}

function openPalette() {
  if (!palette || palette.open) return;
  keys.close();
  input.value = "";
  entered = undefined;
  palette.showModal();
  input.focus();
  ask();
}

if (palette) {
  addEventListener("opencommand", openPalette);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    entered = undefined;
    list.setAttribute("aria-busy", "true");
    timer = setTimeout(ask, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (all.length) choose(all[(at + step + all.length) % all.length]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const inNewTab = event.metaKey || event.ctrlKey;
      // What is listed answers what was typed before: the answer to this is waited for.
      if (list.getAttribute("aria-busy") === "true") entered = () => go(inNewTab);
      else go(inNewTab);
    } else if (event.key === "?" && input.value === "") {
      event.preventDefault();
      palette.close();
      keys.showModal();
    }
  });
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  for (const dialog of [palette, keys]) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
}

// Shortcuts: ⌘K everywhere; the others where nothing is being typed. "g" waits a moment for its second key.
let going = 0;
document.addEventListener("keydown", (event) => {
  if (!palette) return;
  if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    event.stopPropagation();
    if (palette.open) palette.close();
    else openPalette();
    return;
  }
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.metaKey || event.ctrlKey || event.altKey || palette.open) return;
  if (going && Date.now() - going < 1500) {
    going = 0;
    const link = keys.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
    if (link) {
      event.preventDefault();
      location.assign(link.href);
    }
    return;
  }
  if (event.key === "g") going = Date.now();
  else if (event.key === "?") keys.open ? keys.close() : keys.showModal();
  else if (event.key === "/") {
    const field = document.querySelector("form[role=search] input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    } else {
      event.preventDefault();
      openPalette();
    }
  } else if (event.key === "x") {
    const box = event.target.closest("tr[data-customer]")?.querySelector("[data-pick]");
    if (box) box.click();
  }
}, true);

// A choice that changes the form is sent at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// The shell looks for a text field beside every file field and breaks where there is none; ours have none.
document.addEventListener("change", (event) => event.target.matches("input[type=file]") && event.stopPropagation(), true);

// Uploads: dropped files, and how much of them is there.
const drop = document.querySelector("[data-drop]");
if (drop) {
  const field = drop.querySelector("input[type=file]");
  for (const type of ["dragenter", "dragover"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.add("kw-over");
    });
  }
  for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("kw-over"));
  // The browser's own words for chosen files are in its language, not in the page's.
  const named = () => {
    drop.querySelector("[data-chosen]").textContent = [...field.files].map((file) => file.name).join(", ");
  };
  field.addEventListener("input", named);
  addEventListener("pageshow", named);
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    field.files = event.dataTransfer.files;
    named();
  });
  drop.addEventListener("submit", (event) => {
    const bar = drop.querySelector("[data-upload]");
    event.preventDefault();
    bar.hidden = false;
    for (const button of drop.querySelectorAll("button")) button.disabled = true;
    const request = new XMLHttpRequest();
    request.open("POST", drop.action || location.href);
    request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = total ? loaded / total : 0));
    request.addEventListener("load", () => {
      if (request.status < 400) return location.assign(request.responseURL);
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      drop.querySelector(".kw-error").textContent = page.querySelector("#kw-files-error")?.textContent || request.statusText;
      bar.hidden = true;
      for (const button of drop.querySelectorAll("button")) button.disabled = false;
    });
    request.addEventListener("error", () => drop.submit());
    request.send(new FormData(drop));
  });
}

// Selected rows: the bar appears with the first, and says how many.
const bulk = () => document.getElementById("kw-bulk");
const picks = () => [...document.querySelectorAll("[data-pick]")];

function showPicked() {
  const bar = bulk();
  if (!bar) return;
  const on = picks().filter((box) => box.checked);
  for (const box of picks()) box.closest("tr").classList.toggle("kw-selected", box.checked);
  const all = document.querySelector("[data-pick-all]");
  if (all) {
    all.checked = on.length > 0 && on.length === picks().length;
    all.indeterminate = on.length > 0 && on.length < picks().length;
  }
  bar.hidden = on.length === 0;
  const counted = bar.querySelector("[data-count]");
  if (counted) counted.textContent = String(on.length);
  const matching = bar.querySelector("[data-matching]");
  if (matching) {
    matching.hidden = !all?.checked;
    if (!all?.checked) matching.querySelector("input").checked = false;
  }
}

let lastPick;
document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-pick]");
  if (!box) return;
  const all = picks();
  if (event.shiftKey && lastPick?.isConnected) {
    const [from, to] = [all.indexOf(lastPick), all.indexOf(box)].sort((a, b) => a - b);
    for (const one of all.slice(from, to + 1)) one.checked = box.checked;
  }
  lastPick = box;
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) {
    for (const box of picks()) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-pick], [data-pick-all]")) showPicked();
  if (event.target.matches("[data-bulk-kind]")) {
    for (const part of document.querySelectorAll("[data-bulk-for]")) {
      part.hidden = part.dataset.bulkFor !== event.target.value;
    }
  }
});
document.addEventListener("htmx:afterSettle", showPicked);
addEventListener("pageshow", showPicked);

// What can be undone says so for as long as it can.
for (const box of document.querySelectorAll("[data-undo-seconds]")) {
  setTimeout(() => box.remove(), Number(box.dataset.undoSeconds) * 1000);
}
