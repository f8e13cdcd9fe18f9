"""What a talent reads in messages, their own tab, settings and answers, in the language they chose."""

from bot.locale import en, fr


class TalentWords:
    """How one language writes money, days and lists, and its words, here French; callers fill the ``{}``."""

    amount = staticmethod(fr.amount)
    day = staticmethod(fr.day)
    due = staticmethod(fr.due)
    join = staticmethod(fr.join)
    mine = "Mes collaborations"
    yours = "Vos collaborations"
    none_yet = "Aucune collaboration facturée pour le moment."
    my_settings = "Mes réglages"
    sums = "*Attendu*\u00a0: {awaited}\n*Payé*\u00a0: {paid}\n*Facturé*\u00a0: {invoiced}"
    newest = "{} collaborations sur {}, les plus récentes."
    older = "et {} plus anciennes"
    invoiced = "facturé {}"
    paid_so_far = "payé {}"
    awaited = "attendu {}"
    share = "votre part {}"
    not_invoiced = "Pas encore facturée"
    paid = "✓ Payée"
    paid_on = "payée le {}"
    paid_partly = "Payée en partie"
    expected = "Attendue"
    settings = "Réglages"
    save = "Enregistrer"
    cancel = "Annuler"
    close = "Fermer"
    when = "Quand faut-il vous prévenir\u202f?"
    at_once = "Dès qu’un client a payé"
    daily = "Une fois par jour, à heure fixe"
    never = "Jamais"
    daily_hour = "Heure, une fois par jour"
    language = "Langue"
    help = "`/qonto statut` montre vos collaborations et leurs paiements."
    for_the_rest = (
        "Le reste est réservé aux administrateurs. Pour une question sur un règlement, demandez à {}."
    )
    either = " ou "
    admins_only = "Seuls les administrateurs peuvent associer un paiement. Demandez à {}."
    failed = (
        "Une erreur est survenue\u202f; rien n’a peut-être été changé. "
        "Réessayez, puis signalez la référence {} si cela continue."
    )
    old_button = "Ce bouton n’est plus reconnu. Ouvrez la carte à jour du paiement."
    old_form_title = "Fenêtre à rouvrir"
    old_form = (
        "Cette fenêtre n’est plus reconnue, et rien n’a été changé. Fermez-la, puis ouvrez-la à nouveau."
    )
    answer_title = "Rapprochement"
    link_question = "Êtes-vous bien {}\u202f?"
    link_why = (
        "{} veut vous prévenir ici quand un client règle l’une de vos collaborations. "
        "Rien n’est montré avant votre réponse."
    )
    it_is_me = "C’est moi"
    it_is_not_me = "Ce n’est pas moi"
    link_confirmed = "Merci, {}. Les règlements de vos collaborations vous seront annoncés ici."
    link_refused = "C’est noté\u00a0: vous n’êtes pas {}. Rien ne vous sera envoyé."
    paid_opening = "Payé\u202f!"
    paid_invoices = ("Facture", "Factures")
    paid_whole = "{client} a réglé votre collaboration *{deal}*\u00a0: {earned}, paiement reçu le {day}."
    paid_whole_hidden = "{client} a réglé votre collaboration *{deal}*, paiement reçu le {day}."
    paid_part = (
        "{client} a réglé une partie de votre collaboration *{deal}*\u00a0: "
        "{received} sur {total}, reçus le {day}."
    )
    paid_part_hidden = "{client} a réglé une partie de votre collaboration *{deal}*, paiement reçu le {day}."
    your_share = "votre part\u00a0: {}"
    with_balance = "{received}, le solde de {total}"
    correction = (
        "Une erreur s’est glissée\u00a0: le paiement de {} concernait une autre facture. "
        "Nous vous prévenons dès qu’il arrive."
    )

    def hour(self, hour: int) -> str:
        """Write an hour of the day."""
        return f"{hour}\u00a0h"

    def more_payments(self, count: int) -> str:
        """Say how many payments a message leaves out."""
        return f"Et {fr.count(count, 'autre règlement', 'autres règlements')}."

    def refused(self, french: str, _english: str) -> str:
        """Choose the reason of a refusal that this person can read."""
        return french


class EnglishWords(TalentWords):
    """The same in English; a test sees that nothing is left in French."""

    amount = staticmethod(en.amount)
    day = staticmethod(en.day)
    due = staticmethod(en.due)
    join = staticmethod(en.join)
    mine = "My collaborations"
    yours = "Your collaborations"
    none_yet = "No collaboration has been invoiced yet."
    my_settings = "My settings"
    sums = "*Expected*: {awaited}\n*Paid*: {paid}\n*Invoiced*: {invoiced}"
    newest = "{} of {} collaborations, latest first."
    older = "and {} earlier ones"
    invoiced = "invoiced {}"
    paid_so_far = "paid {}"
    awaited = "expected {}"
    share = "your share {}"
    not_invoiced = "Not invoiced yet"
    paid = "✓ Paid"
    paid_on = "paid on {}"
    paid_partly = "Partly paid"
    expected = "Expected"
    settings = "Settings"
    save = "Save"
    cancel = "Cancel"
    close = "Close"
    when = "When should we tell you?"
    at_once = "As soon as a client has paid"
    daily = "Once a day, at a fixed hour"
    never = "Never"
    daily_hour = "Hour, once a day (Paris time)"
    language = "Language"
    help = "`/qonto statut` shows your collaborations and what was paid."
    for_the_rest = "The rest is for administrators. About a payment, ask {}."
    either = " or "
    admins_only = "Only administrators can match a payment. Ask {}."
    failed = (
        "Something went wrong; maybe nothing was changed. "
        "Try again, then report the reference {} if it goes on."
    )
    old_button = "This button is no longer known. Open the latest message about this payment."
    old_form_title = "Open again"
    old_form = "This window is no longer known, and nothing was changed. Close it, then open it again."
    answer_title = "Answer"
    link_question = "Are you {}?"
    link_why = (
        "{} wants to tell you here when a client pays for one of your collaborations. "
        "Nothing is shown before you answer."
    )
    it_is_me = "That’s me"
    it_is_not_me = "That’s not me"
    link_confirmed = "Thank you, {}. Payments for your collaborations will be announced to you here."
    link_refused = "Noted: you are not {}. Nothing will be sent to you."
    paid_opening = "Paid!"
    paid_invoices = ("Invoice", "Invoices")
    paid_whole = "{client} paid for your collaboration *{deal}*: {earned}. Payment received on {day}."
    paid_whole_hidden = "{client} paid for your collaboration *{deal}*. Payment received on {day}."
    paid_part = "{client} paid part of your collaboration *{deal}*: {received} of {total}, received on {day}."
    paid_part_hidden = "{client} paid part of your collaboration *{deal}*: received on {day}."
    your_share = "your share: {}"
    with_balance = "{received}, the balance of {total}"
    correction = (
        "We made a mistake: the payment from {} was for another invoice. "
        "We will tell you as soon as yours arrives."
    )

    def hour(self, hour: int) -> str:
        """Write an hour of the day."""
        return f"{hour}:00"

    def more_payments(self, count: int) -> str:
        """Say how many payments a message leaves out."""
        return f"And {count} more payment{'s' if count > 1 else ''}."

    def refused(self, french: str, english: str) -> str:
        """Choose the reason of a refusal that this person can read."""
        return english or french


FRENCH, ENGLISH = TalentWords(), EnglishWords()


def words_in(language: str) -> TalentWords:
    """Give the words of a language; French unless English was chosen."""
    return ENGLISH if language == "en" else FRENCH
