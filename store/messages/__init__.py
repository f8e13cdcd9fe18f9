"""The ledger of messages: which message shows what, in which version."""
