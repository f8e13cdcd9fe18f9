"""Shared by every test: the two databases, a real browser, and other libraries' opinion on what is drawn."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings

from sandbox.slack import limits
from tests.support.second_opinion import second_opinion

pytest_plugins = ["tests.support.databases", "tests.support.browser"]

# Databases wait for the disk at each commit; where there is memory to spare, none of a test's files needs one.
MEMORY = Path("/dev/shm")  # noqa: S108  # only where the files of a run go
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 8 * 1024**3:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# A busy machine is no bug: speed is measured in benchmarks, not by a deadline per example.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

# Every message and view of the run, whoever sends it, passes the stand-in's table and then these.
limits.OPINIONS.append(second_opinion)
