// The editor: whose values the preview shows.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  const form = button?.closest("form");
  if (!form) return;
  form.elements.customer.value = button.dataset.choose;
  form.dispatchEvent(new Event("change", { bubbles: true }));
});
