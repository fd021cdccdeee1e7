// The decision: first what is missing, then one question, then the form as it is.

export class Decision {
  constructor(form) {
    this.form = form;
    this.dialog = document.getElementById("confirm");
    this.words = document.getElementById("verdict-words").dataset;
    this.outcome = form.querySelector("[data-outcome]");
    form.addEventListener("submit", (event) => this.onSubmit(event));
    form.elements.reason.addEventListener("change", () => this.showReason());
    for (const name of ["reason", "artist_message", "internal_note"]) {
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
    const { reason, artist_message: message, internal_note: note, escalate_to: queue } = this.form.elements;
    const handsOn = outcome === "escalate";
    const needs = handsOn ? [[note, this.words.missingNote]] : [];
    if (outcome === "request_changes" || outcome === "reject") {
      needs.push([reason, this.words.missingReason], [message, this.words.missingMessage]);
    }
    if (!this.complete(needs)) return;
    const words = this.dialog.querySelector(`[data-asks=${outcome}]`).dataset;
    this.dialog.querySelector("h2").textContent = words.question;
    this.dialog.querySelector("[data-confirm]").textContent = words.do;
    this.dialog.querySelector("[data-confirm]").dataset.tone = words.tone;
    this.dialog.querySelector("[data-final]").hidden = handsOn;
    this.tell("reason", handsOn || outcome === "approve" ? "" : reason.selectedOptions[0].textContent);
    this.tell("message", handsOn ? "" : message.value.trim());
    this.tell("note", handsOn ? note.value.trim() : "");
    this.tell("queue", handsOn ? (queue?.selectedOptions[0].textContent ?? this.words.leads) : "");
    this.outcome.value = outcome;
    this.outcome.disabled = false;
    this.dialog.showModal();
  }

  tell(part, text) {
    this.dialog.querySelector(`[data-says=${part}]`).textContent = text;
    for (const item of this.dialog.querySelectorAll(`[data-for=${part}]`)) item.hidden = !text;
  }

  complete(needs) {
    const missing = needs.filter(([field]) => !field.value.trim());
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

