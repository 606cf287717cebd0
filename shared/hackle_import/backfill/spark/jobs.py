"""Items on Spark: tasks of about one size at first; where Spark gives the job up because a worker was ended again and
again, a job an item, so that the one that ends its worker is told apart from those beside it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

T = TypeVar("T")
Handle = Callable[[Iterable[Sequence[str]]], Iterator[T]]  # on an executor: the items of a partition's tasks
ENDED = "its worker was ended each time: is there enough memory?"


def tasks(weights: Iterable[tuple[str, float]], most: float) -> list[list[str]]:
    """Items by task, each of about `most` of their weights, those of the heaviest first: the last ones are short."""
    found: list[list[str]] = []
    room = 0.0
    for item, weight in sorted(weights, key=lambda one: one[1], reverse=True):
        if not found or weight > room:
            found.append([])
            room = most
        found[-1].append(item)
        room -= weight
    return found


def together(spark: "SparkSession", handle: Handle[T], parts: list[list[str]]) -> list[T] | None:
    """None where Spark gave the job up: a task was lost as often as it may be, and the others were stopped with it."""
    from py4j.protocol import Py4JJavaError

    if not parts:
        return []
    try:
        told: list[T] = spark.sparkContext.parallelize(parts, len(parts)).mapPartitions(handle).collect()
    except Py4JJavaError:
        return None
    return told


def alone(spark: "SparkSession", handle: Handle[T], items: Iterable[str]) -> tuple[list[T], dict[str, str]]:
    """A job an item, several at once; and why those are undone that ended their worker each time."""
    from py4j.protocol import Py4JJavaError

    told: list[T] = []
    undone: dict[str, str] = {}

    def one_job(item: str) -> None:
        try:
            told.extend(spark.sparkContext.parallelize([[item]], 1).mapPartitions(handle).collect())
        except Py4JJavaError:
            undone[item] = ENDED

    with ThreadPoolExecutor(spark.sparkContext.defaultParallelism) as pool:
        list(pool.map(one_job, items))
    return told, undone
