// Journeys drawn: opening places, zoom and pan, dragging, keys. What is drawn, and every change, is the server's.
const VIEW = "kw-jed-view";
const ZOOM_MIN = 0.3;
const ZOOM_MAX = 2;
const DRAG_PIXELS = 6;
const canvas = () => document.getElementById("kw-jed-canvas");
const panel = () => document.getElementById("kw-jed-panel");
const svg = () => document.querySelector("[data-jed-svg]");
const box = () => document.querySelector("[data-jed-scroll]");

// Where one was, while the drawing is renewed.
const kept = { zoom: null, left: 0, top: 0, focus: "" };

function size() {
  const { width, height } = svg().viewBox.baseVal;
  return { width, height };
}

function zoomTo(zoom) {
  const drawn = svg();
  if (!drawn) return;
  kept.zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, zoom));
  const { width, height } = size();
  drawn.setAttribute("width", width * kept.zoom);
  drawn.setAttribute("height", height * kept.zoom);
}

function fit() {
  const place = box();
  if (!place?.clientWidth) return;
  zoomTo(Math.min(1, (place.clientWidth - 4) / size().width));
}

function begin() {
  const whole = canvas();
  if (!whole || whole.dataset.begun) return;
  whole.dataset.begun = "1";
  const narrow = window.matchMedia("(max-width: 700px)").matches;
  showAs(sessionStorage.getItem(VIEW) ?? (narrow ? "list" : "drawing"));
  if (kept.zoom === null) fit();
  else zoomTo(kept.zoom);
  box().scrollLeft = kept.left;
  box().scrollTop = kept.top;
  if (kept.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
}

function showAs(view) {
  canvas().classList.toggle("kw-jed-as-list", view === "list");
  for (const button of canvas().querySelectorAll("[data-jed-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.jedView === view));
  }
  if (view === "drawing" && kept.zoom === null) fit();
}

function open(place, from) {
  if (!panel()) return;
  if (from?.id) kept.focus = from.id;
  mark(place);
  const address = `?part=panel&panel=${encodeURIComponent(place)}`;
  window.htmx.ajax("GET", address, { target: "#kw-jed-panel", swap: "innerHTML" }).then(() => {
    const shown = panel();
    (shown.querySelector("[data-jed-focus]") ?? shown.querySelector("h2"))?.focus();
    shown.scrollTop = 0;
  });
}

function mark(place) {
  for (const one of document.querySelectorAll(".kw-jed-box")) {
    one.classList.toggle("kw-jed-open", Boolean(place) && one.dataset.jedOpen === place);
  }
}

function change(values) {
  const tools = document.getElementById("kw-jed-tools");
  if (!tools) return;
  const token = tools.elements.csrfmiddlewaretoken.value;
  const revision = tools.elements.revision.value;
  window.htmx.ajax("POST", tools.getAttribute("action"), {
    target: "#kw-jed",
    swap: "innerHTML",
    values: { csrfmiddlewaretoken: token, revision, panel: "", ...values },
  });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-jed-open]");
  if (link && panel() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    if (!dragged) open(link.dataset.jedOpen, link);
    return;
  }
  if (dragged && event.target.closest?.("[data-jed-svg]")) event.preventDefault();
  const view = event.target.closest?.("[data-jed-view]");
  if (view) {
    sessionStorage.setItem(VIEW, view.dataset.jedView);
    showAs(view.dataset.jedView);
  }
  const zoom = event.target.closest?.("[data-jed-zoom]")?.dataset.jedZoom;
  if (zoom === "fit") fit();
  else if (zoom) zoomTo((kept.zoom ?? 1) * (zoom === "in" ? 1.2 : 1 / 1.2));
});

// Keys: Delete on a step asks, Escape closes, Ctrl+Z takes back, Ctrl+Shift+Z and Ctrl+Y make again.
document.addEventListener("keydown", (event) => {
  if (!document.getElementById("kw-jed-tools")) return;
  const typing = event.target.closest?.("input, select, textarea");
  const step = event.target.closest?.("[data-jed-step]");
  if (step && (event.key === "Delete" || event.key === "Backspace")) {
    event.preventDefault();
    open(`remove.${step.dataset.jedStep}`, step);
  } else if (event.key === "Escape" && panel()?.querySelector(".kw-jed-up") && !event.target.closest?.("dialog")) {
    const back = kept.focus;
    open("", null);
    if (back) requestAnimationFrame(() => document.getElementById(back)?.focus());
  } else if ((event.ctrlKey || event.metaKey) && !typing && /^[zy]$/i.test(event.key)) {
    event.preventDefault();
    const again = event.shiftKey || event.key.toLowerCase() === "y";
    document.querySelector(again ? "[data-jed-redo]" : "[data-jed-undo]")?.click();
  }
});

// The wheel with Ctrl, as with every map.
document.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey || !event.target.closest?.("[data-jed-scroll]")) return;
    event.preventDefault();
    zoomTo((kept.zoom ?? 1) * (event.deltaY < 0 ? 1.1 : 1 / 1.1));
  },
  { passive: false },
);

// Dragging: the ground moves the view; a step goes onto a plus, a plus onto a step.
let drag = null;
let dragged = false;

document.addEventListener("pointerdown", (event) => {
  dragged = false;
  const ground = event.target.closest?.("[data-jed-scroll]");
  if (!ground || event.button !== 0 || event.pointerType === "touch") return;
  const may = canvas().dataset.drag === "1";
  const step = may ? event.target.closest("[data-jed-step]") : null;
  const way = may ? event.target.closest("[data-jed-way]") : null;
  const at = { x: event.clientX, y: event.clientY, left: ground.scrollLeft, top: ground.scrollTop };
  drag = { ...at, ground, step, way, moving: false, thread: null };
});

function underneath(event) {
  const found = document.elementFromPoint(event.clientX, event.clientY);
  if (drag.step) return found?.closest?.("[data-jed-way]");
  if (drag.way) return found?.closest?.("[data-jed-step]");
  return null;
}

function thread(event) {
  const drawn = svg();
  const to = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawn.getScreenCTM().inverse());
  const from = new DOMPoint(drag.x, drag.y).matrixTransform(drawn.getScreenCTM().inverse());
  if (!drag.thread) {
    drag.thread = document.createElementNS("http://www.w3.org/2000/svg", "path");
    drag.thread.setAttribute("class", "kw-jed-thread");
    drawn.append(drag.thread);
  }
  drag.thread.setAttribute("d", `M${from.x} ${from.y}L${to.x} ${to.y}`);
}

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const across = event.clientX - drag.x;
  const down = event.clientY - drag.y;
  if (!drag.moving && Math.hypot(across, down) < DRAG_PIXELS) return;
  drag.moving = dragged = true;
  if (drag.step || drag.way) {
    (drag.step ?? drag.way).classList.add("kw-jed-dragged");
    thread(event);
    for (const one of document.querySelectorAll(".kw-jed-target")) one.classList.remove("kw-jed-target");
    underneath(event)?.classList.add("kw-jed-target");
  } else {
    drag.ground.classList.add("kw-jed-panning");
    drag.ground.scrollLeft = drag.left - across;
    drag.ground.scrollTop = drag.top - down;
  }
});

function drop(event) {
  if (!drag) return;
  const { ground, step, way, moving } = drag;
  const onto = moving && event.type === "pointerup" ? underneath(event) : null;
  drag.thread?.remove();
  ground.classList.remove("kw-jed-panning");
  for (const one of document.querySelectorAll(".kw-jed-target, .kw-jed-dragged")) {
    one.classList.remove("kw-jed-target", "kw-jed-dragged");
  }
  drag = null;
  setTimeout(() => { dragged = false; }); // the click that ends a drag opens nothing; the next one does
  if (onto && step) change({ do: "move", code: step.dataset.jedStep, way: onto.dataset.jedWay });
  else if (onto && way) change({ do: "reconnect", way: way.dataset.jedWay, to: onto.dataset.jedStep });
}
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", drop);
document.addEventListener("dragstart", (event) => {
  if (event.target.closest?.("[data-jed-svg]")) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", () => {
  const place = box();
  if (place) [kept.left, kept.top] = [place.scrollLeft, place.scrollTop];
});
document.addEventListener("htmx:afterSettle", () => {
  begin();
  const place = panel()?.querySelector("[data-jed-place]")?.dataset.jedPlace;
  if (place !== undefined) mark(place);
});
begin();
