"""Commands that reach the bank and Slack, over real HTTP."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aiohttp.test_utils import TestServer

from sandbox import agency
from sandbox.bank import BankState, build_bank
from sandbox.faults import Fault, Faults
from tests.bot.cli.support import Ran, Shell
from tests.support.world import World, stand_ins


@pytest.fixture
def bank_state() -> BankState:
    return BankState()


@pytest.fixture
async def bank_shell(shell: Shell, bank_state: BankState) -> AsyncIterator[Shell]:
    async with TestServer(build_bank(bank_state, Faults())) as server:
        url = str(server.make_url("")).rstrip("/")
        shell.configure(
            QONTO_API_URL=url,
            QONTO_OAUTH_URL=url,
            QONTO_API_KEY=bank_state.api_key,
            QONTO_CLIENT_ID=bank_state.client_id,
            QONTO_CLIENT_SECRET=bank_state.client_secret,
        )
        yield shell


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_sync_counts_what_it_found(bank_shell: Shell, bank_state: BankState) -> None:
    bank_state.pay(150000, payer_name="NIKE FRANCE", deliver=False)
    first = await asyncio.to_thread(bank_shell, "sync", "--days", "30")
    assert first.code == 0, first.err
    assert first.out.startswith("Synchronisation : 1 nouveaux, 0 mis à jour")
    assert "rapprocher parmi les nouveaux : 1" in first.out
    again = await asyncio.to_thread(bank_shell, "sync")
    assert "0 nouveaux" in again.out


async def test_a_refused_key_is_said(bank_shell: Shell) -> None:
    bank_shell.configure(QONTO_API_KEY="agence:autre")
    assert "Qonto refuse" in await asyncio.to_thread(bank_shell.refused, "sync")


async def test_a_key_without_its_login_is_said(bank_shell: Shell) -> None:
    bank_shell.configure(QONTO_API_KEY="sans-identifiant")
    assert "identifiant:clé" in await asyncio.to_thread(bank_shell.refused, "sync")


async def connect(shell: Shell, port: int) -> Ran:
    """Run ``qonto connect`` and play the person who opens its address."""
    shell.configure(PORT=str(port))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-u",
        "-m",
        "bot",
        "qonto",
        "connect",
        cwd=shell.folder,
        env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await open_address(process, port)
        out, err = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
    return Ran(process.returncode or 0, out.decode(), err.decode())


async def open_address(process: asyncio.subprocess.Process, port: int) -> None:
    """Read the address the command shows, agree at the bank, and come back."""
    assert process.stdout is not None
    url = ""
    while not url.startswith("http"):
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
    fields = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    async with httpx.AsyncClient() as http:
        answer = await http.post(url.partition("?")[0], data=fields)
        back = urlsplit(answer.headers["Location"])
        assert back.netloc == f"localhost:{port}"
        page = await http.get(f"http://127.0.0.1:{port}{back.path}?{back.query}")
        assert page.status_code == 200


async def test_connecting_then_subscribing(bank_shell: Shell, bank_state: BankState) -> None:
    ran = await connect(bank_shell, free_port())
    assert (ran.code, "Qonto est connecté" in ran.out) == (0, True), ran.err
    bank_shell.configure(PUBLIC_URL="https://bot.example.org")
    first = await asyncio.to_thread(bank_shell, "qonto", "subscribe")
    assert first.code == 0, first.err
    assert first.out.splitlines() == ["v1/transactions : abonnement créé."]
    again = await asyncio.to_thread(bank_shell, "qonto", "subscribe")
    assert again.out.splitlines() == ["v1/transactions : abonnement déjà en place."]
    assert len(bank_state.subscriptions.rows()) == 1


async def test_subscribing_without_consent_or_public_address_is_said(bank_shell: Shell) -> None:
    assert "PUBLIC_URL" in await asyncio.to_thread(bank_shell.refused, "qonto", "subscribe")
    bank_shell.configure(PUBLIC_URL="https://bot.example.org")
    assert "qonto connect" in await asyncio.to_thread(bank_shell.refused, "qonto", "subscribe")


def test_connecting_without_an_application_is_said(shell: Shell) -> None:
    assert "QONTO_CLIENT_ID" in shell.refused("qonto", "connect")


@pytest.fixture
async def world(shell: Shell) -> AsyncIterator[World]:
    """Settings of the example agency, with both stand-ins running."""
    async with stand_ins("http://127.0.0.1:1") as (world, url):
        shell.configure(**(world.sandbox.environment(url) | {"PUBLIC_URL": ""}))
        yield world


@pytest.fixture
def whole(shell: Shell, world: World) -> Shell:  # the world runs
    return shell


async def test_the_doctor_finds_everything_well(whole: Shell) -> None:
    ran = await asyncio.to_thread(whole, "doctor")
    assert ran.code == 0, ran
    assert "✗" not in ran.out
    for words in (
        "Réglages complets",
        "Base de données à jour",
        "Qonto connecté",
        "Slack connecté",
        f"Canal {agency.FINANCE_CHANNEL} accessible",
    ):
        assert words in ran.out


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-faux", "SLACK_BOT_TOKEN refusé"),
        ("SLACK_CHANNEL", "C0ABSENT", "SLACK_CHANNEL"),
        ("SLACK_ADMINS", "U0PERSONNE", "SLACK_ADMINS"),
        ("SLACK_CHANNEL", "", "Réglage manquant : SLACK_CHANNEL"),
        ("SLACK_API_URL", "http://127.0.0.1:1/", "Slack injoignable"),
        ("QONTO_API_KEY", "agence:fausse", "Qonto refuse"),
        ("QONTO_API_KEY", "sans-identifiant", "identifiant:clé"),
        ("QONTO_API_URL", "http://127.0.0.1:1", "Qonto est injoignable"),
        ("QONTO_BANK_ACCOUNT_ID", "compte-absent", "compte-absent est inconnu"),
        ("PUBLIC_URL", "http://127.0.0.1:1", "ne répond pas"),
        ("DATABASE_URL", "sqlite+aiosqlite:///vide.db", "db upgrade"),
    ],
)
async def test_the_doctor_says_what_is_wrong_and_what_to_do(
    whole: Shell, name: str, value: str, words: str
) -> None:
    whole.configure(**{name: value})
    ran = await asyncio.to_thread(whole, "doctor")
    assert ran.code == 1
    lines = [line for line in ran.out.splitlines() if words in line]
    assert lines
    assert all(line.startswith("✗ ") for line in lines)


async def test_the_doctor_refuses_an_organisation_wide_installation(shell: Shell, world: World) -> None:
    world.sandbox.workspace.app.is_enterprise_install = True
    ran = await asyncio.to_thread(shell, "doctor")
    assert ran.code == 1
    [line] = [line for line in ran.out.splitlines() if "toute une organisation" in line]
    assert line.startswith("✗ Slack : ")
    assert "l’installer dans l’espace de l’agence" in line


async def test_the_doctor_follows_no_redirect_with_the_token(shell: Shell, world: World) -> None:
    elsewhere = Fault("slack:auth.test", "status", status=302, location="http://127.0.0.1:1/elsewhere")
    world.sandbox.faults.add(elsewhere)
    ran = await asyncio.to_thread(shell, "doctor")
    assert "✗ Slack injoignable (RedirectedError)" in ran.out


async def test_the_doctor_looks_at_the_subscriptions(bank_shell: Shell, bank_state: BankState) -> None:
    before = await asyncio.to_thread(bank_shell, "doctor")
    assert "✗ Webhooks" in before.out
    await connect(bank_shell, free_port())
    bank_shell.configure(PUBLIC_URL="https://bot.example.org")
    await asyncio.to_thread(bank_shell, "qonto", "subscribe")
    bank_shell.configure(PUBLIC_URL="")
    after = await asyncio.to_thread(bank_shell, "doctor")
    assert "✓ Webhooks" in after.out
    bank_state.subscriptions.delete(bank_state.subscriptions.rows()[0]["id"])
    assert "sans abonnement" in (await asyncio.to_thread(bank_shell, "doctor")).out


async def test_a_port_in_use_stops_serve_with_a_sentence(whole: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        whole.configure(PORT=str(taken.getsockname()[1]))
        ran = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "bot", "serve"],
            cwd=whole.folder,
            env={"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert ran.returncode == 1
    assert "déjà prise" in ran.stderr
    assert "Traceback" not in ran.stderr
