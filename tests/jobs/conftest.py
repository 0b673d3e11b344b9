"""Runs that are begun for one test."""

from collections.abc import Iterator

import pytest

from rnnviz import jobs
from tests.jobs.trainings import over, until


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """What a test has begun ends with it."""
    yield
    for record in list(jobs._the_scheduler()._records.values()):
        record.asked.clear()
        jobs.cancel(record.job)
        until(record.job, over)
