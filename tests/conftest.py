"""Fixtures shared by every test: the two databases and a real browser."""

pytest_plugins = ["tests.databases", "tests.browser"]
