// What every request and form shares: the CSRF token, words for refusals, confirmation, dialogs, copying, self-submitting fields.
import { wordsFor } from "./ask.js";
import { toast } from "./toasts.js";

export function startForms() {
  document.addEventListener("htmx:config:request", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]')?.content;
    if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token;
  });
  document.addEventListener("htmx:response:error", (event) => {
    const response = event.detail.ctx.response;
    // 422 carries the form with its errors and is drawn; a toast sent along says more than the status does.
    if (response.status === 422 || response.headers?.get?.("HX-Trigger")?.includes("rabta:toast")) return;
    toast(wordsFor(response.status), { tone: "bad", seconds: 9 });
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx?.response?.status) return;
    toast(document.getElementById("toasts")?.dataset.offline ?? "", { tone: "bad", seconds: 9 });
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open-dialog]");
    if (opener) document.getElementById(opener.dataset.openDialog)?.showModal();
    const closer = event.target.closest("[data-close-dialog]");
    if (closer) closer.closest("dialog")?.close();
    if (event.target.matches("dialog")) event.target.close(); // a press on the backdrop
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      const from = document.getElementById(copier.dataset.copy);
      navigator.clipboard?.writeText(from?.value ?? from?.textContent.trim() ?? "").then(() => {
        toast(copier.dataset.copied || copier.textContent.trim(), { seconds: 3 });
      });
    }
    const demo = event.target.closest("[data-fill-login]");
    if (demo) {
      document.querySelector("[name=login]").value = demo.dataset.fillLogin;
      document.querySelector("[name=password]").value = demo.dataset.fillPassword;
      document.querySelector("[name=password]").form.requestSubmit();
    }
    const row = event.target.closest("[data-href]");
    if (row && !event.target.closest("a, button, input, label")) location.assign(row.dataset.href);
  });
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  }, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit();
    if (event.target.matches("[data-theme-choice]")) document.documentElement.dataset.theme = event.target.value;
  });
}
