"""Every way in, for somebody without the right: refused, nothing leaks, written down."""

import asyncio
from pathlib import Path

from sqlalchemy import select

from bot.context import Actor
from bot.messages.preferences import Notices, Personal, save_personal
from bot.slack.associate.view import Metadata
from bot.slack.blocks import ids
from bot.slack.preferences.view import VALUE
from sandbox.agency import ADMIN_GROUP
from sandbox.faults import Fault
from store.models import AuditEntry, Decision
from store.types import ActorKind
from tests.support.homes import home, open_home
from tests.support.signed import interaction, send, view
from tests.support.world import CAMILLE, FINANCE, HUGO, MAUD, Json, World, eventually, inside, text_of

ASKED = ("auth.test", "usergroups.users.list")
COMMANDS = (
    "statut",
    "paiements",
    "sync",
    "facture 042",
    "client nike",
    "historique",
    "export",
    "stats",
    "réglages",
)


async def test_nobody_else_gets_in_by_any_door(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, service):
        await world.people.pay("numero-exact")
        await world.card("NIKE FRANCE", "FACT-2026-042")
        # A click's refusal is said in a modal, which its invented trigger cannot open: not acknowledged.
        answers = [await send(world, one, 500 if _is_untold(one) else 200) for one in _forged(world)]
        options = [answer for answer in answers if "options" in answer]
        assert options == [{"options": []}] * 3
        errors = [answer for answer in answers if answer.get("response_action") == "errors"]
        assert len(errors) == 4
        assert all("Seuls les administrateurs" in str(answer) for answer in errors)
        assert len(answers) == len(options) + len(errors) + answers.count({})
        for words in COMMANDS:
            await world.people.command(HUGO, f"/qonto {words}")

        async def whispered() -> bool:
            return len(await world.whispers(HUGO)) >= len(COMMANDS)

        await eventually(whispered)
        told = " ".join(await world.whispers(HUGO))
        assert "NIKE" not in told
        assert "FACT" not in told
        assert (await world.people.state(HUGO))["modals"] == []
        async with service.ctx.database.read() as session:
            assert list(await session.scalars(select(Decision))) == []
            rows = await session.scalars(select(AuditEntry.action).where(AuditEntry.actor == HUGO))
            tried = {row.removeprefix("refused:") for row in rows}
        assert {f"command:{name.split()[0].replace('é', 'e')}" for name in COMMANDS} <= tried
        assert {
            "associate",
            "ignore",
            "undo",
            "history",
            "search_invoices",
            "search_names",
            "open_associate",
            "open_ignore",
            "open_undo",
            "change_associate",
        } <= tried
        said = [problem.text for problem in world.sandbox.workspace.problems]
        assert all("invalid_trigger_id" in text for text in said)


def _is_untold(payload: Json) -> bool:
    return any(action["action_id"] != ids.AMOUNT for action in payload.get("actions", ()))


def _forged(world: World) -> list[Json]:
    chosen = {"selected_options": [{"value": "v1:1"}]}
    picked = {"invoices": {ids.PICK_INVOICES: chosen}}
    form = view(ids.ASSOCIATE_VIEW, Metadata(1, "x", {}).text(), **picked)
    reason = {"reason": {ids.IGNORE_REASON: {"selected_option": {"value": "tax"}}}}
    undo = {"undo": {ids.UNDO_CHOICE: {"selected_options": [{"value": "all"}]}}}
    views: list[Json] = [
        form,
        view(ids.IGNORE_VIEW, "v1:1", **reason),
        view(ids.UNDO_VIEW, "v1:1", **undo),
        view(ids.HISTORY_VIEW, "0", text={ids.HISTORY_TEXT: {"value": "nike"}}),
    ]
    sent = [interaction(world, HUGO, "view_submission", view=one, trigger_id="1.2") for one in views]
    for action_id in (ids.PICK_INVOICES, ids.HISTORY_CLIENT, ids.HISTORY_TALENT):
        more = {"action_id": action_id, "block_id": "b", "value": "n", "view": form}
        sent.append(interaction(world, HUGO, "block_suggestion", **more))
    for action_id in (ids.CHOOSE, ids.IGNORE, ids.UNDO_SOME, ids.HISTORY, ids.HISTORY_PAYMENT, ids.AMOUNT):
        action = {
            "type": "button",
            "action_id": action_id,
            "block_id": "b",
            "value": "v1:1",
            "action_ts": "1",
        }
        sent.append(interaction(world, HUGO, "block_actions", actions=[action], view=form, trigger_id="1.2"))
    return sent


async def test_a_talent_reads_their_own_collaborations_and_nothing_else(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, service):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await world.card("talent prévenu")
        direct = (await world.people.state(CAMILLE))["channels"]
        channel = next(one["id"] for one in direct if one["is_im"])
        await world.people.command(CAMILLE, "/qonto statut", channel)
        await world.people.command(CAMILLE, "/qonto client nike", channel)

        async def answers() -> list[str] | None:
            told = await world.people.direct_messages(CAMILLE)
            found = [one["text"] + text_of(one) for one in told if one["ephemeral"]]
            return found if len(found) > 1 else None

        own, refused = await eventually(answers)
        assert "Campagne printemps* — NIKE · payée le" in own
        assert "Stories marathon" in own
        assert "Coffret d’hiver" not in own
        assert "1\u202f500" not in own
        assert "/qonto statut" in refused
        assert "800" not in refused

        camille = Actor(ActorKind.SLACK, CAMILLE, is_admin=False)
        await save_personal(service.ctx, camille, Personal(Notices.IMMEDIATE, language="en"))
        await _no_french_is_left(world, channel)


async def _no_french_is_left(world: World, channel: str) -> None:
    """Whatever a talent who chose English may be told no to is said in English: commands, forms, buttons."""
    world.sandbox.workspace.channels[FINANCE].members.append(CAMILLE)
    card = await world.card("talent prévenu")
    await world.people.click(CAMILLE, card, "Voir l’historique")
    await world.told(CAMILLE, "Only administrators can match a payment. Ask <@")
    await world.people.command(CAMILLE, "/qonto réglages", channel)

    async def answered() -> bool:
        found = await world.people.direct_messages(CAMILLE)
        return any("The rest is for administrators" in str(one) for one in found)

    await eventually(answered)
    chosen = {"notices": "immediate", "hour": "99", "language": "en"}
    values = {name: {VALUE: {"selected_option": {"value": value}}} for name, value in chosen.items()}
    for metadata, said in (("talent", "There is no such choice."), ("admin", "Only administrators")):
        form = view(ids.SETTINGS_VIEW, metadata, **values)
        answer = await send(world, interaction(world, CAMILLE, "view_submission", view=form))
        assert answer["response_action"] == "errors"
        assert said in answer["errors"]["notices"]
    answer = await send(world, interaction(world, CAMILLE, "view_submission", view=view("older", "")))
    assert answer["view"]["title"]["text"] == "Open again"
    assert answer["view"]["close"]["text"] == "Close"
    assert "nothing was changed" in text_of(answer["view"])


async def test_a_guest_of_another_workspace_is_told_so_and_does_nothing(tmp_path: Path) -> None:
    """Slack Connect: the place is ours, the person's own workspace is not."""
    async with inside(tmp_path) as (world, service):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        world.sandbox.workspace.users[MAUD].team_id = "T0ELSEWHERE"
        assert await world.people.click(MAUD, card, "Associer") == {"ok": True}
        await world.told(MAUD, "Votre compte appartient à un autre espace Slack")
        form = view(ids.SETTINGS_VIEW, "admin") | {"state": {"values": {}}}
        guest = interaction(world, MAUD, "view_submission", view=form)
        answer = await send(world, guest | {"user": {"id": MAUD, "team_id": "T0ELSEWHERE"}})
        assert "un autre espace Slack" in answer["errors"]["notices"]
        async with service.ctx.database.read() as session:
            assert list(await session.scalars(select(Decision))) == []
            tried = list(await session.scalars(select(AuditEntry.action).where(AuditEntry.actor == MAUD)))
        assert tried == ["refused:wrong_workspace"] * 2


async def test_an_organisation_wide_installation_is_told_to_whoever_clicks_types_or_looks(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path) as (world, service):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        world.sandbox.workspace.app.is_enterprise_install = True
        sentence = "installée pour toute une organisation Slack, ce qui n’est pas pris en charge"
        assert await world.people.click(MAUD, card, "Associer") == {"ok": True}
        await world.told(MAUD, sentence)
        await world.people.command(HUGO, "/qonto statut")
        await world.told(HUGO, sentence)
        await open_home(world, MAUD, sentence)
        async with service.ctx.database.read() as session:
            assert list(await session.scalars(select(Decision))) == []


async def test_twenty_first_clicks_at_once_ask_slack_once(tmp_path: Path) -> None:
    async with inside(tmp_path, slack_admins=ADMIN_GROUP) as (world, service):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        before = {name: len(world.sandbox.workspace.calls_of(name)) for name in ASKED}
        await asyncio.gather(*(world.people.click("U0NORA", card, "Associer") for _ in range(20)))
        await world.card("✓ Associé à")
        after = {name: len(world.sandbox.workspace.calls_of(name)) for name in ASKED}
        assert before == {"auth.test": 0, "usergroups.users.list": 0}
        assert after == {"auth.test": 1, "usergroups.users.list": 1}
        async with service.ctx.database.read() as session:
            assert len(list(await session.scalars(select(Decision)))) == 1


async def test_a_withdrawn_right_counts_at_once_by_slacks_event(tmp_path: Path) -> None:
    """The Home tab follows, and so does a group that is disabled; a lost event comes again."""
    async with inside(tmp_path, slack_admins=ADMIN_GROUP) as (world, _):
        world.sandbox.workspace.retry_delays = (0.1,)
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await open_home(world, "U0NORA", "NIKE")
        world.sandbox.faults.add(Fault("delivery:event", "status", status=503))
        await world.people.post("/sandbox/slack/group", group=ADMIN_GROUP, users=[MAUD])
        await home(world, "U0NORA", "Vous n’avez rien à y faire")
        await world.people.click("U0NORA", card, "Associer")
        await world.told("U0NORA", "Seuls les administrateurs")
        await world.people.click(MAUD, card, "Associer")
        card = await world.card("✓ Associé à")
        await world.people.post("/sandbox/slack/group", group=ADMIN_GROUP, is_disabled=True)
        await world.people.click(MAUD, card, "Annuler l’association")
        await world.told(MAUD, "Seuls les administrateurs")


async def test_the_commands_of_an_admin(tmp_path: Path) -> None:
    async with inside(tmp_path, sync_every_minutes=0) as (world, service):
        await world.people.pay("numero-exact")
        card = await world.card("NIKE FRANCE", "FACT-2026-042")
        await world.people.click(MAUD, card, "Associer")
        await world.card("✓ Associé à")
        for words, shown in (
            ("facture 042", "Facture FACT-2026-042"),
            ("factures océane", "3\u00a0factures correspondent"),
            ("facture", "Quelle facture"),
            ("facture rien-du-tout", "Aucune facture ne correspond"),
            ("client nike", "NIKE\u00a0: 1\u00a0facture à payer"),
            ("client", "Quel client"),
            ("client a", "Plusieurs clients correspondent"),
            ("client zzz", "Aucun client ne correspond"),
            ("stats", "Rapprochement, "),
            ("stats jamais", "Période non reconnue"),
            ("réglages", "onglet Accueil"),
            ("factrue 042", "Vouliez-vous dire `/qonto facture`"),
            ("export t1 2019", "Aucun paiement à exporter"),
            ("export", "Les fichiers sont dans votre conversation"),
        ):
            await world.people.command(MAUD, f"/qonto {words}")
            await world.told(MAUD, shown)
        assert [one for one in await world.people.direct_messages(MAUD) if one["files"]]
        [csv] = [one for one in world.sandbox.workspace.files.values() if one.name.endswith(".csv")]
        text = csv.content.decode("utf-8-sig")
        assert "FACT-2026-042;NIKE;Camille Durand;Campagne printemps;1500,00" in text
        assert ";Maud Lefèvre;" in text
        async with service.ctx.database.read() as session:
            assert "export" in set(await session.scalars(select(AuditEntry.action)))
        assert list(world.sandbox.workspace.problems) == []


async def test_an_export_without_the_scope_says_what_to_do(tmp_path: Path) -> None:
    async with inside(tmp_path) as (world, _):
        app = world.sandbox.workspace.app
        await world.people.pay("numero-exact")
        await world.card("NIKE FRANCE")
        scopes = tuple(scope for scope in app.scopes if scope != "files:write")
        world.sandbox.workspace.app.scopes = scopes
        await world.people.command(MAUD, "/qonto export")
        await world.told(MAUD, "files:write")
