"""``qonto-bot doctor``: look at every connection, and say what to do about what does not work."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from bot.bank.access import BankAccess
from bot.bank.subscriptions import EVENT_TYPES, WEBHOOK_PATH
from bot.cli.errors import CommandError, explain
from bot.cli.parts import bank_client, open_bank
from bot.cli.slack_checks import check_slack
from bot.locale import fr
from bot.settings import Settings
from qonto import QontoError, Retries
from store.db.engine import Database, open_database
from store.db.schema import check
from store.errors import StoreError

MARKS = {True: "✓", False: "✗", None: "–"}
PUBLIC_SECONDS = 5.0
# Somebody waits for the answer, and can ask again.
ONCE = Retries(attempts=1, total=15.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``ok`` None: not in use, nothing to do."""

    ok: bool | None
    text: str

    def line(self) -> str:
        """Write it with its mark."""
        return f"{MARKS[self.ok]} {self.text}"


async def examine(settings: Settings) -> list[Finding]:
    """Look at settings, database, bank, Slack and webhooks, in that order."""
    findings = _settings(settings)
    database = await _database(settings, findings)
    if database is not None:
        try:
            findings += [finding async for finding in _bank(settings, database)]
        finally:
            await database.close()
    findings += [Finding(ok, text) async for ok, text in check_slack(settings)]
    findings += [finding async for finding in _public_address(settings)]
    return findings


def _settings(settings: Settings) -> list[Finding]:
    missing = settings.missing_to_serve()
    if missing:
        return [Finding(False, f"Réglage manquant : {each}") for each in missing]
    return [Finding(True, "Réglages complets")]


async def _database(settings: Settings, findings: list[Finding]) -> Database | None:
    """Open the database if its tables are those of this program; never creates anything but its folder."""
    try:
        await check(settings.database_url)
        database = open_database(settings.database_url)
        findings.append(Finding(True, f"Base de données à jour ({await database.version()})"))
    except (StoreError, OSError) as error:
        findings.append(Finding(False, f"Base de données : {explain(error)[0]}"))
        return None
    return database


async def _bank(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    try:
        async with open_bank(settings, database, ONCE) as access:
            async for finding in _connection(settings, access):
                yield finding
            async for finding in _webhooks(settings, access):
                yield finding
    except (CommandError, QontoError, StoreError) as error:
        yield Finding(False, f"Qonto : {explain(error)[0]}")


async def _connection(settings: Settings, access: BankAccess) -> AsyncIterator[Finding]:
    bank = bank_client(access)
    organization = await bank.organization()
    accounts = {account.id: account async for account in bank.accounts()}
    active = [account for account in accounts.values() if account.is_active]
    name = organization.name or organization.legal_name or organization.slug or "organisation"
    yield Finding(True, f"Qonto connecté : {name}, {fr.count(len(active), 'compte actif', 'comptes actifs')}")
    for unknown in set(settings.qonto_bank_account_id) - set(accounts):
        yield Finding(False, f"QONTO_BANK_ACCOUNT_ID : le compte {unknown} est inconnu de Qonto, le corriger")


async def _webhooks(settings: Settings, access: BankAccess) -> AsyncIterator[Finding]:
    secrets = await access.webhook_secrets()
    if access.oauth is None:
        minutes = settings.sync_every_minutes
        reading = f"lecture toutes les {minutes} minutes" if minutes else "et lecture périodique arrêtée"
        yield Finding(
            None if minutes or secrets else False,
            f"Webhooks : {fr.count(len(secrets), 'secret', 'secrets')}, sans OAuth ({reading})",
        )
        return
    if not secrets:
        yield Finding(False, "Webhooks : aucun abonnement, lancer qonto-bot qonto subscribe")
        return
    listed = [
        each
        async for each in access.webhook_client().webhook_subscriptions()
        if each.callback_url.endswith(WEBHOOK_PATH)
    ]
    missing = [kind for kind in EVENT_TYPES if not any(kind in each.types for each in listed)]
    if missing:
        yield Finding(
            False,
            f"Webhooks : {', '.join(missing)} sans abonnement chez Qonto, lancer qonto-bot qonto subscribe",
        )
    else:
        yield Finding(True, f"Webhooks : {fr.count(len(listed), 'abonnement')} chez Qonto")


async def _public_address(settings: Settings) -> AsyncIterator[Finding]:
    """Ask our own public address whether the service answers there."""
    if settings.public_url is None:
        yield Finding(None, "PUBLIC_URL : aucune adresse publique")
        return
    address = f"{str(settings.public_url).rstrip('/')}/health"
    try:
        async with httpx.AsyncClient(timeout=PUBLIC_SECONDS) as http:
            answer = await http.get(address)
    except httpx.HTTPError as error:
        yield Finding(
            False,
            f"PUBLIC_URL : {address} ne répond pas ({type(error).__name__}), vérifier que le service tourne",
        )
        return
    if answer.is_success:
        yield Finding(True, f"Service joignable à {address}")
    else:
        yield Finding(
            False, f"PUBLIC_URL : {address} répond {answer.status_code}, vérifier l’adresse ou le relais"
        )
