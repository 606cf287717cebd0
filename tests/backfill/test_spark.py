"""Tasks of Spark: how they are cut, and what becomes of one that ends its worker each time. What the engine gives, is shown
beside the others in test_engines.py."""

import os
import signal
from random import Random

import pytest

from hackle_import.backfill.spark import jobs
from hackle_import.backfill.spark.jobs import tasks
from support.spark_jobs import needs_java


def test_tasks_are_of_about_one_size_and_each_item_is_of_one():
    random = Random(1)
    weights = {f"incoming/hackle/{number}": random.choice([0.35, 0.36, 13.0]) for number in range(500)}
    found = tasks(weights.items(), 30)
    assert sorted(key for task in found for key in task) == sorted(weights)
    sums = [sum(weights[key] for key in task) for task in found]
    assert max(sums) <= 30
    assert min(sums[:-1]) > 15
    assert tasks([], 30) == []


def test_an_item_that_is_heavier_than_a_task_has_one_of_its_own_and_comes_first():
    assert tasks([("small", 1), ("huge", 1000), ("other", 1)], 60) == [["huge"], ["small", "other"]]


@pytest.mark.spark
@needs_java
def test_a_drop_that_ends_its_worker_is_told_apart_from_those_beside_it(spark):
    """Two passes over items of which one ends its worker each time that it is begun."""

    def handle(some):
        for keys in some:
            for key in keys:
                if key == "poison":
                    os.kill(os.getpid(), signal.SIGKILL)
                yield key

    keys = ["a", "b", "poison", "c"]
    assert jobs.together(spark, handle, [keys]) is None  # Spark gives the whole job up
    told, undone = jobs.alone(spark, handle, keys)
    assert sorted(told) == ["a", "b", "c"]
    assert list(undone) == ["poison"]
