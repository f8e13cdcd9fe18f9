"""The Home tab of a talent: pure, their own collaborations only."""

from typing import Any

from bot import fr
from bot.slack import ids
from bot.slack.blocks import Block, actions, button, context, divider, plain_text, section
from bot.slack.text import escape
from bot.talent_home import Deal, TalentHome

View = dict[str, Any]


def talent_home(home: TalentHome) -> View:
    """Render what is invoiced, paid and awaited for one talent."""
    blocks: list[Block] = [{"type": "header", "text": plain_text("Mes collaborations")}]
    if not home.deals:
        blocks.append(section("Aucune collaboration facturée pour le moment."))
    elif home.show_amounts:
        blocks.append(_sums(home))
    blocks.append(actions([button("Mes réglages", ids.SETTINGS, "open")]))
    for deal in home.deals:
        blocks += [divider(), section(_words(deal, home))]
    if home.total > len(home.deals):
        blocks.append(context(f"{len(home.deals)} collaborations sur {home.total}, les plus récentes."))
    return {"type": "home", "blocks": blocks}


def _sums(home: TalentHome) -> Block:
    invoiced = _total([(deal.currency, deal.invoiced_cents) for deal in home.deals])
    paid = _total([(deal.currency, deal.paid_cents) for deal in home.deals])
    awaited = _total([(deal.currency, deal.awaited_cents) for deal in home.deals])
    return section(f"*Attendu*\u00a0: {awaited}\n*Payé*\u00a0: {paid}\n*Facturé*\u00a0: {invoiced}")


def _total(pairs: list[tuple[str, int]]) -> str:
    sums: dict[str, int] = {}
    for currency, cents in pairs:
        sums[currency] = sums.get(currency, 0) + cents
    return fr.join([fr.amount(cents, currency) for currency, cents in sorted(sums.items())])


def _words(deal: Deal, home: TalentHome) -> str:
    first = f"*{escape(deal.title, 100)}* — {escape(deal.client, 80)}"
    facts = [_state(deal, home)]
    if home.show_amounts:
        facts.append(f"facturé {fr.amount(deal.invoiced_cents, deal.currency)}")
        if 0 < deal.paid_cents < deal.invoiced_cents:
            facts.append(f"payé {fr.amount(deal.paid_cents, deal.currency)}")
            facts.append(f"attendu {fr.amount(deal.awaited_cents, deal.currency)}")
        if deal.net_cents is not None:
            facts.append(f"votre part {fr.amount(deal.net_cents, deal.currency)}")
    return f"{first}\n{' · '.join(facts)}"


def _state(deal: Deal, home: TalentHome) -> str:
    if not deal.invoiced_cents:
        return "Pas encore facturée"
    if deal.awaited_cents <= 0:
        return "✓ Payée"
    said = "Payée en partie" if deal.paid_cents else "Attendue"
    return f"{said}, {fr.due(deal.due_date, home.today)}" if deal.due_date else said
