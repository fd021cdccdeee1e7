// The desk: countdowns of claims, and on the page of one case the player, comments, keys, the claim that is kept alive
// and the decision that asks once more. Everything works without it; it never sends anything that the forms could not.

import { Comments } from "./desk/comments.js";
import { Decision } from "./desk/decision.js";
import { Hold } from "./desk/hold.js";
import { onKeys } from "./desk/keys.js";
import { askBeforeLeaving } from "./desk/leaving.js";
import { Player } from "./desk/player.js";
import { Region } from "./desk/region.js";
import { Strip } from "./desk/strip.js";
import { clock } from "./desk/time.js";
import { Look } from "./desk/wellness.js";

setInterval(() => {
  for (const item of document.querySelectorAll("[data-countdown]")) {
    const seconds = (Date.parse(item.dataset.countdown) - Date.now()) / 1000;
    item.textContent = clock(Math.max(0, seconds));
  }
}, 1000);

const page = document.querySelector("[data-case]");
if (page) openCase();
else onKeys({ n: next });

// A button that brings nothing is gone to instead: why is read with it.
function next() {
  const button = document.querySelector("[data-key=n]");
  if (button?.hasAttribute("aria-disabled")) button.focus();
  else button?.click();
}

function openCase() {
  const form = document.getElementById("decision");
  const words = document.getElementById("desk-words").dataset;
  const root = page.querySelector("[data-player]");
  const player = new Player(root);
  const strip = new Strip(root, player);
  const region = new Region(root, player, words);
  const look = new Look(page, player);
  const decision = new Decision(form);
  const hold = new Hold(page, form, () => player.close());
  const comments = new Comments({ form, player, region, strip, hold, words });
  askBeforeLeaving(form);
  const ask = (outcome) => {
    const button = form.querySelector(`button[name=outcome][value=${outcome}]`);
    if (!hold.lost && button && !button.disabled && !comments.holdsBack()) decision.ask(outcome);
  };

  // Wherever a moment is named, one goes there; what is pointed at is framed.
  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-seek]");
    if (!link || hold.lost || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("dialog")?.close();
    player.seek(Number(link.dataset.seek));
    if (link.dataset.box) region.showPart(link.dataset.box);
    root.scrollIntoView({ block: "nearest" });
  });
  page.querySelector("[data-act=stamp]").addEventListener("click", () => decision.stamp(player.stamp));
  page.querySelector("[data-act=comment]").addEventListener("click", () => comments.open());

  onKeys({
    a: () => ask("approve"),
    c: () => ask("request_changes"),
    r: () => ask("reject"),
    e: () => ask("escalate"),
    k: () => comments.open(),
    t: () => decision.stamp(player.stamp),
    " ": () => player.toggle(),
    ",": () => player.step(-1),
    ".": () => player.step(1),
    ArrowLeft: (event) => player.step(event.shiftKey ? -player.fps : -1),
    ArrowRight: (event) => player.step(event.shiftKey ? player.fps : 1),
    "<": () => player.faster(-1),
    ">": () => player.faster(1),
    l: () => player.loop(),
    i: () => player.mark("in"),
    o: () => player.mark("out"),
    b: () => look.toggle("blurred"),
    g: () => look.toggle("greyscale"),
    s: () => look.toggle("small"),
    m: () => look.toggle("muted"),
    "?": () => document.getElementById("keys").showModal(),
  });
}
