// Pointing at a take scrubs through it: the storyboard's tiles, by the pointer's place. Loaded on the first visit only.

const TURN_MS = 260;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

function show(frame, tile) {
  const { columns, rows } = frame.dataset;
  const column = tile % columns;
  const row = Math.floor(tile / columns);
  const at = (index, all) => (all > 1 ? (index / (all - 1)) * 100 : 0);
  frame.strip.style.backgroundPosition = `${at(column, Number(columns))}% ${at(row, Number(rows))}%`;
}

function open(frame) {
  if (!frame.strip) {
    frame.strip = document.createElement("span");
    frame.strip.className = "take-strip";
    const picture = new Image();
    picture.onload = () => {
      frame.strip.style.backgroundImage = `url("${picture.src}")`;
      frame.strip.style.backgroundSize = `${frame.dataset.columns * 100}% ${frame.dataset.rows * 100}%`;
      frame.strip.style.aspectRatio = frame.dataset.ratio;
      frame.append(frame.strip);
      show(frame, 0);
    };
    picture.src = frame.dataset.storyboard;
  }
  frame.classList.add("is-open");
}

function close(frame) {
  frame.classList.remove("is-open");
  clearInterval(frame.timer);
}

document.addEventListener("pointermove", (event) => {
  const frame = event.target.closest?.("[data-storyboard]");
  for (const other of document.querySelectorAll(".take-frame.is-open")) if (other !== frame) close(other);
  if (!frame || event.pointerType === "touch") return;
  if (!frame.classList.contains("is-open")) open(frame);
  const box = frame.getBoundingClientRect();
  const share = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
  const tiles = frame.dataset.columns * frame.dataset.rows;
  show(frame, Math.floor((getComputedStyle(frame).direction === "rtl" ? 1 - share : share) * tiles));
});

// With the keyboard, the take whose link has the focus plays by itself.
document.addEventListener("focusin", (event) => {
  for (const other of document.querySelectorAll(".take-frame.is-open")) close(other);
  const frame = event.target.closest?.(".take")?.querySelector("[data-storyboard]");
  if (!frame || calm.matches || !event.target.matches(":focus-visible")) return;
  open(frame);
  let tile = 0;
  frame.timer = setInterval(() => show(frame, tile++ % (frame.dataset.columns * frame.dataset.rows)), TURN_MS);
});
