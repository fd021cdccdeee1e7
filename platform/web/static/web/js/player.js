// Under the browser's own controls: a timecode by frames, single steps, a loop.

function timecode(frame, fps) {
  const seconds = Math.floor(frame / fps);
  const parts = [Math.floor(seconds / 60), seconds % 60, Math.floor(frame % fps)];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

for (const player of document.querySelectorAll("[data-player]")) {
  const film = player.querySelector("video");
  const fps = Number(player.dataset.fps);
  const last = Number(player.dataset.frames) - 1;
  const now = player.querySelector("[data-now]");
  player.querySelector("[data-end]").textContent = timecode(last + 1, fps);
  player.querySelector(".player-bar").hidden = false;

  const frame = () => Math.min(last, Math.floor(film.currentTime * fps + 0.001));
  const tell = () => (now.textContent = timecode(frame(), fps));
  const step = (by) => {
    film.pause();
    // The middle of the frame: its edge could show either neighbour.
    film.currentTime = (Math.min(last, Math.max(0, frame() + by)) + 0.5) / fps;
  };
  const follow = () => {
    tell();
    if (!film.paused) requestAnimationFrame(follow);
  };
  film.addEventListener("play", follow);
  film.addEventListener("seeked", tell);
  film.addEventListener("timeupdate", tell);

  for (const button of player.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  const loop = player.querySelector("[data-loop]");
  loop.addEventListener("click", () => {
    film.loop = !film.loop;
    loop.setAttribute("aria-pressed", String(film.loop));
  });

  const toggle = () => (film.paused ? film.play() : film.pause());

  // Only while the focus is in the player: a letter must not surprise somebody who dictates or types elsewhere.
  player.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const keys = { ",": () => step(-1), ".": () => step(1), k: toggle, l: () => loop.click() };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}
