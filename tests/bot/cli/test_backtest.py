import json

from tests.bot.cli.support import Shell

CLIENTS = "client_id,name,aliases,ibans\nc1,NIKE FRANCE,NIKE,\n"
INVOICES = (
    "number,client_id,currency,total,open,issue_date,due_date,status\n"
    "FACT-2026-042,c1,EUR,1500.00,1500.00,2026-01-02,2026-01-30,open\n"
)
PAYMENTS = (
    "payment_id,currency,amount,settled_on,payer_name,payer_iban,text,expected\n"
    "p1,EUR,1500.00,2026-01-27,NIKE FRANCE,,FACT-2026-042,FACT-2026-042:1500.00\n"
)


def history(shell: Shell, payments: str = PAYMENTS) -> None:
    folder = shell.folder / "historique"
    folder.mkdir()
    for name, content in (("clients", CLIENTS), ("invoices", INVOICES), ("payments", payments)):
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")


def test_a_history_is_scored_line_by_line_with_a_summary_beside(shell: Shell) -> None:
    history(shell)
    ran = shell("backtest", "historique")
    assert ran.code == 0, ran.err
    (line,) = ran.out.splitlines()
    scored = json.loads(line)
    assert scored["payment_id"] == "p1"
    assert scored["hypotheses"][0]["allocations"] == [{"invoice": "FACT-2026-042", "amount": "1500.00"}]
    assert ran.err.strip()


def test_results_go_to_a_file_that_is_whole(shell: Shell) -> None:
    history(shell)
    ran = shell("backtest", "historique", "--out", "resultats.jsonl")
    assert (ran.code, ran.out) == (0, "")
    assert len((shell.folder / "resultats.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_a_history_that_cannot_be_read_leaves_no_file(shell: Shell) -> None:
    history(shell, PAYMENTS.replace("1500.00", "beaucoup"))
    err = shell.refused("backtest", "historique", "--out", "resultats.jsonl")
    assert "payments.csv" in err
    assert not list(shell.folder.glob("*resultats*"))


def test_a_folder_that_does_not_exist_is_said(shell: Shell) -> None:
    shell.refused("backtest", "absent")
