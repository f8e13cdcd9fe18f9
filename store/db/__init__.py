"""The database itself: connections, one writer on SQLite, schema, the worker's lock."""
