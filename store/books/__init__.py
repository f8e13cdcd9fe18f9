"""The money: decisions, allocations, reversals, their arithmetic, the audit chain and its checks."""
