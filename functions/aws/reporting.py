"""What is told of a handled drop: its receipt as one line of the log, and metrics, which CloudWatch takes from the log.

The dashboard and the alarms of template.yaml are made of these metrics; their dimension `service` is the environment's
POWERTOOLS_SERVICE_NAME. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
"""

import json
import platform

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from hackle_import.errors import shown
from hackle_import.receipt import Receipt

# The first tier of https://aws.amazon.com/lambda/pricing/, in US dollars
_PRICES_PER_GB_SECOND = {"aarch64": 0.0000133334, "x86_64": 0.0000166667}
_METRICS = {
    "RowsIn": ("rows_in", MetricUnit.Count),
    "RowsWritten": ("rows_written", MetricUnit.Count),
    "RowsRejected": ("rows_rejected", MetricUnit.Count),
    "BytesIn": ("bytes_in", MetricUnit.Bytes),
    "BytesOut": ("bytes_out", MetricUnit.Bytes),
    "Seconds": ("seconds", MetricUnit.Seconds),
    "EstimatedCostUsd": ("estimated_cost_usd", MetricUnit.NoUnit),
}
logger = Logger(json_serializer=lambda line: shown(json.dumps(line, default=str, ensure_ascii=False)))
metrics = Metrics(namespace="hackle-import")


def price_per_second(memory_mib: int) -> float:
    """Lambda's list price for this processor, in US dollars."""
    return memory_mib / 1024 * _PRICES_PER_GB_SECOND.get(platform.machine(), _PRICES_PER_GB_SECOND["x86_64"])


def report(receipt: Receipt) -> None:
    """To the log as one line, and to CloudWatch as metrics."""
    logger.info("receipt", receipt=json.loads(receipt.line()))
    metrics.add_metric(f"Drops{receipt.outcome.capitalize()}", MetricUnit.Count, 1)
    for name, (field, unit) in _METRICS.items():
        metrics.add_metric(name, unit, getattr(receipt, field) or 0)
