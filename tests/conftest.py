"""Shared by every test: the two databases, a real browser, and other libraries' opinion on what is drawn."""

from hypothesis import settings

from sandbox.slack import limits
from tests.second_opinion import second_opinion

pytest_plugins = ["tests.databases", "tests.browser"]

# A busy machine is no bug: speed is measured in benchmarks, not by a deadline per example.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

# Every message and view of the run, whoever sends it, passes the stand-in's table and then these.
limits.OPINIONS.append(second_opinion)
