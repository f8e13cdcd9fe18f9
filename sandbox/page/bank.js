/** The panel where clients pay: ready scenarios, a free form, what was sent, and what the stand-ins complained about. */

import { get, post } from "./api.js";
import { clock, euros } from "./dates.js";
import { el, setBusy, uid } from "./dom.js";
import { toast } from "./toast.js";

/** Build the panel; `settings` = {scenarios, payers} from the server. */
export function setUpBank(root, settings, store) {
  const sent = el("ol", { class: "sent", "aria-label": "Paiements envoyés" });
  const troubles = el("section", { class: "troubles", hidden: true, "aria-labelledby": "troubles-title" });
  const lose = el("input", { type: "checkbox", id: "lose" });
  const pay = async (payment, control) => {
    if (control.getAttribute("aria-busy")) return;
    setBusy(control, true);
    const answer = await post("/bank/sandbox/pay", { ...payment, deliver: !lose.checked });
    setBusy(control, false);
    report(answer, payment, !lose.checked, sent);
  };
  root.replaceChildren(
    el("h2", { id: "bank-title" }, "La banque"),
    el("h3", {}, "Faire payer un client"),
    el("p", { class: "small" }, "Le virement part de la banque d’essai. Le robot l’apprend comme il l’apprendrait de Qonto."),
    el("label", { class: "check" }, lose, el("span", {}, "Perdre le webhook",
      el("small", {}, "Le robot n’est pas prévenu : il faudra /qonto sync."))),
    el("ul", { class: "scenarios" }, (settings.scenarios ?? []).map((item) => el("li", {}, scenario(item, pay)))),
    freeForm(settings.payers ?? [], pay),
    el("h3", {}, "Paiements envoyés"), sent, troubles);
  note(sent);
  store.addEventListener("change", () => drawTroubles(troubles, store.data?.problems ?? []));
}

function scenario(item, pay) {
  const ids = { title: uid("scenario"), line: uid("scenario"), why: uid("scenario") };
  return el("button", { type: "button", class: "scenario", "aria-labelledby": `${ids.title} ${ids.line}`,
    "aria-describedby": ids.why, onclick: (event) => pay(item.payment, event.currentTarget) },
  el("strong", { id: ids.title }, item.title),
  el("span", { id: ids.line, class: "scenario-line" }, `${euros(item.payment.amount_cents)} · ${item.payment.payer_name}`),
  el("small", { id: ids.why }, item.explanation));
}

function freeForm(payers, pay) {
  const amount = el("input", { class: "field", id: "pay-amount", inputmode: "decimal", placeholder: "1 500,00", "aria-describedby": "pay-error" });
  const payer = el("input", { class: "field", id: "pay-payer", list: "payers", placeholder: "NIKE FRANCE" });
  const label = el("input", { class: "field", id: "pay-label", placeholder: "Facture FACT-2026-042" });
  const error = el("p", { class: "error", id: "pay-error", role: "alert", hidden: true });
  const submit = (event) => {
    event.preventDefault();
    const cents = toCents(amount.value);
    error.hidden = Boolean(cents);
    error.textContent = cents ? "" : "Indiquer un montant comme 1 500,00.";
    amount.toggleAttribute("aria-invalid", !cents);
    if (!cents) return amount.focus();
    const known = payers.find((item) => item.name === payer.value.trim());
    return pay({ amount_cents: cents, payer_name: payer.value.trim() || "CLIENT INCONNU", payer_iban: known?.iban,
      reference: label.value.trim() }, event.target.querySelector("[type=submit]"));
  };
  return el("details", { class: "free" }, el("summary", {}, "Autre paiement…"),
    el("form", { onsubmit: submit, novalidate: true, autocomplete: "off" },
      labelled("Montant en euros", amount), error, labelled("Payeur", payer), labelled("Libellé", label),
      el("datalist", { id: "payers" }, payers.map((item) => el("option", { value: item.name }))),
      el("button", { class: "button primary", type: "submit" }, "Payer")));
}

function labelled(text, field) {
  return el("div", { class: "labelled" }, el("label", { class: "label", for: field.id }, text), field);
}

/** Whole cents of a French or English amount ("1 500,50"); null when it is not one. */
export function toCents(text) {
  const bare = text.replace(/[\s€]/g, "").replace(",", ".");
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(bare)) return null;
  const [whole, part = ""] = bare.split(".");
  return Number(whole) * 100 + Number(part.padEnd(2, "0")) || null;
}

function report(answer, payment, isDelivered, sent) {
  const amount = euros(payment.amount_cents);
  const { transaction } = answer;
  if (!transaction) {
    toast(answer.text ?? `La banque d’essai a refusé ce paiement\u00a0: ${answer.error}`, "error");
    return;
  }
  const news = isDelivered ? "webhook envoyé" : "webhook perdu, taper /qonto sync";
  toast(`${amount} de ${payment.payer_name}\u00a0: ${news}.`, "success");
  sent.querySelector(".empty")?.remove();
  const state = el("small", {}, `${clock(new Date())} · ${news}`);
  sent.prepend(el("li", {}, el("span", {}, `${amount} · ${payment.payer_name}`),
    payment.reference && el("small", {}, payment.reference), state, decline(transaction, state)));
  if (isDelivered) followWebhook(transaction.id, state);
}

/** The bank may still refuse a payment days later (docs.qonto.com, transactions: status declined). */
function decline(transaction, state) {
  return el("button", { type: "button", class: "button slight", onclick: async ({ currentTarget: control }) => {
    setBusy(control, true);
    const answer = await post(`/bank/sandbox/change/${transaction.id}`, { status: "declined" });
    setBusy(control, false);
    if (answer.transaction) state.textContent = `${clock(new Date())} · refusé par la banque`;
    else toast(answer.text ?? "La banque d’essai n’a pas pu refuser ce paiement.", "error");
  } }, "Refuser après coup");
}

/** Say what became of the webhook, for a few seconds. */
async function followWebhook(id, state) {
  for (const wait of [400, 1000, 2500]) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    const { deliveries = [] } = await get("/bank/sandbox/deliveries");
    const mine = deliveries.find((item) => item.body.includes(id));
    if (!mine || !state.textContent.includes("webhook")) return;
    const news = { delivered: "le robot est prévenu", failed: "le robot n’a pas répondu, taper /qonto sync" }[mine.outcome];
    state.textContent = `${clock(new Date())} · ${news ?? "webhook sans réponse, nouvel essai"}`;
    if (news) return;
  }
}

function note(sent) {
  sent.append(el("li", { class: "empty" }, "Aucun pour le moment."));
}

function drawTroubles(root, troubles) {
  root.hidden = !troubles.length;
  root.replaceChildren(el("h3", { id: "troubles-title" }, `Anomalies relevées (${troubles.length})`),
    el("ul", {}, troubles.slice(-10).reverse().map((item) => el("li", {},
      el("small", {}, `${clock(new Date(item.at))} · ${item.where}`), el("span", {}, item.text)))));
}
