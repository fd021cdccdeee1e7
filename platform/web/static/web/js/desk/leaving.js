// A link or a closed tab would take words along that nobody has sent: the browser asks first. The page's own buttons
// send them, and bring them back.

const WORDS = ["artist_message", "internal_note", "comment_body"];

export function askBeforeLeaving(form) {
  let sent = false;
  // On the document, so after everything that holds a form back.
  document.addEventListener("submit", (event) => {
    if (event.target === form && !event.defaultPrevented) sent = true;
  });
  addEventListener("pageshow", () => (sent = false));
  addEventListener("beforeunload", (event) => {
    if (!sent && WORDS.some((name) => form.elements[name]?.value.trim())) event.preventDefault();
  });
}
