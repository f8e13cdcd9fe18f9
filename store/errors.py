"""What can go wrong with the database, said once and precisely."""

from sqlalchemy.exc import DontWrapMixin


class StoreError(Exception):
    """Base of every error this package raises on purpose."""


class DatabaseUnavailable(StoreError):
    """The database cannot do the work now (locked, full, refused, exhausted): try again later."""


class CommitUnknown(DatabaseUnavailable):
    """The connection died during COMMIT: read what is there, never guess."""


class TransactionConflict(DatabaseUnavailable):
    """PostgreSQL chose this transaction as the loser of a deadlock: run the whole unit again."""


class DatabaseCorrupt(StoreError):
    """The SQLite file is damaged; nothing is started on it and nothing new is created."""


class DatabaseMissing(StoreError):
    """A SQLite file existed here and is gone; a new one is not made in silence."""


class UnsupportedDatabase(StoreError):
    """The address names a database this product does not run on."""


class AlreadyRunning(StoreError):
    """Another process serves this SQLite file. ``pid`` is the one it wrote down, when readable."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"another process already serves this database (pid {pid or 'unknown'})")
        self.pid = pid


class ValueRefused(ValueError, DontWrapMixin):
    """A value that one of the two databases could not hold, refused alike on both."""
