from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.context import Actor, Context
from bot.errors import NotAllowedError
from bot.invoices.importing import import_file
from store.books import audit
from store.db.engine import Database
from store.invoices.read import get_by_number
from store.models import AuditEntry, Client, Talent, Transaction
from store.payments.movements import NewTransaction
from store.suggestions import rematching
from store.types import ActorKind, PaymentState
from tests.bot.invoices.support import HEADINGS, NIKE, NOW, counts, refusal, stored, write, write_and_import
from tests.support.store_rows import add_payment, associate, upsert_transaction


async def test_a_file_creates_its_invoices_with_client_talent_and_collaboration(
    ctx: Context, file: Path
) -> None:
    report = await write_and_import(ctx, file, HEADINGS + NIKE)
    assert counts(report) == (1, 0, 0)
    (invoice,) = await stored(ctx.database)
    assert (invoice.number, invoice.total_cents, invoice.currency) == ("FACT-2026-042", 150000, "EUR")
    assert (invoice.client.name, invoice.client.email) == ("NIKE", "compta@nike.example")
    assert invoice.collaboration is not None
    assert invoice.collaboration.title == "Campagne printemps"
    assert invoice.collaboration.talent is not None
    assert invoice.collaboration.talent.email == "camille@agence.example"
    assert str(invoice.due_date) == "2026-01-30"


async def test_importing_twice_changes_nothing(ctx: Context, file: Path) -> None:
    await write_and_import(ctx, file, HEADINGS + NIKE)
    before = [(invoice.version, invoice.updated_at) for invoice in await stored(ctx.database)]
    report = await write_and_import(ctx, file, HEADINGS + NIKE)
    assert counts(report) == (0, 0, 1)
    assert [(invoice.version, invoice.updated_at) for invoice in await stored(ctx.database)] == before
    assert (await entries(ctx.database)) == ["import_invoices"]


async def entries(database: Database) -> list[str]:
    async with database.read() as session:
        assert await audit.check_chain(session) == []
        return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))


async def test_every_bad_line_is_named_and_nothing_is_saved(ctx: Context, file: Path) -> None:
    content = (
        "numero;client;montant_ttc;echeance;e-mail client;devise;type;langue\n"
        "F-1;NIKE;100;31/12/2026;;;;\n"
        ";NIKE;100;31/12/2026;;;;\n"
        "F-3;;1,234;12/31/2026;pas une adresse;EURO;devis;de\n"
        "F-4;NIKE;-5;31/12/2026;;;;\n"
        "F-5;NIKE;0;;;;;\n"
        "F-6;NIKE;10;31/12/2026;;;;;;trop\n"
        f"F-7;{'x' * 300};10;31/12/2026;;;;\n"
        "F-8;a\x01b;10;31/12/2026;;;;\n"
    )
    assert await refusal(ctx, file, content) == [
        "Ligne 3, colonne « numero » : valeur manquante",
        "Ligne 4, colonne « type » : type inconnu : écrire facture ou avoir",
        "Ligne 4, colonne « client » : valeur manquante",
        "Ligne 4, colonne « montant_ttc » : montant ambigu « 1,234 » : écrire 1234,00 ou 1,23",
        "Ligne 4, colonne « echeance » : date impossible « 12/31/2026 » : le jour vient en premier",
        "Ligne 4, colonne « e-mail client » : adresse e-mail invalide",
        "Ligne 4, colonne « devise » : devise inconnue : écrire un code à trois lettres, comme EUR",
        "Ligne 4, colonne « langue » : langue inconnue : écrire fr ou en",
        (
            "Ligne 5, colonne « montant_ttc » : montant négatif : "
            "pour un avoir, l’écrire dans une colonne « type »"
        ),
        "Ligne 6, colonne « montant_ttc » : montant nul",
        "Ligne 6, colonne « echeance » : valeur manquante",
        (
            "Ligne 7 : 10 valeurs pour 8 colonnes : "
            "mettre entre guillemets les valeurs qui contiennent le séparateur"
        ),
        "Ligne 8, colonne « client » : valeur trop longue (300 caractères, 255 au plus)",
        "Ligne 9, colonne « client » : caractère de contrôle dans la valeur",
    ]
    assert await stored(ctx.database) == []
    async with ctx.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Client)) == 0


async def test_one_bad_line_in_a_thousand_refuses_the_file_unless_told_to_skip_it(
    ctx: Context, file: Path
) -> None:
    rows = [f"F-{index};NIKE;{index}.50;31/12/2026\n" for index in range(1, 301)]
    rows[149] = "F-150;NIKE;gratuit;31/12/2026\n"
    content = "numero;client;total;echeance\n" + "".join(rows)
    assert len(await refusal(ctx, file, content)) == 1
    assert await stored(ctx.database) == []
    report = await write_and_import(ctx, file, content, skip_bad=True)
    assert (report.created, report.skipped) == (299, 1)
    assert report.sentences()[-2:] == [
        "1\u00a0ligne écartée :",
        "Ligne 151, colonne « total » : montant illisible « gratuit »",
    ]


async def test_many_problems_are_counted_but_only_the_first_are_listed(ctx: Context, file: Path) -> None:
    content = "numero;client;total;echeance\n" + "F;X;abc;31/12/2026\n" * 200
    sentences = await refusal(ctx, file, content)
    assert len(sentences) == 51
    assert sentences[-1] == "… et 150\u00a0autres problèmes."


async def test_a_number_given_twice_is_skipped_when_the_same_and_refused_otherwise(
    ctx: Context, file: Path
) -> None:
    assert counts(await write_and_import(ctx, file, HEADINGS + NIKE + NIKE)) == (1, 0, 1)
    other = NIKE.replace("1500.00", "1600.00").replace("FACT", "Fact")
    assert await refusal(ctx, file, HEADINGS + NIKE + other) == [
        "Ligne 3 : le numéro Fact-2026-042 est déjà ligne 2, avec un autre contenu"
    ]


async def test_what_is_known_otherwise_is_listed_and_not_overwritten(ctx: Context, file: Path) -> None:
    await write_and_import(ctx, file, HEADINGS + NIKE)
    changed = NIKE.replace("1500.00", "1600.00").replace("2026-01-30", "2026-02-28")
    new = NIKE.replace("042", "043")
    assert await refusal(ctx, file, HEADINGS + changed + new) == [
        (
            "Ligne 2 : la facture FACT-2026-042 est connue avec un autre contenu "
            "(montant et échéance) ; --update la modifie"
        )
    ]
    (invoice,) = await stored(ctx.database)
    assert (invoice.total_cents, invoice.version) == (150000, 1)


async def test_with_update_a_known_invoice_without_payment_changes(ctx: Context, file: Path) -> None:
    await write_and_import(ctx, file, HEADINGS + NIKE)
    changed = NIKE.replace("1500.00", "1600.00")
    assert counts(await write_and_import(ctx, file, HEADINGS + changed, update=True)) == (0, 1, 0)
    (invoice,) = await stored(ctx.database)
    assert (invoice.total_cents, invoice.open_cents) == (160000, 160000)


async def test_what_the_file_does_not_say_stays_as_it_is_known(ctx: Context, file: Path) -> None:
    await write_and_import(ctx, file, HEADINGS + NIKE)
    short = "numero;client;total;echeance\nFACT-2026-042;Nike;1 500,00;30/01/2026\n"
    assert counts(await write_and_import(ctx, file, short)) == (0, 0, 1)
    await write_and_import(ctx, file, short.replace("1 500", "1 700"), update=True)
    (invoice,) = await stored(ctx.database)
    assert invoice.collaboration is not None
    assert (invoice.total_cents, invoice.collaboration.title) == (170000, "Campagne printemps")


async def test_an_address_that_was_missing_is_completed(ctx: Context, file: Path) -> None:
    await write_and_import(ctx, file, (HEADINGS + NIKE).replace("camille@agence.example", ""))
    await write_and_import(ctx, file, HEADINGS + NIKE)
    async with ctx.database.read() as session:
        assert list(await session.scalars(select(Talent.email))) == ["camille@agence.example"]


async def pay(ctx: Context, number: str) -> None:
    async with ctx.database.write() as session:
        invoice = await get_by_number(session, number)
        assert invoice is not None
        payment = await add_payment(session, amount_cents=invoice.total_cents)
        await associate(session, payment.id, (invoice.id, invoice.total_cents))


@pytest.mark.parametrize("options", [{}, {"update": True}])
async def test_a_paid_invoice_is_never_changed(ctx: Context, file: Path, options: dict[str, bool]) -> None:
    await write_and_import(ctx, file, HEADINGS + NIKE)
    await pay(ctx, "FACT-2026-042")
    assert counts(await write_and_import(ctx, file, HEADINGS + NIKE, **options)) == (0, 0, 1)
    later = HEADINGS + NIKE.replace("2026-01-30", "2026-03-31")
    assert await refusal(ctx, file, later, **options) == [
        "Ligne 2 : la facture FACT-2026-042 a déjà reçu des paiements, elle ne change plus"
    ]
    dearer = HEADINGS + NIKE.replace("1500.00", "1600.00")
    assert await refusal(ctx, file, dearer, **options) == [
        "Ligne 2 : facture FACT-2026-042 : elle a déjà reçu des paiements, montant ne peut plus changer"
    ]
    (invoice,) = await stored(ctx.database)
    assert (invoice.status, str(invoice.due_date)) == ("paid", "2026-01-30")


async def test_an_address_that_belongs_to_another_talent_refuses_the_file(ctx: Context, file: Path) -> None:
    other = NIKE.replace("042", "043").replace("Camille D.", "Hugo M.")
    assert await refusal(ctx, file, HEADINGS + NIKE + other) == [
        "Ligne 3 : cette adresse e-mail appartient déjà à un autre talent"
    ]
    assert await stored(ctx.database) == []


async def test_a_credit_note_says_its_kind_and_keeps_positive_cents(ctx: Context, file: Path) -> None:
    content = "numero;client;total;echeance;type\nA-1;NIKE;-50,00;31/12/2026;Avoir\nF-1;NIKE;50;31/12/2026;\n"
    await write_and_import(ctx, file, content)
    assert [(invoice.kind, invoice.total_cents) for invoice in await stored(ctx.database)] == [
        ("credit_note", 5000),
        ("invoice", 5000),
    ]


async def test_cells_that_look_like_formulas_are_kept_as_they_are(ctx: Context, file: Path) -> None:
    content = "numero;client;total;echeance\n=1+1;+SUM(A1);10;31/12/2026\n@F;-2;10;31/12/2026\n"
    await write_and_import(ctx, file, content)
    assert [(invoice.number, invoice.client.name) for invoice in await stored(ctx.database)] == [
        ("=1+1", "+SUM(A1)"),
        ("@F", "-2"),
    ]


async def test_waiting_payments_of_the_currency_are_looked_at_again(ctx: Context, file: Path) -> None:
    async with ctx.database.write() as session:
        for qonto_id, currency in (("t-eur", "EUR"), ("t-usd", "USD")):
            new = NewTransaction(
                qonto_id=qonto_id,
                side="credit",
                status="completed",
                amount_cents=100,
                currency=currency,
                bank_updated_at=NOW,
                payload={},
            )
            row = (await upsert_transaction(session, new, NOW)).transaction
            row.state, row.needs_matching = PaymentState.UNMATCHED, False
    await write_and_import(ctx, file, HEADINGS + NIKE)
    while await ctx.database.run(lambda session: rematching.spread(session, NOW)):
        pass
    async with ctx.database.read() as session:
        rows = await session.execute(select(Transaction.qonto_id, Transaction.needs_matching))
        assert {row[0]: row[1] for row in rows} == {"t-eur": True, "t-usd": False}


async def test_only_an_admin_imports(ctx: Context, file: Path) -> None:
    write(file, HEADINGS + NIKE)
    with pytest.raises(NotAllowedError):
        await import_file(ctx, file, actor=Actor(ActorKind.SLACK, "U1", is_admin=False))


class PowerCutError(Exception):
    pass


async def test_an_import_cut_half_way_is_taken_up_by_importing_again(ctx: Context, file: Path) -> None:
    content = "numero;client;total;echeance\n" + "".join(
        f"F-{index};NIKE;10;31/12/2026\n" for index in range(1, 301)
    )

    def cut(stage: str, _lines: int) -> None:
        if stage == "enregistrées":
            raise PowerCutError

    with pytest.raises(PowerCutError):
        await write_and_import(ctx, file, content, progress=cut)
    saved = len(await stored(ctx.database))
    assert saved > 0
    assert counts(await write_and_import(ctx, file, content)) == (300 - saved, 0, saved)
    assert len(await stored(ctx.database)) == 300
