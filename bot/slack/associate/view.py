"""The modal « Associer un paiement »: pure, state in, view out. Titles have 24 characters at most."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.errors import InvalidRequestError
from bot.locale import fr
from bot.queries.payment import InvoiceLine
from bot.reconciliation.form import MOST_CHOSEN, Gap, Offer, Plan, Row, Typed, plan
from bot.slack.blocks import ids
from bot.slack.blocks.fields import LONGEST_NOTE
from bot.slack.blocks.kit import Block, View, element, input_block, modal, note_input, option, section
from bot.slack.blocks.text import escape, plain, short
from bot.slack.card.view import recap
from store.types import InvoiceKind

PICK_BLOCK = "invoices"
AMOUNT_BLOCK = "amount"
GAP_BLOCK = "gap"
LABEL_LIMIT = 150
# Beyond this many amounts, what is left to associate has scrolled away: it is said again below them.
ROWS_IN_SIGHT = 3

_SETTLED = {
    Gap.FEE: "Frais bancaires",
    Gap.DISCOUNT: "Escompte accordé",
    Gap.ROUNDING: "Arrondi",
    Gap.WITHHOLDING: "Retenue à la source",
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the modal carries: the payment, the mark of what was seen, the version of each invoice shown."""

    transaction_id: int
    mark: str
    versions: Mapping[int, int]

    def text(self) -> str:
        """Write it as ``private_metadata``; ids and versions only."""
        versions = {str(key): version for key, version in self.versions.items()}
        return json.dumps({"v": 1, "t": self.transaction_id, "s": self.mark, "i": versions})


def read_metadata(text: str | None) -> Metadata:
    """Read it back. Raises InvalidRequestError for what we never wrote."""
    try:
        written = json.loads(text or "")
        versions = {int(key): int(version) for key, version in written["i"].items()}
        return Metadata(int(written["t"]), str(written["s"]), versions)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidRequestError("Cette fenêtre n’est plus reconnue. Ouvrez-la à nouveau.") from error


def associate_modal(offer: Offer, typed: Typed, today: date, *, warning: str | None = None) -> View:
    """Ask which invoices the payment settles, and how much of it goes to each."""
    made = plan(offer, typed)
    versions = {line.invoice_id: line.version for line in offer.lines}
    done, currency = offer.view.allocated_cents, offer.view.currency
    blocks = [recap(offer.view, *([f"déjà associé\u00a0: {fr.amount(done, currency)}"] if done else []))]
    if warning:
        blocks.append(section(f":warning: {escape(warning, 600)}"))
    blocks.append(_pick(offer, today))
    blocks.append(_left(offer, made))
    blocks += [_amount(row, today) for row in made.rows]
    if len(made.rows) > ROWS_IN_SIGHT:
        blocks.append(_left(offer, made))
    if made.gaps:
        blocks += [_gap(offer, made, typed), note_input("Précision sur l’écart", LONGEST_NOTE)]
    return modal(
        "Associer un paiement",
        blocks,
        submit="Associer",
        close="Annuler",
        callback_id=ids.ASSOCIATE_VIEW,
        metadata=Metadata(offer.view.id, offer.mark, versions).text(),
    )


def amount_block(invoice_id: int) -> str:
    """Name the field of one invoice: the same name keeps what was typed."""
    return f"{AMOUNT_BLOCK}:{invoice_id}"


def _pick(offer: Offer, today: date) -> Block:
    field = element(
        "multi_external_select",
        ids.PICK_INVOICES,
        "Chercher une facture",
        min_query_length=0,
        max_selected_items=MOST_CHOSEN,
        initial_options=invoice_options(offer.lines, today) or None,
    )
    return input_block(
        PICK_BLOCK,
        "Factures",
        field,
        hint="Une ou plusieurs. Cherchez par numéro, client, talent ou montant.",
        optional=bool(offer.view.allocated_cents),
        dispatch=True,
    )


def _amount(row: Row, today: date) -> Block:
    line = row.line
    field = element(
        "plain_text_input",
        ids.AMOUNT,
        fr.typed_amount(line.open_cents),
        max_length=30,
        dispatch_action_config={"trigger_actions_on": ["on_character_entered"]},
        initial_value=row.text[:30] or None,
    )
    due = fr.amount(line.open_cents, line.currency)
    left = f"avoir à déduire, {due} disponibles" if _is_credit_note(line) else f"reste dû {due}"
    return input_block(
        amount_block(line.invoice_id),
        f"{plain(line.number, 60)} — {left}",
        field,
        hint=short(f"{plain(line.client, 40)} · {_about(line, today)}", LABEL_LIMIT),
        dispatch=True,
    )


def _is_credit_note(line: InvoiceLine) -> bool:
    return line.kind == InvoiceKind.CREDIT_NOTE


def _left(offer: Offer, made: Plan) -> Block:
    """Keep the remaining amount before the person's eyes, with what each choice leaves due."""
    currency = offer.view.currency
    if made.left_cents < 0:
        over = fr.amount(-made.left_cents, currency)
        return section(f":warning: *{over} de trop\u00a0: diminuez un montant.*")
    lines = [f"*Reste à associer\u00a0: {fr.amount(made.left_cents, currency)}*"]
    lines += [
        f"{escape(row.line.number, 60)}\u00a0: il manque {fr.amount(row.missing_cents, currency)}"
        for row in made.rows
        if row.missing_cents and not _is_credit_note(row.line)
    ]
    return section("\n".join(lines))


def _gap(offer: Offer, made: Plan, typed: Typed) -> Block:
    options = [_gap_option(gap, offer, made) for gap in made.gaps]
    chosen = made.gaps.index(typed.gap) if typed.gap in made.gaps else 0
    # Named by what it offers: the client must not keep an option of before.
    block_id = f"{GAP_BLOCK}:{zlib.crc32(repr(options).encode()):08x}"
    radio = element("radio_buttons", ids.GAP, options=options, initial_option=options[chosen])
    return input_block(block_id, "Que faire de l’écart\u202f?", radio)


def _gap_option(gap: Gap, offer: Offer, made: Plan) -> Block:
    missing = fr.amount(made.missing_cents, offer.view.currency)
    left = fr.amount(made.left_cents, offer.view.currency)
    if gap in _SETTLED:
        short_of = sum(row.missing_cents > 0 for row in made.rows)
        word = "facture soldée" if short_of == 1 else "factures soldées"
        return option(_SETTLED[gap], gap.value, f"Les {missing} sont acceptés, {word}.")
    if gap == Gap.REFUND:
        return option("Trop-perçu à rembourser", gap.value, f"Les {left} en trop ne sont plus à associer.")
    if gap == Gap.KEPT:
        return option("Trop-perçu conservé", gap.value, f"Les {left} sont gardés avec l’accord du client.")
    if made.missing_cents and made.left_cents > 0:
        return option("Rien pour l’instant", gap.value, f"{missing} restent dus, {left} à associer.")
    if made.missing_cents:
        return option("Paiement partiel", gap.value, f"{missing} restent dus.")
    return option("Laisser à associer", gap.value, f"Les {left} restent visibles sur la carte.")


def invoice_options(lines: Sequence[InvoiceLine], today: date) -> list[Block]:
    """List invoices as choices; the value carries the invoice's id only."""
    return [
        option(
            f"{'Avoir ' if _is_credit_note(line) else ''}{plain(line.number, 30)} — "
            f"{plain(line.client, 22)} · {fr.amount(line.open_cents, line.currency)}",
            ids.value(line.invoice_id),
            _about(line, today),
        )
        for line in lines
    ]


def _about(line: InvoiceLine, today: date) -> str:
    facts = [fr.due(line.due_date, today)]
    facts += [plain(name, 26) for name in (line.talent, line.collaboration) if name]
    return " · ".join(facts)
