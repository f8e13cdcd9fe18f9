"""Clients, talents and collaborations: found by what a file or a request calls them, else created."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from matching import name_tokens
from store.db.dialects import insert
from store.errors import StoreError
from store.models import Client, ClientToken, Collaboration, Talent
from store.text import clean, fold
from store.types import CollaborationStatus

TOKEN_LENGTH = 255


class InvoiceConflict(StoreError):
    """What is asked contradicts what is known; nothing was changed. ``code`` says which contradiction."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def email_key(email: str | None) -> str | None:
    """An e-mail as it is compared: without spaces around, in lower case; None when empty."""
    return (clean(email).strip().casefold() or None) if email else None


async def find_or_add_client(session: AsyncSession, name: str, email: str | None, now: datetime) -> Client:
    """Find a client by folded name, else by an e-mail that only one has, else create it.

    An e-mail completes a client without one and never replaces another. Raises InvoiceConflict for an
    empty name.
    """
    key, address = fold(name), email_key(email)
    if not key:
        raise InvoiceConflict("client_name_empty", "a client needs a name")
    client = await _client_by_name(session, key) or await _client_by_email(session, address)
    if client is None:
        return await _add_client(session, name, address, now)
    if client.email is None and address is not None:
        client.email = address
    return client


async def _client_by_name(session: AsyncSession, key: str) -> Client | None:
    return await session.scalar(select(Client).where(Client.name_key == key))


async def _client_by_email(session: AsyncSession, email: str | None) -> Client | None:
    if email is None:
        return None
    clients = (await session.scalars(select(Client).where(Client.email == email).limit(2))).all()
    return clients[0] if len(clients) == 1 else None


async def _add_client(session: AsyncSession, name: str, email: str | None, now: datetime) -> Client:
    """Insert unless another session just did; either way one row comes back."""
    key = fold(name)
    statement = insert(session, Client).values(
        name=clean(name).strip(), name_key=key, email=email, created_at=now
    )
    added = await session.scalar(
        statement.on_conflict_do_nothing(index_elements=["name_key"]).returning(Client.id)
    )
    client = await _client_by_name(session, key)
    if client is None:
        raise LookupError("a client just inserted cannot be read")
    if added is not None:
        session.add_all(
            ClientToken(token=token[:TOKEN_LENGTH], client_id=client.id) for token in name_tokens(name)
        )
        await session.flush()
    return client


async def find_or_add_talent(
    session: AsyncSession, name: str | None, email: str | None, now: datetime
) -> Talent | None:
    """Find a talent by e-mail, then by name, else create one; None when neither is given.

    Raises InvoiceConflict when the e-mail belongs to somebody of another name, or several bear the name.
    """
    address = email_key(email)
    key = fold(name) if name else ""
    if not key and address is None:
        return None
    found = await _talent_by_email(session, address)
    if found is not None:
        if key and found.name_key != key:
            raise InvoiceConflict("talent_email_taken", "this e-mail belongs to another talent")
        return found
    found = await _talent_by_name(session, key, address) if key else None
    return found or await _add_talent(session, name or address or "", address, now)


async def _talent_by_email(session: AsyncSession, email: str | None) -> Talent | None:
    if email is None:
        return None
    return await session.scalar(select(Talent).where(Talent.email == email))


async def _talent_by_name(session: AsyncSession, key: str, email: str | None) -> Talent | None:
    """The one of that name. With an e-mail that is not theirs, a namesake is somebody else."""
    query = select(Talent).where(Talent.name_key == key).order_by(Talent.id)
    if email is not None:
        query = query.where(Talent.email.is_(None))
    found = (await session.scalars(query.limit(2))).all()
    if len(found) > 1:
        raise InvoiceConflict("talent_ambiguous", "several talents bear this name: give an e-mail")
    if found and email is not None:
        found[0].email = email
    return found[0] if found else None


async def _add_talent(session: AsyncSession, name: str, email: str | None, now: datetime) -> Talent:
    talent = Talent(name=clean(name).strip(), name_key=fold(name), email=email, created_at=now)
    session.add(talent)
    await session.flush()
    return talent


async def find_or_add_collaboration(
    session: AsyncSession, client: Client, talent: Talent | None, title: str, currency: str, now: datetime
) -> Collaboration:
    """Find the deal of that title between a client and a talent, else create it."""
    query = select(Collaboration).where(
        Collaboration.client_id == client.id,
        Collaboration.talent_id == talent.id if talent else Collaboration.talent_id.is_(None),
        Collaboration.title_key == fold(title),
    )
    found = await session.scalar(query)
    if found is not None:
        return found
    # A unique constraint does not hold for an absent talent: the client's row is the lock.
    await session.execute(select(Client.id).where(Client.id == client.id).with_for_update())
    found = await session.scalar(query)
    if found is None:
        found = new_collaboration(client.id, talent.id if talent else None, title, currency, now)
        session.add(found)
        await session.flush()
    return found


def new_collaboration(
    client_id: int, talent_id: int | None, title: str, currency: str, now: datetime
) -> Collaboration:
    """A deal nothing was paid on yet, to be added."""
    return Collaboration(
        client_id=client_id,
        talent_id=talent_id,
        title=clean(title).strip(),
        title_key=fold(title),
        currency=currency,
        status=CollaborationStatus.OPEN,
        created_at=now,
    )
