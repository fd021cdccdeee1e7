// A link to a moment of the film on this very page moves the film there, instead of loading the page again. The part of
// the frame that the remark is about is framed until the picture moves on.
const player = document.querySelector("[data-player]");
const film = player?.querySelector("video");
const SIDES = ["left", "top", "width", "height"];
let frame = null; // what lies over the picture
let framed = null; // what it shows: { at, box }, in seconds and fractions

// Where the picture itself is within the element, which may letterbox it.
function fit() {
  if (!framed) return;
  const ratio = (film.videoWidth || film.width) / (film.videoHeight || film.height);
  const width = Math.min(film.clientWidth, film.clientHeight * ratio);
  const height = width / ratio;
  const [left, top, wide, high] = framed.box;
  frame.style.left = `${film.offsetLeft + (film.clientWidth - width) / 2 + left * width}px`;
  frame.style.top = `${film.offsetTop + (film.clientHeight - height) / 2 + top * height}px`;
  frame.style.width = `${wide * width}px`;
  frame.style.height = `${high * height}px`;
}

function hide() {
  framed = null;
  if (frame) frame.hidden = true;
}

function show(at, box) {
  hide();
  if (box.length !== SIDES.length || box.some((side) => !(side >= 0 && side <= 1))) return;
  if (!frame) {
    frame = document.createElement("div");
    frame.className = "moment-part";
    frame.setAttribute("aria-hidden", "true"); // the remark says the same in words
    player.append(frame);
    new ResizeObserver(fit).observe(film);
    film.addEventListener("loadedmetadata", fit);
    film.addEventListener("play", hide);
    film.addEventListener("seeked", () => framed && Math.abs(film.currentTime - framed.at) > 0.02 && hide());
  }
  framed = { at, box };
  frame.hidden = false;
  fit();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-at]");
  if (!link || !film || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  film.pause();
  film.currentTime = Number(link.dataset.at);
  show(Number(link.dataset.at), (link.dataset.box ?? "").split(" ").filter(Boolean).map(Number));
  film.focus({ preventScroll: true });
  film.scrollIntoView({ block: "nearest" });
});

// From another page: the address says the moment, and the part as a media fragment.
const part = /^#xywh=percent:([\d.,]+)$/.exec(location.hash);
if (film && part) {
  const at = Number(new URLSearchParams(location.search).get("t"));
  show(at, part[1].split(",").map((side) => Number(side) / 100));
}
