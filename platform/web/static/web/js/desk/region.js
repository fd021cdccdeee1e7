// The part of the frame that a comment speaks of: drawn with the pointer, or moved and sized with the arrow keys.
// And the parts that comments and signals point at, shown when one goes there.

const START = { left: 0.3, top: 0.3, width: 0.4, height: 0.4 };
const STEP = 0.01;
const LEAST = 0.02;
const SIDES = ["left", "top", "width", "height"];
const within = (low, value, high) => Math.min(high, Math.max(low, value));

export class Region {
  constructor(root, player, words) {
    this.player = player;
    this.words = words;
    this.area = root.querySelector("[data-frame-area]");
    this.pointer = root.querySelector("[data-frame-shown]");
    this.button = root.querySelector("[data-frame-part]");
    this.says = root.querySelector("[data-frame-says]");
    const fit = () => this.fit();
    new ResizeObserver(fit).observe(player.video);
    player.video.addEventListener("loadedmetadata", fit);
    player.addEventListener("frame", () => this.hideShown());
    player.addEventListener("closed", () => (this.area.hidden = true));
    this.button.addEventListener("keydown", (event) => this.onKey(event));
    this.area.addEventListener("pointerdown", (event) => this.begin(event));
    this.area.addEventListener("pointermove", (event) => this.draw(event));
    for (const name of ["pointerup", "pointercancel"]) this.area.addEventListener(name, () => this.end());
    this.fit();
  }

  // Where the picture itself is within the element that letterboxes it.
  fit() {
    const { video } = this.player;
    const [boxWidth, boxHeight] = [video.clientWidth, video.clientHeight];
    const ratio = (video.videoWidth || video.width) / (video.videoHeight || video.height);
    const width = Math.min(boxWidth, boxHeight * ratio);
    const height = width / ratio;
    const { style } = this.area;
    style.inlineSize = `${width}px`;
    style.blockSize = `${height}px`;
    style.left = `${video.offsetLeft + (boxWidth - width) / 2}px`;
    style.top = `${video.offsetTop + (boxHeight - height) / 2}px`;
  }

  put(element, part) {
    for (const side of SIDES) element.style[side] = `${part[side] * 100}%`;
    element.hidden = false;
  }

  // --- What a comment or a signal points at, until the picture moves on.
  showPart(box) {
    const [left, top, width, height] = box.split(" ").map(Number);
    this.shownAt = this.player.shown;
    this.put(this.pointer, { left, top, width, height });
  }

  hideShown() {
    if (this.player.shown !== this.shownAt) this.pointer.hidden = true;
  }

  // --- The part of the comment that is being written.
  field(side) {
    return document.querySelector(`[name=comment_${side}]`);
  }

  // What the form says, when it has come anew from the server.
  read() {
    const values = SIDES.map((side) => this.field(side)?.value);
    if (values.some((value) => !value)) return this.clear();
    this.set(Object.fromEntries(SIDES.map((side, place) => [side, Number(values[place])])));
  }

  toggle() {
    if (this.part) return this.clear();
    this.player.video.pause();
    this.set({ ...START });
    this.tell();
    this.button.focus();
  }

  set(part) {
    this.part = part;
    for (const side of SIDES) this.field(side).value = part[side].toFixed(4);
    this.put(this.button, part);
    this.area.dataset.drawing = "";
    this.pressed(true);
  }

  clear() {
    this.part = null;
    for (const side of SIDES) if (this.field(side)) this.field(side).value = "";
    this.button.hidden = true;
    delete this.area.dataset.drawing;
    this.pressed(false);
  }

  pressed(is) {
    document.querySelector("[data-act=part]")?.setAttribute("aria-pressed", String(is));
  }

  tell() {
    const shares = SIDES.map((side) => Math.round(this.part[side] * 100));
    this.says.textContent = this.words.part.replace(/%(\d)/g, (_all, place) => shares[place]);
  }

  onKey(event) {
    if (event.key === "Delete" || event.key === "Backspace" || event.key === "Escape") {
      this.clear();
      document.querySelector("[data-act=part]")?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      document.querySelector("[name=comment_body]")?.focus();
    } else if (event.key.startsWith("Arrow") && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.nudge(event.key.slice(5).toLowerCase(), event.shiftKey);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  nudge(way, sizes) {
    const part = { ...this.part };
    const by = way === "left" || way === "up" ? -STEP : STEP;
    const [at, size] = way === "left" || way === "right" ? ["left", "width"] : ["top", "height"];
    if (sizes) part[size] = within(LEAST, part[size] + by, 1 - part[at]);
    else part[at] = within(0, part[at] + by, 1 - part[size]);
    this.set(part);
    this.tell();
  }

  // --- With the pointer: anywhere on the picture while a part is being marked.
  at(event) {
    const box = this.area.getBoundingClientRect();
    return [within(0, (event.clientX - box.left) / box.width, 1), within(0, (event.clientY - box.top) / box.height, 1)];
  }

  begin(event) {
    if (!this.part) return;
    event.preventDefault();
    this.from = this.at(event);
    this.area.setPointerCapture(event.pointerId);
  }

  draw(event) {
    if (!this.from) return;
    const to = this.at(event);
    const [left, top] = [Math.min(this.from[0], to[0]), Math.min(this.from[1], to[1])];
    const [width, height] = [Math.abs(to[0] - this.from[0]), Math.abs(to[1] - this.from[1])];
    if (width < LEAST || height < LEAST) return;
    this.set({ left, top, width, height });
  }

  end() {
    if (this.from && this.part) this.tell();
    this.from = null;
  }
}
