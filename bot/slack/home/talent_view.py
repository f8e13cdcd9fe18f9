"""The Home tab of a talent: pure, their own collaborations only, in the language they chose."""

from collections.abc import Callable
from typing import Any

from bot.queries.talent_home import Deal, DealSums, TalentHome
from bot.slack.blocks import ids
from bot.slack.blocks.kit import Block, actions, button, context, divider, plain_text, section
from bot.slack.blocks.talent_words import TalentWords, words_in
from bot.slack.blocks.text import escape

View = dict[str, Any]


def talent_home(home: TalentHome) -> View:
    """Render what is invoiced, paid and awaited for one talent."""
    words = words_in(home.language)
    header: Block = {"type": "header", "text": plain_text(words.mine)}
    settings = actions([button(words.my_settings, ids.SETTINGS, "open")])
    return {"type": "home", "blocks": [header, *_top(home, words), settings, *_deals(home, words)]}


def talent_modal(home: TalentHome) -> View:
    """Render the same for a talent who comes from a message."""
    words = words_in(home.language)
    return {
        "type": "modal",
        "title": plain_text(words.mine),
        "close": plain_text(words.close),
        "blocks": [*_top(home, words), *_deals(home, words)],
    }


def _top(home: TalentHome, words: TalentWords) -> list[Block]:
    if not home.deals:
        return [section(words.none_yet)]
    return [_sums(home, words)] if home.show_amounts else []


def _deals(home: TalentHome, words: TalentWords) -> list[Block]:
    blocks: list[Block] = []
    for deal in home.deals:
        blocks += [divider(), section(_said(deal, home, words))]
    if home.total > len(home.deals):
        blocks.append(context(words.newest.format(len(home.deals), home.total)))
    return blocks


def _sums(home: TalentHome, words: TalentWords) -> Block:
    def total(cents: Callable[[DealSums], int]) -> str:
        return words.join([words.amount(cents(each), each.currency) for each in home.sums])

    return section(
        words.sums.format(
            awaited=total(lambda each: each.awaited_cents),
            paid=total(lambda each: each.paid_cents),
            invoiced=total(lambda each: each.invoiced_cents),
        )
    )


def _said(deal: Deal, home: TalentHome, words: TalentWords) -> str:
    first = f"*{escape(deal.title, 100)}* — {escape(deal.client, 80)}"
    facts = [_state(deal, home, words)]
    if home.show_amounts:
        facts.append(words.invoiced.format(words.amount(deal.invoiced_cents, deal.currency)))
        if 0 < deal.paid_cents < deal.invoiced_cents:
            facts.append(words.paid_so_far.format(words.amount(deal.paid_cents, deal.currency)))
            facts.append(words.awaited.format(words.amount(deal.awaited_cents, deal.currency)))
        if deal.net_cents is not None:
            facts.append(words.share.format(words.amount(deal.net_cents, deal.currency)))
    return f"{first}\n{' · '.join(facts)}"


def _state(deal: Deal, home: TalentHome, words: TalentWords) -> str:
    if not deal.invoiced_cents:
        return words.not_invoiced
    if deal.awaited_cents <= 0:
        return words.paid
    said = words.paid_partly if deal.paid_cents else words.expected
    return f"{said}, {words.due(deal.due_date, home.today)}" if deal.due_date else said
