// The tickets beside a conversation: what they answer together goes into the composer, where it is mended and sent.

export function startTickets() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-joint-answer]");
    const text = document.getElementById("composer-text");
    if (!button || !text) return;
    const words = button.parentElement.querySelector("template[data-joint]").content.textContent.trim();
    document.querySelector("#composer [name=kind][value=reply]:not(:disabled)")?.click();
    text.value = text.value.trim() ? `${text.value.trim()}\n\n${words}` : words;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  });
}
