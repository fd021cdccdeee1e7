// The desk: countdowns, keys, the player, the claim that is kept alive, and the decision that asks once more.
// Everything works without it; it never sends anything that the forms could not.

const typing = (target) => target.closest?.("input:not([type=range]), textarea, select, [contenteditable]");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds) % 60).padStart(2, "0")}`;

// --- Countdowns of claims, anywhere on the page.
setInterval(() => {
  for (const item of document.querySelectorAll("[data-countdown]")) {
    const seconds = (Date.parse(item.dataset.countdown) - Date.now()) / 1000;
    item.textContent = clock(Math.max(0, seconds));
  }
}, 1000);

// --- Keys: never while somebody types, never with a modifier, never behind a dialog.
function onKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key.length === 1) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    // Space on a button presses it, as everywhere; arrows on the slider move the slider.
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    if (event.key.startsWith("Arrow") && event.target.matches("input[type=range]")) return;
    event.preventDefault();
    action(event);
  });
}

// --- The player: frames, not fractions of seconds.
class Player {
  constructor(root) {
    this.root = root;
    this.video = root.querySelector("video");
    this.fps = Number(root.dataset.fps);
    this.frames = Number(root.dataset.frames);
    this.scrub = root.querySelector("[data-scrub]");
    this.timecode = root.querySelector("[data-timecode]");
    this.video.controls = false;
    root.querySelector("[data-transport]").hidden = false;
    this.listen();
    this.strip = new Strip(root, this);
    this.show();
  }

  get frame() {
    return Math.min(this.frames - 1, Math.max(0, Math.floor(this.video.currentTime * this.fps + 0.01)));
  }

  listen() {
    const video = this.video;
    for (const name of ["play", "pause", "seeked", "loadedmetadata", "timeupdate"]) {
      video.addEventListener(name, () => this.show());
    }
    video.addEventListener("click", () => this.toggle());
    video.addEventListener("play", () => this.follow());
    this.scrub.addEventListener("input", () => this.goTo(Number(this.scrub.value)));
    this.root.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act === "play") this.toggle();
      if (act === "back") this.step(-1);
      if (act === "forward") this.step(1);
      if (act === "loop") this.loop(event.target.closest("[data-act]"));
    });
  }

  follow() {
    if (this.video.paused) return;
    this.show();
    requestAnimationFrame(() => this.follow());
  }

  toggle() {
    if (this.closed) return;
    if (this.video.paused) this.video.play().catch(() => this.show());
    else this.video.pause();
  }

  loop(button) {
    this.video.loop = !this.video.loop;
    button.setAttribute("aria-pressed", String(this.video.loop));
  }

  step(count) {
    this.video.pause();
    this.goTo(this.frame + count);
  }

  goTo(frame) {
    const wanted = Math.min(this.frames - 1, Math.max(0, frame));
    // The middle of a frame: no rounding of the container's clock can land on its neighbour.
    this.video.currentTime = (wanted + 0.5) / this.fps;
    this.show(wanted);
  }

  // "0:03", as a person writes it to an artist.
  get stamp() {
    return clock(this.frame / this.fps);
  }

  show(frame = this.frame) {
    const seconds = Math.floor(frame / this.fps);
    this.scrub.value = frame;
    this.scrub.setAttribute("aria-valuetext", `${clock(seconds)}, ${frame + 1}/${this.frames}`);
    const rest = String(frame % this.fps).padStart(2, "0");
    this.timecode.textContent = `${clock(seconds)}:${rest}  ${frame + 1}/${this.frames}`;
    this.root.querySelector("[data-when=paused]").hidden = !this.video.paused;
    this.root.querySelector("[data-when=playing]").hidden = this.video.paused;
    this.strip?.mark(frame);
  }

  close() {
    this.closed = true;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.removeAttribute("poster");
    this.video.load();
    this.root.querySelector("[data-screen-lost]").hidden = false;
    this.root.querySelector(".strip")?.remove();
    this.root.querySelector("[data-transport]").hidden = true;
  }
}

// --- The storyboard comes as a sheet of tiles; here it is laid out as a low strip that one can click.
const STRIP_COLUMNS = matchMedia("(max-width: 45rem)").matches ? 5 : 10;

class Strip {
  constructor(root, player) {
    this.player = player;
    this.sheet = root.querySelector("[data-storyboard]");
    this.canvas = root.querySelector("[data-strip]");
    if (!this.sheet) return;
    if (this.sheet.complete && this.sheet.naturalWidth) this.lay();
    else this.sheet.addEventListener("load", () => this.lay());
    this.canvas.addEventListener("click", (event) => this.seek(event));
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
    this.count = columns * rows;
    this.across = Math.min(STRIP_COLUMNS, this.count);
    this.tile = [this.sheet.naturalWidth / columns, this.sheet.naturalHeight / rows];
    this.columns = columns;
    this.canvas.width = Math.round(this.across * this.tile[0]);
    this.canvas.height = Math.round(Math.ceil(this.count / this.across) * this.tile[1]);
    this.canvas.hidden = false;
    // The picture keeps speaking to screen readers; eyes see the strip.
    this.sheet.classList.add("visually-hidden");
    this.canvas.setAttribute("aria-hidden", "true");
    this.mark(this.player.frame);
  }

  frameOf(place) {
    return Math.floor(((2 * place + 1) * this.player.frames) / (2 * this.count));
  }

  seek(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.across);
    const rows = Math.ceil(this.count / this.across);
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    this.player.video.pause();
    this.player.goTo(this.frameOf(Math.min(this.count - 1, row * this.across + column)));
  }

  mark(frame) {
    if (!this.count) return;
    const current = Math.min(this.count - 1, Math.floor((frame * this.count) / this.player.frames));
    if (current === this.marked) return;
    this.marked = current;
    const pen = this.canvas.getContext("2d");
    const [w, h] = this.tile;
    for (let place = 0; place < this.count; place++) {
      const from = [(place % this.columns) * w, Math.floor(place / this.columns) * h];
      const to = [(place % this.across) * w, Math.floor(place / this.across) * h];
      pen.globalAlpha = place === current ? 1 : 0.6;
      pen.clearRect(...to, w, h);
      pen.drawImage(this.sheet, ...from, w, h, ...to, w, h);
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--accent") || "orange";
    pen.lineWidth = 6;
    pen.strokeRect((current % this.across) * w + 3, Math.floor(current / this.across) * h + 3, w - 6, h - 6);
  }
}

// --- The claim: renewed while somebody looks, and honest when it is gone.
class Hold {
  constructor(root, form, onLost) {
    this.root = root;
    this.form = form;
    this.onLost = onLost;
    this.words = document.getElementById("desk-words").dataset;
    this.box = root.querySelector("[data-hold]");
    this.endsAt = performance.now() + Number(root.dataset.secondsLeft) * 1000;
    this.lastAsked = performance.now();
    this.every = Number(root.dataset.renewSeconds) * 1000;
    setInterval(() => this.tick(), 1000);
    document.addEventListener("visibilitychange", () => this.tick());
  }

  tick() {
    if (this.lost) return;
    const left = Math.max(0, (this.endsAt - performance.now()) / 1000);
    this.box.querySelector("[data-hold-time]").textContent = clock(left);
    const soon = left < 120;
    if (soon && this.box.dataset.state !== "soon") this.say(this.words.soon);
    this.box.dataset.state = soon ? "soon" : "";
    const due = performance.now() - this.lastAsked >= this.every;
    if (document.visibilityState === "visible" && (due || left === 0)) this.renew(left === 0);
  }

  async renew(last) {
    if (this.asking) return;
    this.asking = true;
    this.lastAsked = performance.now();
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "claim_token"]) body.set(name, this.form.elements[name].value);
    try {
      const answer = await fetch(this.root.dataset.renewUrl, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error",
      });
      if (answer.ok) this.kept((await answer.json()).seconds_left);
      else if (answer.status < 500) this.lose((await answer.json().catch(() => ({}))).detail ?? this.words.expired);
      else this.say(this.words.offline, true);
    } catch {
      if (last) this.lastAsked = performance.now() - this.every + 5000;
      this.say(this.words.offline, true);
    } finally {
      this.asking = false;
    }
  }

  kept(secondsLeft) {
    this.endsAt = performance.now() + secondsLeft * 1000;
    this.box.querySelector("[data-hold-help]").textContent = this.words.renewed;
  }

  say(words, shown = false) {
    this.box.querySelector("[data-hold-status]").textContent = words;
    if (shown) this.box.querySelector("[data-hold-help]").textContent = words;
  }

  lose(why) {
    this.lost = true;
    this.box.dataset.state = "lost";
    const notice = this.root.querySelector("[data-lost]");
    notice.hidden = false;
    notice.querySelector("[data-lost-why]").textContent = why;
    for (const button of document.querySelectorAll("[form=decision], #decision button")) button.disabled = true;
    document.getElementById("confirm").close();
    this.onLost();
    notice.scrollIntoView({ block: "nearest" });
  }
}

// --- The decision: first what is missing, then one question, then the form as it is.
const TONES = { approve: "approved", request_changes: "changes", reject: "refused" };

class Decision {
  constructor(form) {
    this.form = form;
    this.dialog = document.getElementById("confirm");
    this.words = document.getElementById("desk-words").dataset;
    this.outcome = form.querySelector("[data-outcome]");
    form.addEventListener("submit", (event) => this.onSubmit(event));
    form.elements.reason.addEventListener("change", () => this.showReason());
    for (const name of ["reason", "artist_message"]) {
      form.elements[name].addEventListener("input", () => this.clear(form.elements[name]));
    }
    // "close" comes a moment late: by then the dialog may ask about another outcome.
    this.dialog.addEventListener("close", () => (this.outcome.disabled = !this.dialog.open));
    this.showReason();
  }

  onSubmit(event) {
    if (event.submitter?.hasAttribute("formaction") || event.submitter?.name === "confirmed") return;
    event.preventDefault();
    if (event.submitter?.name === "outcome") this.ask(event.submitter.value);
  }

  ask(outcome) {
    const { reason, artist_message: message } = this.form.elements;
    if (outcome !== "approve" && !this.complete(reason, message)) return;
    this.dialog.querySelector("h2").textContent = this.dialog.getAttribute(`data-${outcome}`);
    this.dialog.querySelector("[data-confirm]").textContent = this.dialog.getAttribute(`data-${outcome}-do`);
    this.dialog.querySelector("[data-confirm]").dataset.tone = TONES[outcome];
    this.tell("reason", outcome === "approve" ? "" : reason.selectedOptions[0].textContent);
    this.tell("message", message.value.trim());
    this.outcome.value = outcome;
    this.outcome.disabled = false;
    this.dialog.showModal();
  }

  tell(part, text) {
    this.dialog.querySelector(`[data-says=${part}]`).textContent = text;
    for (const item of this.dialog.querySelectorAll(`[data-for=${part}]`)) item.hidden = !text;
  }

  complete(reason, message) {
    const missing = [];
    if (!reason.value) missing.push([reason, this.words.missingReason]);
    if (!message.value.trim()) missing.push([message, this.words.missingMessage]);
    for (const [field, words] of missing) this.blame(field, words);
    missing[0]?.[0].focus();
    return !missing.length;
  }

  blame(field, words) {
    this.clear(field);
    const list = document.createElement("ul");
    list.className = "errorlist";
    list.id = `${field.id}_error`;
    list.append(document.createElement("li"));
    list.firstChild.textContent = words;
    field.after(list);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", list.id);
  }

  clear(field) {
    field.closest(".field").querySelector(".errorlist")?.remove();
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }

  showReason() {
    const chosen = this.form.elements.reason.value;
    for (const row of document.querySelectorAll("[data-reason]")) {
      row.toggleAttribute("data-chosen", row.dataset.reason === chosen);
      if (row.dataset.reason === chosen) row.scrollIntoView({ block: "nearest" });
    }
  }

  stamp(time) {
    const field = this.form.elements.artist_message;
    const at = field.selectionEnd ?? field.value.length;
    const before = field.value.slice(0, at);
    const gap = before && !/\s$/.test(before) ? " " : "";
    field.setRangeText(`${gap}${time} `, at, at, "end");
    field.focus();
    this.clear(field);
  }
}

// --- Put together.
const page = document.querySelector("[data-case]");
if (page) {
  const form = document.getElementById("decision");
  const player = new Player(page.querySelector("[data-player]"));
  const decision = new Decision(form);
  const hold = new Hold(page, form, () => player.close());
  const ask = (outcome) => hold.lost || decision.ask(outcome);
  page.querySelector("[data-act=stamp]").addEventListener("click", () => decision.stamp(player.stamp));
  onKeys({
    a: () => ask("approve"),
    c: () => ask("request_changes"),
    r: () => ask("reject"),
    t: () => decision.stamp(player.stamp),
    " ": () => player.toggle(),
    ArrowLeft: (event) => player.step(event.shiftKey ? -player.fps : -1),
    ArrowRight: (event) => player.step(event.shiftKey ? player.fps : 1),
    "?": () => document.getElementById("keys").showModal(),
  });
} else {
  onKeys({ n: () => document.querySelector("[data-key=n]:not([aria-disabled])")?.click() });
}
