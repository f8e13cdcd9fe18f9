"""The database: models, queries, migrations, the inbox of webhooks and the ledger of messages."""
