import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bot.cli.support import Shell

CSV = "numero;client;montant_ttc;echeance\nF-1;NIKE;1 500,00;30/01/2026\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["Utilisation", "Commandes", "serve", "demo", "sync", "import", "doctor", "manifest"]),
        (["import", "--help"], ["FICHIER", "--skip-bad", "Afficher cette aide"]),
        (["sync", "--help"], ["--days", "JOURS"]),
        (["qonto", "--help"], ["connect", "subscribe"]),
        (["db", "--help"], ["upgrade", "backup", "check"]),
    ],
)
def test_help_is_french(shell: Shell, arguments: list[str], words: list[str]) -> None:
    ran = shell(*arguments)
    assert ran.code == 0
    assert all(word in ran.out for word in words)
    assert "Show this message" not in ran.out
    assert "Usage" not in ran.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nimporte"], "commande inconnue nimporte"),
        (["import"], "il manque FICHIER"),
        (["sync", "--days", "beaucoup"], "valeur refusée"),
        (["sync", "--days", "0"], "valeur refusée"),
        (["sync", "--jours", "3"], "option inconnue --jours"),
        (["db", "check", "trop"], "arguments inattendus"),
        (["import", "absent.csv", "--column", "sans-egal"], "--column s’écrit"),
    ],
)
def test_a_mistyped_command_is_one_french_sentence(shell: Shell, arguments: list[str], words: str) -> None:
    err = shell.refused(*arguments)
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_without_a_command_the_help_is_shown(shell: Shell) -> None:
    ran = shell()
    assert "Utilisation" in ran.out + ran.err


def test_wrong_settings_are_all_listed(shell: Shell) -> None:
    shell.configure(PORT="abc", SLACK_ADMINS="maud", QONTO_WEBHOOK_SECRET="court")
    err = shell.refused("sync")
    assert all(name in err for name in ("PORT", "SLACK_ADMINS", "QONTO_WEBHOOK_SECRET"))
    assert "court" not in err.replace("court.", "")


def test_a_settings_file_in_another_encoding_is_said(shell: Shell) -> None:
    (shell.folder / ".env").write_bytes("PUBLIC_URL=https://é".encode("cp1252"))
    assert "UTF-8" in shell.refused("sync")


def test_serve_lists_everything_that_is_missing(shell: Shell) -> None:
    err = shell.refused("serve")
    assert all(
        name in err for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CHANNEL", "SLACK_ADMINS")
    )


def test_a_file_is_imported_and_again_changes_nothing(shell: Shell) -> None:
    (shell.folder / "f.csv").write_text(CSV, encoding="utf-8")
    first, second = shell("import", "f.csv"), shell("import", "f.csv")
    assert (first.code, second.code) == (0, 0)
    assert first.out.startswith("1\u00a0facture créée")
    assert "1\u00a0inchangée" in second.out


def test_a_bad_file_is_refused_with_its_lines(shell: Shell) -> None:
    (shell.folder / "f.csv").write_text(CSV.replace("1 500,00", "beaucoup"), encoding="utf-8")
    err = shell.refused("import", "f.csv")
    assert "Rien n’a été importé." in err
    assert "Ligne 2, colonne « montant_ttc »" in err


def test_import_works_without_any_account(shell: Shell) -> None:
    shell.configure(QONTO_API_KEY="")
    (shell.folder / "f.csv").write_text(CSV, encoding="utf-8")
    assert shell("import", "f.csv").code == 0


def test_a_column_of_ones_own_is_named(shell: Shell) -> None:
    (shell.folder / "f.csv").write_text(CSV.replace("montant_ttc", "À régler"), encoding="utf-8")
    assert shell("import", "f.csv", "--column", "À régler=total").code == 0


def test_the_database_is_made_checked_and_backed_up(shell: Shell, tmp_path: Path) -> None:
    new = tmp_path / "neuve" / "bot.db"
    shell.configure(DATABASE_URL=f"sqlite+aiosqlite:///{new}")
    assert "db upgrade" in shell.refused("db", "backup")
    assert shell("db", "upgrade").code == 0
    assert shell("db", "check").code == 0
    (shell.folder / "f.csv").write_text(CSV, encoding="utf-8")
    shell("import", "f.csv")
    backup = tmp_path / "sauvegardes" / "copie.db"
    ran = shell("db", "backup", str(backup))
    assert (ran.code, str(backup) in ran.out) == (0, True)
    assert backup.stat().st_mode & 0o077 == 0
    restored = tmp_path / "restauree.db"
    restored.write_bytes(backup.read_bytes())
    shell.configure(DATABASE_URL=f"sqlite+aiosqlite:///{restored}")
    assert shell("db", "check").code == 0
    assert "1\u00a0inchangée" in shell("import", "f.csv").out


def test_a_backup_holds_what_is_still_in_the_wal_file(shell: Shell, tmp_path: Path) -> None:
    live = sqlite3.connect(tmp_path / "bot.db", isolation_level=None)
    live.execute("PRAGMA journal_mode=WAL")
    live.execute("PRAGMA wal_autocheckpoint=0")
    live.execute(
        "INSERT INTO service_state (name, value, updated_at) VALUES ('essai', '{}', '2026-01-27 09:00:00')"
    )
    assert shell("db", "backup", "copie.db").code == 0
    copy = sqlite3.connect(tmp_path / "copie.db")
    assert copy.execute("SELECT count(*) FROM service_state WHERE name = 'essai'").fetchone() == (1,)
    copy.close()
    live.close()


def test_a_backup_never_replaces_a_file_and_gets_a_name_of_its_own(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "copie.db").write_text("précieux", encoding="utf-8")
    assert "existe déjà" in shell.refused("db", "backup", "copie.db")
    assert (tmp_path / "copie.db").read_text(encoding="utf-8") == "précieux"
    assert shell("db", "backup").code == 0
    assert len(list((tmp_path / "data" / "backups").iterdir())) == 1


def test_postgresql_is_backed_up_with_its_own_tool(shell: Shell) -> None:
    shell.configure(DATABASE_URL="postgresql+asyncpg://bot:motdepasse@127.0.0.1:1/bot")
    assert "pg_dump" in shell.refused("db", "backup")


def test_a_database_that_does_not_answer_is_said_without_its_password(shell: Shell) -> None:
    shell.configure(DATABASE_URL="postgresql+asyncpg://bot:motdepasse@127.0.0.1:1/bot")
    err = shell.refused("db", "upgrade")
    assert "DATABASE_URL" in err
    assert "motdepasse" not in err


def test_a_damaged_database_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_bytes(b"pas une base" * 1000)
    assert "abîmé" in shell.refused("db", "check")


def test_a_database_that_disappeared_is_not_made_again(shell: Shell, tmp_path: Path) -> None:
    shell("db", "upgrade")
    (tmp_path / "bot.db").unlink()
    assert "disparu" in shell.refused("db", "upgrade")


def test_a_database_changed_by_hand_is_found(shell: Shell, tmp_path: Path) -> None:
    (shell.folder / "f.csv").write_text(CSV, encoding="utf-8")
    shell("import", "f.csv")
    by_hand = sqlite3.connect(tmp_path / "bot.db")
    for (name,) in by_hand.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        by_hand.execute(f"DROP TRIGGER {name}")
    by_hand.execute("UPDATE audit SET actor = 'quelqu’un d’autre'")
    by_hand.commit()
    by_hand.close()
    assert "audit" in shell.refused("db", "check")


def test_the_manifest_follows_the_settings(shell: Shell) -> None:
    assert "PUBLIC_URL" in shell.refused("manifest")
    shell.configure(PUBLIC_URL="https://bot.example.org")
    http = json.loads(shell("manifest").out)
    assert http["settings"]["interactivity"]["request_url"] == "https://bot.example.org/slack/events"
    shell.configure(SLACK_APP_TOKEN="xapp-exemple")
    assert json.loads(shell("manifest").out)["settings"]["socket_mode_enabled"] is True


def test_the_module_runs_as_a_program(shell: Shell) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "import", "absent.csv"],
        cwd=Path(__file__).parents[3],
        env={"DATABASE_URL": f"sqlite+aiosqlite:///{shell.folder / 'bot.db'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "introuvable" in ran.stderr
    assert "Traceback" not in ran.stderr
