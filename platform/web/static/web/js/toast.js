// Short messages at the foot of the page, beside those that the server wrote.

const LINGER_MS = 7000;

export function toast(text, tone = "info") {
  const stack = document.getElementById("toasts");
  if (!stack) return;
  const item = document.createElement("div");
  item.className = "toast";
  item.dataset.tone = tone;
  const words = document.createElement("p");
  words.textContent = text;
  item.append(words);
  stack.append(item);
  watch(item);
}

// Good news leaves by itself unless it is pointed at or holds the focus; bad news stays until dismissed.
export function watch(item) {
  if (item.dataset.tone === "error" && item.querySelector("[data-dismiss]")) return;
  const leave = () => {
    if (item.matches(":hover, :focus-within")) setTimeout(leave, LINGER_MS);
    else item.remove();
  };
  setTimeout(leave, LINGER_MS);
}
