// The customer page: an undo that ends, words to copy, a form that takes the focus.
function beginUndo(form) {
  const seconds = Number(form.dataset.undo);
  form.removeAttribute("data-undo");
  setTimeout(() => form.remove(), seconds * 1000);
}

function prepare(root) {
  for (const form of root.querySelectorAll("[data-undo]")) beginUndo(form);
  if (root.matches?.("[data-undo]")) beginUndo(root);
}

document.addEventListener("htmx:afterSettle", (event) => {
  prepare(event.target);
  const form = event.target.matches?.("[data-form]") ? event.target : event.target.querySelector?.("[data-form]");
  const first = form?.querySelector("input:not([type=hidden]):not([type=checkbox]), select, textarea");
  if (first && !first.value) first.focus();
});
prepare(document);

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  const before = button.textContent;
  button.textContent = button.dataset.copied;
  setTimeout(() => (button.textContent = before), 2000);
});

// Escape closes the form that stands open, as its cancel does.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.target.closest?.("[data-form]")?.querySelector("a[hx-get]")?.click();
});
