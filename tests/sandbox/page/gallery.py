"""Every block and element the bot may use, in messages, a modal and a Home view."""

from typing import Any

Json = dict[str, Any]

DAY = 1790000000


def text(value: str) -> Json:
    return {"type": "plain_text", "text": value}


def md(value: str) -> Json:
    return {"type": "mrkdwn", "text": value}


def option(value: str, label: str, description: str | None = None) -> Json:
    return {"value": value, "text": text(label)} | ({"description": text(description)} if description else {})


def button(label: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": text(label), "action_id": action_id, "value": f"v1:{action_id}"} | more


OPTIONS = [
    option("fees", "Frais bancaires"),
    option("discount", "Escompte", "Accordé au client"),
    option("none", "Aucun"),
]
CONFIRM = {
    "title": text("Annuler l’association"),
    "text": md("La facture *FACT-2026-042* sera de nouveau ouverte."),
    "confirm": text("Annuler l’association"),
    "deny": text("Garder"),
    "style": "danger",
}

CARD: list[Json] = [
    {
        "type": "section",
        "block_id": "head",
        "text": md("*1\u202f500,00\u00a0€*  de *NIKE FRANCE*\n27 janvier 2026"),
        "accessory": {
            "type": "overflow",
            "action_id": "more",
            "options": [
                option("history", "Voir l’historique"),
                option("json", "Signaler une erreur", "À l’équipe"),
            ],
        },
    },
    {
        "type": "context",
        "block_id": "ctx",
        "elements": [md("Paiement facture FACT-2026-042 · réf. VIR-2026-001")],
    },
    {"type": "divider", "block_id": "line"},
    {
        "type": "section",
        "block_id": "one",
        "text": md(
            "*FACT-2026-042* — NIKE · 1\u202f500,00\u00a0€ · échue le 30 janv. · "
            "Camille D. (Campagne printemps)\n"
            "Numéro lu dans le libellé · montant exact · 3e paiement depuis cet IBAN"
        ),
        "accessory": button(
            "Associer", "associate", style="primary", accessibility_label="Associer FACT-2026-042"
        ),
    },
    {"type": "divider", "block_id": "line2"},
    {
        "type": "actions",
        "block_id": "act",
        "elements": [button("Autre facture…", "other"), button("Pas un paiement client", "ignore")],
    },
    {
        "type": "context",
        "block_id": "foot",
        "elements": [md("À rapprocher · très probable · compte Principal ••4396")],
    },
]

DECIDED: list[Json] = [
    {
        "type": "section",
        "block_id": "head",
        "text": md(
            "*1\u202f200,00\u00a0€*  de *MAISON ORVAL*\n"
            ":white_check_mark: Associé à *FACT-2026-031* par <@U0MAUD> le 27 janv. à 14:05 · "
            "facture payée · talent prévenu"
        ),
    },
    {
        "type": "actions",
        "block_id": "act",
        "elements": [
            button("Annuler l’association", "undo", style="danger", confirm=CONFIRM),
            button("Voir l’historique", "history"),
        ],
    },
]

MARKUP = (
    "*gras* _italique_ ~barré~ `code *brut*` et *gras avec _italique_*\n"
    "> une citation\n> sur deux lignes\n"
    "• premier point\n• second point avec <https://exemple.example/a|un lien>\n"
    "<@U0CAMILLE> dans <#C0GENERAL> le <!date^1790000000^{date_num} à {time}|27/01/2026>"
    " :warning: :inconnu:\n"
    "R&amp;D &lt;b&gt;pas du HTML&lt;/b&gt; <script>alert(1)</script> 3*4*5 snake_case_name\n"
    "```FACT-2026-042\n  1 500,00```"
)

ELEMENTS: list[Json] = [
    {"type": "header", "block_id": "h", "text": text("Tous les éléments")},
    {
        "type": "section",
        "block_id": "fields",
        "text": md("Champs"),
        "fields": [
            md("*Payeur*\nNIKE FRANCE"),
            md("*Date*\n27 janvier 2026"),
            text("Compte\nPrincipal"),
            md("*Reste*\n0,00\u00a0€"),
        ],
    },
    {
        "type": "section",
        "block_id": "static",
        "text": md("Période"),
        "accessory": {
            "type": "static_select",
            "action_id": "period",
            "placeholder": text("Choisir une période"),
            "options": [option("month", "Ce mois-ci"), option("year", "Cette année")],
            "initial_option": option("month", "Ce mois-ci"),
        },
    },
    {
        "type": "section",
        "block_id": "grouped",
        "text": md("État"),
        "accessory": {
            "type": "static_select",
            "action_id": "state",
            "placeholder": text("Choisir un état"),
            "option_groups": [
                {"label": text("Ouvertes"), "options": OPTIONS[:1]},
                {"label": text("Closes"), "options": OPTIONS[1:]},
            ],
        },
    },
    {
        "type": "actions",
        "block_id": "pick",
        "elements": [
            {
                "type": "datepicker",
                "action_id": "day",
                "initial_date": "2026-01-27",
                "placeholder": text("Jour"),
            },
            {
                "type": "timepicker",
                "action_id": "hour",
                "initial_time": "09:00",
                "placeholder": text("Heure"),
            },
            {"type": "users_select", "action_id": "who", "placeholder": text("Choisir une personne")},
            {
                "type": "conversations_select",
                "action_id": "where",
                "placeholder": text("Choisir un canal"),
                "initial_conversation": "C0GENERAL",
            },
            {"type": "radio_buttons", "action_id": "radio", "options": OPTIONS, "initial_option": OPTIONS[0]},
            {
                "type": "checkboxes",
                "action_id": "boxes",
                "options": [
                    {
                        "value": "a",
                        "text": md("*Immédiat*"),
                        "description": text("Dès qu’un paiement arrive"),
                    },
                    option("b", "Récapitulatif"),
                ],
            },
            button("Ouvrir dans Qonto", "open", url="https://app.qonto.example/t/1"),
        ],
    },
    {
        "type": "image",
        "block_id": "img",
        "image_url": "/page/icon.svg",
        "alt_text": "Une coche verte",
        "title": text("Une image"),
    },
    {
        "type": "image",
        "block_id": "away",
        "image_url": "https://ailleurs.example/x.png",
        "alt_text": "Image d’ailleurs",
    },
    {
        "type": "context",
        "block_id": "ctx",
        "elements": [
            {"type": "image", "image_url": "/page/icon.svg", "alt_text": "coche"},
            md("contexte"),
            text("texte simple"),
        ],
    },
    {
        "type": "rich_text",
        "block_id": "rich",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Texte "},
                    {"type": "text", "text": "riche", "style": {"bold": True}},
                    {"type": "user", "user_id": "U0MAUD"},
                    {"type": "emoji", "name": "warning"},
                    {"type": "link", "url": "https://exemple.example", "text": "lien"},
                ],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "un"}]}],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "cité"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "brut"}]},
        ],
    },
]


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": text(label), "element": element} | more


INPUTS: list[Json] = [
    {
        "type": "section",
        "block_id": "what",
        "text": md("*1\u202f500,00\u00a0€* · NIKE FRANCE · 27 janvier 2026 · « vir nike janv »"),
    },
    field(
        "invoices",
        "Factures",
        {
            "type": "multi_external_select",
            "action_id": "pick",
            "min_query_length": 2,
            "placeholder": text("Chercher par numéro, client ou montant"),
        },
    ),
    field(
        "amount",
        "Montant",
        {"type": "plain_text_input", "action_id": "amount", "initial_value": "1 000,00"},
        hint=text("Reste dû\u00a0: 1\u202f000,00\u00a0€"),
    ),
    field(
        "reason", "Écart", {"type": "radio_buttons", "action_id": "reason", "options": OPTIONS}, optional=True
    ),
    field(
        "why",
        "Motif",
        {
            "type": "static_select",
            "action_id": "why",
            "options": OPTIONS,
            "placeholder": text("Choisir un motif"),
        },
        optional=True,
    ),
    field(
        "note",
        "Remarque",
        {"type": "plain_text_input", "action_id": "note", "multiline": True},
        optional=True,
    ),
    field(
        "days",
        "Jours",
        {
            "type": "number_input",
            "action_id": "days",
            "is_decimal_allowed": False,
            "min_value": "1",
            "max_value": "90",
        },
        optional=True,
    ),
    field("day", "Date", {"type": "datepicker", "action_id": "day"}, optional=True),
    field("people", "Personnes", {"type": "multi_users_select", "action_id": "people"}, optional=True),
    field(
        "client",
        "Client",
        {"type": "external_select", "action_id": "client", "min_query_length": 1},
        optional=True,
    ),
    field(
        "kinds",
        "Types",
        {
            "type": "multi_static_select",
            "action_id": "kinds",
            "options": OPTIONS,
            "initial_options": OPTIONS[:1],
        },
        optional=True,
    ),
    field(
        "notify",
        "Prévenir",
        {"type": "checkboxes", "action_id": "notify", "options": OPTIONS[:2], "initial_options": OPTIONS[:1]},
        optional=True,
    ),
]
