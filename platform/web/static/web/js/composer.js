// The composer: counts characters, throws the dice, fills in examples, sends on ⌘↵ or Ctrl+↵, keeps what was typed.
// Everything listens on the document, since htmx replaces the form.

const SEED_LIMIT = 2 ** 32;
const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

const prompt = () => document.getElementById("id_prompt");

function count() {
  const field = prompt();
  const place = document.getElementById("prompt-count");
  if (!field || !place) return;
  const most = Number(field.dataset.most);
  // By characters as a person counts them, which is also how the server counts.
  const length = [...field.value.trim()].length;
  place.textContent = length ? `${length} / ${most}` : "";
  place.toggleAttribute("data-over", length > most);
}

function nameTheKeys() {
  for (const keys of document.querySelectorAll("[data-keys]")) keys.textContent = isApple ? "⌘↵" : "Ctrl ↵";
}

document.addEventListener("input", (event) => {
  if (event.target.id === "id_prompt") count();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey) || !event.target.closest("#composer")) return;
  event.preventDefault();
  document.getElementById("composer").requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dice]")) {
    const seed = document.getElementById("id_seed");
    seed.value = String(Math.floor(Math.random() * SEED_LIMIT));
    seed.focus();
  }
  const example = event.target.closest("[data-example]");
  if (example) {
    event.preventDefault();
    prompt().value = example.textContent;
    prompt().focus();
    prompt().dispatchEvent(new Event("input", { bubbles: true }));
  }
});

// After a refusal the focus goes to the first field that is wrong.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "composer" && event.detail.elt?.id !== "composer") return;
  count();
  nameTheKeys();
  document.querySelector("#composer [aria-invalid='true']")?.focus();
});

// --- A session that ends while somebody types: the words wait in this tab, for this person alone, until they are back.
const DRAFT = "draft";

let isSentAway = false;

document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.getResponseHeader("HX-Redirect")) isSentAway = true;
});

window.addEventListener("pageshow", () => (isSentAway = false));

// Only now, since the page stays for a while after the answer, and people type on.
window.addEventListener("pagehide", () => {
  if (!isSentAway || !prompt()?.value.trim()) return;
  const { person } = document.getElementById("composer").dataset;
  const seed = document.getElementById("id_seed").value;
  sessionStorage.setItem(DRAFT, JSON.stringify({ person, prompt: prompt().value, seed }));
});

function takeUp() {
  const kept = sessionStorage.getItem(DRAFT);
  if (!kept || !prompt()) return;
  sessionStorage.removeItem(DRAFT);
  const draft = JSON.parse(kept);
  if (draft.person !== document.getElementById("composer").dataset.person || prompt().value) return;
  prompt().value = draft.prompt;
  document.getElementById("id_seed").value = draft.seed;
  prompt().dispatchEvent(new Event("input", { bubbles: true }));
}

takeUp();
count();
nameTheKeys();
