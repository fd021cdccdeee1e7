// A link to a moment of the film on this very page moves the film there, instead of loading the page again.
const film = document.querySelector("[data-player] video");

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-at]");
  if (!link || !film || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  film.pause();
  film.currentTime = Number(link.dataset.at);
  film.focus({ preventScroll: true });
  film.scrollIntoView({ block: "nearest" });
});
