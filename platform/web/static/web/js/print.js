// The button that prints the page. Without JavaScript the browser's own way does the same.
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
