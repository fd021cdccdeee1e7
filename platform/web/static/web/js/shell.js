// What every page does: theme, time zone, menus, dialogs, toasts, and the rare htmx request that fails.

import { toast, watch } from "./toast.js";

const YEAR = 31_536_000;

function setCookie(name, value) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

// --- Time zone: the server shows every time in the reader's own.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`tz=${encodeURIComponent(zone)}`)) setCookie("tz", zone);

// --- A sign-in that leads back to here. The server leaves the address out, so that every "nothing here" is the same.
for (const link of document.querySelectorAll("a[data-comes-back]")) {
  link.search = new URLSearchParams({ next: location.pathname + location.search });
}

// --- Theme: the same cookie that the server's form sets. "Auto" is the page's own choice, so it needs the server.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-switch]")) return;
  const theme = event.submitter?.value;
  if (theme !== "light" && theme !== "dark") return;
  event.preventDefault();
  setCookie("theme", theme);
  if (!document.documentElement.hasAttribute("data-theme-fixed")) document.documentElement.dataset.theme = theme;
  for (const button of event.target.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
});

// --- Menus: one click elsewhere, or Escape, closes them.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();

  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens)?.showModal();
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.querySelectorAll(".toast").forEach(watch);

// --- htmx: a whole page in place of a fragment means that the session ended, so go where it says; or that all failed.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (/^\s*<!doctype/i.test(xhr.responseText ?? "")) {
    event.detail.shouldSwap = false;
    if (xhr.status < 400) location.assign(xhr.responseURL);
    else warn(messages.failed);
  }
});

let warned = false;
function warn(words) {
  if (warned) return;
  warned = true;
  toast(words, "error");
  setTimeout(() => (warned = false), 15_000);
}
const messages = document.getElementById("toasts")?.dataset ?? {};
document.addEventListener("htmx:sendError", () => warn(messages.offline));
document.addEventListener("htmx:responseError", () => warn(messages.failed));
