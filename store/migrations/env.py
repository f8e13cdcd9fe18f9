"""Run by Alembic with the connection that ``store.db.schema`` opened, locked and will commit."""

from alembic import context

from store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    # Both databases can roll DDL back, so a migration stopped half-way leaves nothing behind.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
