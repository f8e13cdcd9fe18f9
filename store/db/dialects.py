"""INSERT that leaves an existing row alone, in the words of each database."""

from typing import Any

from sqlalchemy import ColumnElement, Integer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from store.models import Base

# Both dialects' inserts know the same ON CONFLICT; their common ancestor does not.
Insert = postgresql.Insert | sqlite.Insert


def insert(session: AsyncSession, model: type[Base]) -> Any:
    """The INSERT of this session's database, which knows ``on_conflict_do_nothing`` and ``..._do_update``."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


class _Position(FunctionElement[int]):
    """Where a text begins inside another, from 1; 0 when it is not there."""

    type = Integer()
    name = "position_of"
    inherit_cache = True


@compiles(_Position)
def _strpos(element: _Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(_Position, "sqlite")
def _instr(element: _Position, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)})"


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """True where the column holds ``text`` literally; case counts, so fold both sides."""
    return _Position(column, text) > 0
