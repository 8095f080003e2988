// Approved texts in the composer: one is chosen, its blanks are filled, and the words as the customer will read them stand in the field.

import { locale } from "./times.js";

function preview(form) {
  const chosen = form.querySelector("[data-template]")?.selectedOptions[0];
  if (!chosen?.value) return;
  const values = [...form.querySelectorAll("[name=variable]")].map((input) => input.value.trim());
  const text = form.querySelector("textarea");
  text.value = chosen.dataset.body.replace(/\{\{(\d+)\}\}/g, (blank, number) => values[number - 1] || blank);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function choose(form) {
  const chosen = form.querySelector("[data-template]").selectedOptions[0];
  const fields = form.querySelector("[data-template-fields]");
  const text = form.querySelector("textarea");
  const word = form.querySelector(".composer-templates").dataset.variableWord;
  const number = Number(chosen.value ? chosen.dataset.variables : 0);
  fields.replaceChildren(...Array.from({ length: number }, (_nothing, index) => {
    const input = document.createElement("input");
    Object.assign(input, { name: "variable", className: "input", required: true, maxLength: 500, dir: "auto", placeholder: `${word} ${new Intl.NumberFormat(locale()).format(index + 1)}` });
    input.setAttribute("aria-label", input.placeholder);
    return input;
  }));
  text.readOnly = Boolean(chosen.value);
  text.value = "";
  text.dispatchEvent(new Event("input", { bubbles: true }));
  preview(form);
  (fields.querySelector("input") ?? text).focus();
}

export function startTemplates() {
  document.addEventListener("change", (event) => { if (event.target.matches("[data-template]")) choose(event.target.form); });
  document.addEventListener("input", (event) => { if (event.target.matches("[name=variable]")) preview(event.target.form); });
  document.addEventListener("rabta:sent", (event) => {
    const select = event.target.querySelector?.("[data-template]");
    if (!select?.value) return;
    select.value = "";
    choose(event.target);
  });
}
