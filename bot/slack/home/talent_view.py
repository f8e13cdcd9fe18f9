"""The Home tab of a talent: pure, their own collaborations only, in the language they chose."""

from bot.queries.talent_home import Deal, TalentHome
from bot.slack.blocks import ids
from bot.slack.blocks.kit import (
    Block,
    View,
    actions,
    button,
    context,
    divider,
    header,
    home_tab,
    modal,
    section,
)
from bot.slack.blocks.talent_words import TalentWords, words_in
from bot.slack.blocks.text import escape


def talent_home(home: TalentHome) -> View:
    """Render what is invoiced, paid and awaited for one talent."""
    words = words_in(home.language)
    settings = actions([button(words.my_settings, ids.SETTINGS, "open")])
    return home_tab([header(words.mine), *_top(home, words), settings, *_deals(home, words)])


def talent_modal(home: TalentHome) -> View:
    """Render the same for a talent who comes from a message."""
    words = words_in(home.language)
    return modal(words.mine, [*_top(home, words), *_deals(home, words)], close=words.close)


def _top(home: TalentHome, words: TalentWords) -> list[Block]:
    if not home.deals:
        return [section(words.none_yet)]
    if not home.show_amounts:
        return []
    totals = {
        name: words.join([words.amount(getattr(sums, f"{name}_cents"), sums.currency) for sums in home.sums])
        for name in ("awaited", "paid", "invoiced")
    }
    return [section(words.sums.format(**totals))]


def _deals(home: TalentHome, words: TalentWords) -> list[Block]:
    blocks: list[Block] = []
    for deal in home.deals:
        blocks += [divider(), section(_deal(deal, home, words))]
    if home.total > len(home.deals):
        blocks.append(context(words.newest.format(len(home.deals), home.total)))
    return blocks


def _deal(deal: Deal, home: TalentHome, words: TalentWords) -> str:
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
    state = words.paid_partly if deal.paid_cents else words.expected
    return f"{state}, {words.due(deal.due_date, home.today)}" if deal.due_date else state
