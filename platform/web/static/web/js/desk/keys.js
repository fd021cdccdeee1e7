// Keys: never while somebody types or chooses, never with a modifier, never behind a dialog, never while held down.

const FIELDS = "input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, select";
const typing = (target) => target.closest?.(FIELDS) || target.isContentEditable;

export function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.repeat && !event.key.startsWith("Arrow") && event.key !== "," && event.key !== ".") return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    // Space on a button presses it, as everywhere; arrows on a slider move the slider.
    if (event.key === " " && event.target.closest("button, a, summary, input")) return;
    if (event.key.startsWith("Arrow") && event.target.matches("input")) return;
    event.preventDefault();
    action(event);
  });
}
