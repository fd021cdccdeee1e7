// Saved replies: those for the chosen reason come first, and each goes into its field where the cursor is.

for (const box of document.querySelectorAll("[data-replies]")) {
  const field = document.getElementById(box.dataset.replies);
  const reason = field.form.elements.reason;
  const list = box.querySelector("ul");
  const inOrder = [...list.children];

  const order = () => {
    const fits = (item) => item.dataset.forReason && item.dataset.forReason === reason.value;
    for (const item of inOrder) item.toggleAttribute("data-fits", Boolean(fits(item)));
    list.append(...inOrder.filter(fits), ...inOrder.filter((item) => !fits(item)));
  };

  box.addEventListener("click", (event) => {
    const item = event.target.closest("[data-insert]")?.closest("li");
    if (!item) return;
    const words = item.querySelector("[data-words]").dataset.words;
    const at = field.selectionEnd ?? field.value.length;
    const before = field.value.slice(0, at);
    field.setRangeText(`${before && !/\s$/.test(before) ? "\n" : ""}${words}`, at, at, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  reason?.addEventListener("change", order);
  order();
}
