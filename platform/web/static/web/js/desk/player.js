// The player: frames, not fractions of seconds.

import { clock, frameAt, timecode } from "./time.js";

const SPEEDS = [0.25, 0.5, 1, 1.5, 2];

export class Player extends EventTarget {
  constructor(root) {
    super();
    this.root = root;
    this.video = root.querySelector("video");
    this.fps = Number(root.dataset.fps);
    this.frames = Number(root.dataset.frames);
    this.scrub = root.querySelector("[data-scrub]");
    this.timecode = root.querySelector("[data-timecode]");
    this.speed = root.querySelector("[data-speed]");
    this.first = 0;
    this.last = this.frames - 1;
    this.looping = true;
    this.video.controls = false;
    this.video.loop = false;
    for (const part of root.querySelectorAll("[data-transport]")) part.hidden = false;
    this.listen();
    this.range();
    this.show();
  }

  get frame() {
    return Math.min(this.frames - 1, Math.max(0, Math.floor(this.video.currentTime * this.fps + 0.01)));
  }

  get milliseconds() {
    return Math.round((this.frame * 1000) / this.fps);
  }

  // "0:03", as a person writes it to an artist.
  get stamp() {
    return clock(this.frame / this.fps);
  }

  get timecodeNow() {
    return timecode(this.frame, this.fps);
  }

  listen() {
    const video = this.video;
    for (const name of ["play", "pause", "seeked", "loadedmetadata", "timeupdate"]) {
      video.addEventListener(name, () => this.show());
    }
    video.addEventListener("click", () => this.toggle());
    video.addEventListener("play", () => this.follow());
    video.addEventListener("ended", () => this.wrap());
    this.scrub.addEventListener("input", () => this.goTo(Number(this.scrub.value)));
    this.speed.addEventListener("change", () => this.setSpeed(Number(this.speed.value)));
    const acts = {
      play: () => this.toggle(), back: () => this.step(-1), forward: () => this.step(1), loop: () => this.loop(),
      in: () => this.mark("in"), out: () => this.mark("out"), whole: () => this.whole(),
    };
    this.root.addEventListener("click", (event) => acts[event.target.closest("[data-act]")?.dataset.act]?.());
  }

  follow() {
    if (this.video.paused) return;
    if (this.frame > this.last || this.frame < this.first) this.wrap();
    this.show();
    requestAnimationFrame(() => this.follow());
  }

  // At the end of what is played: from its beginning again, or to rest on its last frame.
  wrap() {
    if (this.looping) {
      this.goTo(this.first);
      this.video.play().catch(() => this.show());
    } else {
      this.video.pause();
      this.goTo(this.last);
    }
  }

  toggle() {
    if (this.closed) return;
    if (!this.video.paused) return this.video.pause();
    if (!this.looping && this.frame >= this.last) this.goTo(this.first);
    this.video.play().catch(() => this.show());
  }

  loop() {
    this.looping = !this.looping;
    this.root.querySelector("[data-act=loop]").setAttribute("aria-pressed", String(this.looping));
  }

  mark(end) {
    if (end === "in") this.first = this.frame;
    else this.last = this.frame;
    // The point that was set last is the one that was meant.
    if (this.first > this.last) [this.first, this.last] = end === "in" ? [this.first, this.frames - 1] : [0, this.last];
    this.range();
  }

  whole() {
    [this.first, this.last] = [0, this.frames - 1];
    this.range();
  }

  range() {
    const part = this.first > 0 || this.last < this.frames - 1;
    for (const [act, frame, set] of [["in", this.first, this.first > 0], ["out", this.last, this.last < this.frames - 1]]) {
      const button = this.root.querySelector(`[data-act=${act}]`);
      button.setAttribute("aria-pressed", String(set));
      button.querySelector("[data-point]").textContent = set ? timecode(frame, this.fps) : "";
    }
    this.root.querySelector("[data-act=whole]").hidden = !part;
    this.dispatchEvent(new Event("range"));
  }

  setSpeed(speed) {
    this.video.playbackRate = speed;
    this.speed.value = String(speed);
  }

  faster(by) {
    const place = SPEEDS.indexOf(this.video.playbackRate) + by;
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))]);
  }

  step(count) {
    this.video.pause();
    this.goTo(this.frame + count);
  }

  // To the moment of a comment or a signal, to look at it.
  seek(milliseconds) {
    this.video.pause();
    this.goTo(frameAt(milliseconds, this.fps));
  }

  goTo(frame) {
    const wanted = Math.min(this.frames - 1, Math.max(0, frame));
    // The middle of a frame: no rounding of the container's clock can land on its neighbour.
    this.video.currentTime = (wanted + 0.5) / this.fps;
    this.show(wanted);
  }

  show(frame = this.frame) {
    this.scrub.value = frame;
    this.scrub.setAttribute("aria-valuetext", `${timecode(frame, this.fps)}, ${frame + 1}/${this.frames}`);
    this.timecode.textContent = `${timecode(frame, this.fps)}  ${frame + 1}/${this.frames}`;
    this.root.querySelector("[data-when=paused]").hidden = !this.video.paused;
    this.root.querySelector("[data-when=playing]").hidden = this.video.paused;
    this.shown = frame;
    this.dispatchEvent(new Event("frame"));
  }

  close() {
    this.closed = true;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.removeAttribute("poster");
    this.video.load();
    this.root.querySelector("[data-screen-lost]").hidden = false;
    this.root.querySelector(".strip")?.remove();
    for (const part of this.root.querySelectorAll("[data-transport]")) part.hidden = true;
    this.dispatchEvent(new Event("closed"));
  }
}
