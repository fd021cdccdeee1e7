// Comments: the same form that works without scripts, sent in the background; the server answers with the list anew.

export class Comments {
  constructor({ form, player, region, strip, hold, words }) {
    Object.assign(this, { form, player, region, strip, hold, words });
    this.box = document.getElementById("comments");
    form.addEventListener("submit", (event) => {
      if (!event.submitter?.hasAttribute("data-comments")) return;
      event.preventDefault();
      this.send(event.submitter);
    });
    // Words that nobody has added yet would be lost with the decision: said first, and kept.
    form.addEventListener("submit", (event) => {
      if (event.submitter?.name === "outcome" && this.holdsBack()) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    }, { capture: true });
    this.box.addEventListener("click", (event) => {
      const act = event.target.closest("[data-act]")?.dataset.act;
      if (act === "part") region.toggle();
      if (act === "now") this.stampTime();
    });
    // Writing begins at the moment that is on the screen; a time that somebody typed stays.
    this.box.addEventListener("focusin", (event) => {
      if (event.target.name === "comment_body" && !this.field("at").value) this.stampTime();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.name === "comment_at")) {
        event.preventDefault();
        form.requestSubmit(this.box.querySelector("[data-add]"));
      }
    });
    this.came();
  }

  field(name) {
    return this.box.querySelector(`[name=comment_${name}]`);
  }

  // The key: stop here, and write.
  open() {
    if (this.hold.lost) return;
    this.stampTime();
    this.field("body").focus();
  }

  stampTime() {
    this.player.video.pause();
    this.field("at").value = this.player.timecodeNow;
  }

  holdsBack() {
    if (!this.field("body").value.trim()) return false;
    this.refuse(this.words.commentTyped);
    this.field("body").focus();
    return true;
  }

  // What came from the server: ticks on the strip, and the rectangle of a comment that is being changed.
  came() {
    this.strip.ticks();
    this.region.read();
  }

  async send(button) {
    if (this.sending || this.hold.lost) return;
    this.sending = true;
    const body = new FormData(this.form, button);
    try {
      const answer = await fetch(button.formAction, {
        method: "POST", body, headers: { "HX-Request": "true" }, credentials: "same-origin", redirect: "error",
      });
      const type = answer.headers.get("Content-Type") ?? "";
      if (type.startsWith("text/html") && (answer.ok || answer.status < 500)) this.swap(await answer.text(), button);
      else this.refuse((type.includes("json") && (await answer.json()).detail) || this.words.commentFailed);
    } catch {
      this.refuse(this.words.offline);
    } finally {
      this.sending = false;
    }
  }

  swap(html, button) {
    const came = new DOMParser().parseFromString(html, "text/html").querySelector("[data-comments-part]");
    if (!came) return this.refuse(this.words.commentFailed);
    const opens = button.name === "open";
    const at = button.closest("[data-tick]")?.dataset.atMs;
    this.box.replaceChildren(came);
    this.came();
    const bad = this.box.querySelector("[aria-invalid=true]");
    if (bad || opens) (bad ?? this.field("body")).focus();
    else this.box.querySelector("[data-comments-title]").focus();
    if (opens) this.player.seek(Number(at));
  }

  // The text stays where it was typed.
  refuse(sentence) {
    const line = this.box.querySelector("[data-comments-refusal]");
    line.textContent = sentence;
    line.hidden = false;
  }
}
