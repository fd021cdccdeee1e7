// The storyboard comes as a sheet of tiles; here it is one low row to scrub on, with a tick at each comment and signal.
// For eyes and pointers only: the slider, the chips and the links say and do the same.

import { frameAt } from "./time.js";

const ACROSS = matchMedia("(max-width: 45rem)").matches ? 5 : 10;

export class Strip {
  constructor(root, player) {
    this.player = player;
    this.box = root.querySelector("[data-strip-box]");
    if (!this.box) return;
    this.sheet = root.querySelector("[data-storyboard]");
    this.canvas = root.querySelector("[data-strip]");
    if (this.sheet.complete && this.sheet.naturalWidth) this.lay();
    else this.sheet.addEventListener("load", () => this.lay());
    this.head = this.part("strip-head");
    this.range = this.part("strip-range");
    player.addEventListener("frame", () => this.place());
    player.addEventListener("range", () => this.showRange());
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.held === event.pointerId && this.scrub(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => (this.held = null));
    this.place();
    this.showRange();
    this.ticks();
  }

  part(name) {
    const part = document.createElement("span");
    part.className = name;
    this.box.append(part);
    return part;
  }

  // The smallest grid whose tiles have the video's shape.
  grid() {
    const { videoWidth, width, videoHeight, height } = this.player.video;
    const shape = (videoWidth || width) / (videoHeight || height);
    const sheet = this.sheet.naturalWidth / this.sheet.naturalHeight;
    for (let rows = 1; rows <= 10; rows++) {
      const columns = (sheet / shape) * rows;
      const whole = Math.round(columns);
      if (whole >= 1 && Math.abs(columns - whole) < 0.06 && whole * rows <= this.player.frames) return [whole, rows];
    }
    return null;
  }

  lay() {
    const grid = this.grid();
    if (!grid) return;
    const [columns, rows] = grid;
    const count = columns * rows;
    const across = Math.min(ACROSS, count);
    const [w, h] = [this.sheet.naturalWidth / columns, this.sheet.naturalHeight / rows];
    this.canvas.width = Math.round(across * w);
    this.canvas.height = Math.round(h);
    const pen = this.canvas.getContext("2d");
    for (let place = 0; place < across; place++) {
      const tile = Math.floor(((place + 0.5) * count) / across);
      pen.drawImage(this.sheet, (tile % columns) * w, Math.floor(tile / columns) * h, w, h, place * w, 0, w, h);
    }
    this.canvas.hidden = false;
    // The picture keeps speaking to screen readers; eyes see the row.
    this.sheet.classList.add("visually-hidden");
    this.box.dataset.laid = "";
  }

  share(frame) {
    return `${(100 * (frame + 0.5)) / this.player.frames}%`;
  }

  place() {
    this.head.style.insetInlineStart = this.share(this.player.shown);
  }

  showRange() {
    const { first, last, frames } = this.player;
    this.range.hidden = first === 0 && last === frames - 1;
    this.range.style.insetInlineStart = `${(100 * first) / frames}%`;
    this.range.style.inlineSize = `${(100 * (last + 1 - first)) / frames}%`;
  }

  // Anew whenever the comments change.
  ticks() {
    if (!this.box) return;
    for (const old of this.box.querySelectorAll(".strip-tick")) old.remove();
    for (const item of document.querySelectorAll("[data-tick]")) {
      const tick = this.part("strip-tick");
      tick.dataset.kind = item.dataset.tick;
      tick.style.insetInlineStart = this.share(frameAt(Number(item.dataset.atMs), this.player.fps));
    }
  }

  grab(event) {
    this.held = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.player.video.pause();
    this.scrub(event);
  }

  scrub(event) {
    const box = this.canvas.getBoundingClientRect();
    const from = getComputedStyle(this.canvas).direction === "rtl" ? box.right - event.clientX : event.clientX - box.left;
    this.player.goTo(Math.floor((from / box.width) * this.player.frames));
  }
}
