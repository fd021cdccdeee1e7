// What a swap leaves undone: the tab's title, a word for screen readers, and the focus.

const base = document.title;
let said = "";
let lostFocus = null; // the id of the region that is about to lose the focused element

function region() {
  return document.querySelector("[data-live]");
}

function follow() {
  const live = region();
  if (!live) return;
  document.title = live.dataset.title ? `${live.dataset.title} · ${base}` : base;
  if (live.dataset.say === said) return;
  said = live.dataset.say;
  const voice = document.getElementById("live-say");
  if (voice) voice.textContent = said;
}

// What is swapped in settles at once (`defaultSettleDelay` in base.html): until then its forms would be the browser's own,
// and a key pressed in that moment would load the page anew and lose the focus.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  if (document.activeElement !== document.body && target?.contains(document.activeElement)) lostFocus = target.id;
});

document.addEventListener("htmx:afterSettle", () => {
  follow();
  // htmx finds the focused element again by its id; when it is gone, its region's heading takes the focus.
  if (lostFocus && document.activeElement === document.body) {
    document.getElementById(lostFocus)?.querySelector("[tabindex='-1']")?.focus();
  }
  lostFocus = null;
});

follow();
said = region()?.dataset.say ?? "";
