"""A file of invoices is read however it was written: separator, encoding, line ends, headings."""

from pathlib import Path

import pytest

from bot.context import Context
from bot.invoices.importing import ImportRefusedError, import_file
from tests.bot.invoices.support import HEADINGS, NIKE, counts, refusal, stored, write_and_import

FRENCH = (
    "Échéance;N° de facture;Client;Montant TTC;Collaboration;Talent;E-mail talent\n"
    '31/01/2026;FACT-2026-050;ACME;"1 234,56 €";Lancement;Léa;lea@agence.example\n'
)


async def test_french_headings_in_any_order_with_semicolons_are_read(ctx: Context, file: Path) -> None:
    report = await write_and_import(ctx, file, FRENCH)
    assert counts(report) == (1, 0, 0)
    (invoice,) = await stored(ctx.database)
    assert invoice.total_cents == 123456
    assert str(invoice.due_date) == "2026-01-31"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_the_separator_is_read_from_the_headings(ctx: Context, file: Path, separator: str) -> None:
    heading = separator.join(["numero", "client", "montant_ttc", "echeance"])
    row = separator.join(["F-1", '"Dupont; Martin, et fils"', '"12,50"', "31/12/2026"])
    await write_and_import(ctx, file, f"{heading}\n{row}\n")
    (invoice,) = await stored(ctx.database)
    assert (invoice.client.name, invoice.total_cents) == ("Dupont; Martin, et fils", 1250)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
    ],
)
async def test_every_usual_encoding_is_recognised_and_named(
    ctx: Context, file: Path, encoding: str, shown: str
) -> None:
    report = await write_and_import(ctx, file, FRENCH.encode(encoding))
    assert report.encoding == shown
    (invoice,) = await stored(ctx.database)
    assert invoice.collaboration is not None
    assert invoice.collaboration.talent is not None
    assert invoice.collaboration.talent.name == "Léa"


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
async def test_every_line_ending_is_read(ctx: Context, file: Path, ending: str) -> None:
    report = await write_and_import(ctx, file, (HEADINGS + NIKE).replace("\n", ending))
    assert report.created == 1


async def test_the_first_line_that_excel_writes_is_obeyed(ctx: Context, file: Path) -> None:
    assert (await write_and_import(ctx, file, "sep=;\r\n" + FRENCH)).created == 1


async def test_blank_lines_and_line_breaks_inside_quotes_do_no_harm(ctx: Context, file: Path) -> None:
    content = (
        '\n\nnumero;client;total;echeance\n\nF-1;"NIKE\nFrance";10;31/12/2026\n;;;\nF-2;X;abc;31/12/2026\n'
    )
    assert await refusal(ctx, file, content) == ["Ligne 8, colonne « total » : montant illisible « abc »"]
    await write_and_import(ctx, file, content.replace("abc", "20"))
    assert [invoice.client.name for invoice in await stored(ctx.database)] == ["NIKE France", "X"]


async def test_columns_we_do_not_use_are_named_and_own_headings_can_be_given(
    ctx: Context, file: Path
) -> None:
    content = "numero;client;À régler;echeance;Commentaire\nF-1;NIKE;10;31/12/2026;rien\n"
    report = await write_and_import(ctx, file, content, columns={"À régler": "total"})
    assert report.ignored_columns == ("Commentaire",)
    assert report.sentences()[0] == (
        "1\u00a0facture créée, 0\u00a0modifiée, 0\u00a0inchangée (fichier lu en UTF-8)."
    )
    sentences = await refusal(ctx, file, content)
    assert sentences == [
        "Colonnes manquantes : total ou amount. Titres lus : numero, client, À régler, echeance, Commentaire."
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "vide"),
        (b"\n\n  \n", "vide"),
        (b"PK\x03\x04rest", "CSV"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x00\x00\x00", "octets nuls"),
        (b"numero;client;total;echeance\n", "aucune facture"),
        (b"bonjour\n", "Colonnes manquantes"),
        (b"numero;client;total;echeance;Client\n", "disent la même chose"),
        (b'numero;client;total;echeance\nF-1;"NIKE;10;31/12/2026\n', "Ligne 2 : guillemets"),
        (b"numero;client;total;echeance\nF-1;NI\x81KE;10;31/12/2026\n", "Ligne 2 : caractère illisible"),
        (b"\xef\xbb\xbfnumero;client;total;echeance\nF-1;NIK\xc9;10;31/12/2026\n", "UTF-8 (octet 40)"),
        (b"numero;client;total;echeance\nF-1;" + b"x" * 200_000 + b";10;31/12/2026\n", "démesurée"),
        (b"numero;client;total;echeance\nF-1;" + b"x" * 2_000_000, "démesurée"),
    ],
)
async def test_a_file_that_is_no_csv_of_invoices_gets_a_clear_error(
    ctx: Context, file: Path, content: bytes, reason: str
) -> None:
    (sentence,) = await refusal(ctx, file, content)
    assert reason in sentence


async def test_a_missing_file_and_a_folder_get_a_clear_error(ctx: Context, tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "absent.csv", "introuvable"), (tmp_path, "dossier")):
        with pytest.raises(ImportRefusedError, match=reason):
            await import_file(ctx, path)
