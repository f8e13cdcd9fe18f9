"""The declarative base: constraint names are ours, so a migration can name them on both databases."""

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite gives a row id of its own only to a column declared exactly INTEGER.
RowId = BigInteger().with_variant(Integer, "sqlite")
Cents = BigInteger
Currency = String(3)
ShortText = String(255)
LongText = Text
JsonObject = JSON


class Base(DeclarativeBase):
    """Common ground of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON}
