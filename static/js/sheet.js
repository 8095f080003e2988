// A sheet over the page that the server draws: asking somebody outside, handing over. What was typed in it stays when it is refused.
import { ask, tell, Trouble } from "./ask.js";

const sheet = () => document.getElementById("sheet");
const opened = () => document.getElementById("thread")?.dataset.conversation ?? "";

function draw(text) {
  const box = sheet();
  // What was ticked keeps the focus when the same form is drawn again.
  const name = box.contains(document.activeElement) && document.activeElement.matches("[data-autosubmit]") ? document.activeElement.name : "";
  box.innerHTML = text;
  window.htmx?.process(box);
  if (!box.open) box.showModal();
  (box.querySelector(name ? `[name="${name}"]` : "[autofocus]") ?? box.querySelector("input, textarea"))?.focus();
  box.querySelector("#side-link")?.select();
}

/** Draw what stands at an address. */
export async function openSheet(url) {
  try {
    draw(await ask(url));
  } catch (trouble) {
    tell(trouble);
  }
}

async function send(form, button) {
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const line = form.querySelector("[data-error]");
  if (line) line.hidden = true;
  try {
    draw(await ask(form.action, { body: new FormData(form, button), quiet: true }));
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
    if (line) { line.textContent = trouble.message; line.hidden = false; } else tell(trouble);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

/** Somebody is chosen in the menu of people and teams, and a note is wanted: it is shown before anything happens. */
function handOver(event) {
  const choice = event.target.closest?.("#assign [data-give]");
  if (!choice?.value || !document.querySelector("#assign [data-hand-over]")?.checked) return;
  event.stopPropagation();
  event.preventDefault();
  choice.closest(".menu").hidePopover();
  const form = document.getElementById("assign-form");
  if (form) openSheet(`${form.dataset.handOver}?${choice.dataset.give}=${choice.value}`);
}

export function startSheet() {
  if (!sheet()) return;
  document.addEventListener("click", handOver, true);
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-sheet]");
    if (opener) openSheet(opener.dataset.sheet);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-sheet-form]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  document.addEventListener("rabta:done", (event) => {
    if (!event.target.matches("[data-closes-sheet]")) return;
    sheet().close();
    const mark = document.querySelector("#assign [data-hand-over]");
    if (mark) mark.checked = false;
    if (opened()) document.getElementById("thread").focus({ preventScroll: true });
  });
  // Chosen messages count only where they are what the guest sees.
  document.addEventListener("change", (event) => {
    if (event.target.name === "messages" && event.target.checked) event.target.form?.querySelector("[name=shows][value=selected]")?.click();
  });
}
