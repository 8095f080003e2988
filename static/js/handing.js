// Handing over with a note, and choosing what a guest sees: what these two sheets do besides being sheets (sheet.js).
import { openSheet } from "./sheet.js";

/** Somebody is chosen in the menu of people and teams, and a note is wanted: it is shown before anything happens. */
function handOver(event) {
  const choice = event.target.closest?.("#assign [data-give]");
  const mark = document.querySelector("#assign [data-hand-over]");
  const form = document.getElementById("assign-form");
  if (!choice?.value || !mark?.checked || !form) return;
  event.stopPropagation();
  event.preventDefault();
  mark.checked = false;
  choice.closest(".menu").hidePopover();
  openSheet(`${form.dataset.handOver}?${choice.dataset.give}=${choice.value}`);
}

export function startHanding() {
  document.addEventListener("click", handOver, true);
  document.addEventListener("change", (event) => {
    if (event.target.name === "messages" && event.target.checked) event.target.form?.querySelector("[name=shows][value=selected]")?.click();
  });
  // The link is shown once: it is there to be copied.
  document.addEventListener("focusin", (event) => { if (event.target.id === "side-link") event.target.select(); });
}
