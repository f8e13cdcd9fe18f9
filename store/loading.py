"""How an invoice is loaded whole: relationships raise unless a query loads them."""

from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from store.models import Collaboration, Invoice


def whole_invoice() -> tuple[LoaderOption, ...]:
    """Load an invoice with its client, collaboration and talent."""
    collaboration = selectinload(Invoice.collaboration)
    return (
        selectinload(Invoice.client),
        collaboration.selectinload(Collaboration.talent),
        collaboration.selectinload(Collaboration.client),
    )
