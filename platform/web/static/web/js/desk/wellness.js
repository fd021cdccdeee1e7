// How the picture meets the reviewer: blurred, in grey, small, muted. The page starts as their preferences say; these
// switches hold for this page alone.

const LOOKS = ["blurred", "greyscale", "small"];

export class Look {
  constructor(root, player) {
    this.root = root;
    this.player = player;
    root.addEventListener("click", (event) => {
      const look = event.target.closest("[data-look-switch]")?.dataset.lookSwitch;
      if (look) this.toggle(look);
    });
    player.video.addEventListener("volumechange", () => this.press("muted", player.video.muted));
  }

  toggle(look) {
    if (look === "muted") {
      this.player.video.muted = !this.player.video.muted;
      return;
    }
    const on = new Set(this.root.dataset.look.split(" ").filter((word) => LOOKS.includes(word)));
    if (!on.delete(look)) on.add(look);
    this.root.dataset.look = [...on].join(" ");
    this.press(look, on.has(look));
  }

  press(look, is) {
    this.root.querySelector(`[data-look-switch=${look}]`).setAttribute("aria-pressed", String(is));
  }
}
