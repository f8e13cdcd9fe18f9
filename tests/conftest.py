"""Fixtures shared by every test: the two databases and a real browser."""

from hypothesis import settings

pytest_plugins = ["tests.databases", "tests.browser"]

# A busy machine is no bug: speed is measured in benchmarks, not by a deadline per example.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
