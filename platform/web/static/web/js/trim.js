// Two handles and two number fields say the same; the player shows the frame that was moved last.

for (const form of document.querySelectorAll("[data-trim]")) {
  const fps = Number(form.dataset.fps);
  const frames = Number(form.dataset.frames);
  const film = document.querySelector("[data-player] video");
  const from = form.querySelector("[data-from]");
  const to = form.querySelector("[data-to]");
  const first = form.querySelector("[name=first]");
  const last = form.querySelector("[name=last]");
  const kept = form.querySelector("[data-kept]");
  const length = form.querySelector("[data-length]");

  const inside = (value) => Math.min(frames, Math.max(1, Math.round(Number(value)) || 1));

  const show = () => {
    const [a, b] = [inside(first.value), inside(last.value)];
    from.value = a;
    to.value = b;
    kept.style.insetInlineStart = `${((a - 1) / frames) * 100}%`;
    kept.style.inlineSize = `${(Math.max(0, b - a + 1) / frames) * 100}%`;
    length.textContent = b >= a ? `${((b - a + 1) / fps).toFixed(2)} s` : "–";
  };
  const look = (frame) => {
    film.pause();
    // The middle of the frame: its edge could show either neighbour.
    film.currentTime = (frame - 0.5) / fps;
  };
  // A handle stops at the other one, so that no pair of them makes an empty film.
  from.addEventListener("input", () => {
    first.value = Math.min(Number(from.value), inside(last.value));
    show();
    look(Number(first.value));
  });
  to.addEventListener("input", () => {
    last.value = Math.max(Number(to.value), inside(first.value));
    show();
    look(Number(last.value));
  });
  for (const field of [first, last]) {
    field.addEventListener("input", show);
    field.addEventListener("change", () => look(inside(field.value)));
  }
  show();
}
