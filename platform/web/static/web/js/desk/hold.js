// The claim: renewed while somebody looks, and honest when it is gone.

import { clock } from "./time.js";

export class Hold {
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
      if (answer.ok) this.kept(await answer.json());
      else if (answer.status < 500) this.lose((await answer.json().catch(() => ({}))).detail ?? this.words.expired);
      else this.say(this.words.offline, true);
    } catch {
      if (last) this.lastAsked = performance.now() - this.every + 5000;
      this.say(this.words.offline, true);
    } finally {
      this.asking = false;
    }
  }

  kept(answer) {
    this.endsAt = performance.now() + answer.seconds_left * 1000;
    this.box.querySelector("[data-hold-help]").textContent = this.words.renewed;
    for (const final of document.querySelectorAll("[data-final]")) {
      final.textContent = answer.opinion_only ? final.dataset.opinion : final.dataset.decision;
    }
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
