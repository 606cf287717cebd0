"""What `sam build` ships, run as Lambda runs it, against moto."""

import json
import subprocess
import sys
from threading import Event

import pytest

from hackle_import.ingest import STOP_BEFORE
from support.faulty_proxy import Faults, faulty_proxy
from support.lambda_runtime import ARTIFACT, MACHINE, ROOT, artifact, emulator
from support.lazily import lazily
from support.samples import event, ndjson

boto3 = lazily("boto3")

KEY = "incoming/hackle/app/a+b 1%.ndjson"


@pytest.fixture
def env(aws, s3_bucket):
    """The function's environment: one bucket holds both places."""
    artifact()
    places = {"HACKLE_STAGING": f"s3://{s3_bucket}", "HACKLE_IMPORT": f"s3://{s3_bucket}/hackle"}
    return places | {
        "AWS_ENDPOINT_URL": aws,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "POWERTOOLS_SERVICE_NAME": "an-environment",
    }


def created(bucket, key):
    return {"detail-type": "Object Created", "detail": {"bucket": {"name": bucket}, "object": {"key": key}}}


def printed(running, field):
    """Lines of JSON that have the field."""
    found = [json.loads(line) for line in running.log if line.startswith("{")]
    return [line[field] for line in found if field in line]


def test_a_cold_and_a_warm_invocation_convert_with_the_decoder_in_c(env, s3_bucket):
    boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=ndjson(event(1), event(2, ts="bad")))
    with emulator(env) as running:
        assert running.invoke(created(s3_bucket, KEY)) == {}
        assert running.invoke(created(s3_bucket, KEY)) == {}
    cold, warm = printed(running, "receipt")
    assert (cold["outcome"], cold["rows_written"], cold["rejects"]) == ("written", 1, {"ts_unreadable": 1})
    assert cold["decoder"] == "native"
    assert cold["estimated_cost_usd"] > 0
    assert warm["outcome"] == "skipped"
    assert sum("INIT START" in line for line in running.log) == 1
    assert printed(running, "service") == ["an-environment"] * 4  # two receipts, two sets of metrics
    (names,) = {tuple(found["CloudWatchMetrics"][0]["Dimensions"][0]) for found in printed(running, "_aws")}
    assert names == ("service",)


def test_of_a_batch_the_bad_message_alone_comes_back(env, s3_bucket):
    boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=ndjson(event(1)))
    bodies = {"good": json.dumps(created(s3_bucket, KEY)), "bad": "no event"}
    records = [{"messageId": name, "eventSource": "aws:sqs", "body": body} for name, body in bodies.items()]
    with emulator(env) as running:
        assert running.invoke({"Records": records}) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert [receipt["outcome"] for receipt in printed(running, "receipt")] == ["written"]


def test_an_invocation_out_of_time_ends_before_the_platform_ends_it_and_the_next_one_completes_its_work(env, s3_bucket):
    boto3.client("s3").put_object(Bucket=s3_bucket, Key=KEY, Body=ndjson(event(1)))
    go_on = Event()

    class Hanging(Faults):
        """Nothing is answered until the function has given up."""

        def next(self, *_request):
            go_on.wait(60)

    with faulty_proxy(env["AWS_ENDPOINT_URL"], Hanging(seed=0)) as url:
        with emulator(env | {"AWS_ENDPOINT_URL": url}, timeout_seconds=STOP_BEFORE.seconds + 3) as running:
            told = running.invoke(created(s3_bucket, KEY))
            assert "did not answer before the time was over" in told["errorMessage"]
            go_on.set()
        with emulator(env | {"AWS_ENDPOINT_URL": url}) as running:
            assert running.invoke(created(s3_bucket, KEY)) == {}
    assert [receipt["outcome"] for receipt in printed(running, "receipt")] == ["written"]


def test_it_holds_its_processor_s_decoder_alone_and_no_part_of_the_command():
    artifact()
    assert [path.name for path in ARTIFACT.rglob("decoder-*")] == [f"decoder-linux-{MACHINE}.so"]
    assert {path.name for path in ARTIFACT.glob("*.py")} >= {"handler.py", "hash_key.py", "reporting.py"}
    assert not (ARTIFACT / "hackle_import" / "cli").exists()
    assert not list(ARTIFACT.rglob("test_*.py"))


def test_every_module_is_compiled_for_lambda_s_python_and_needs_no_check_of_its_source():
    artifact()
    for module in (
        ARTIFACT / "handler.py",
        ARTIFACT / "hackle_import" / "ingest" / "__init__.py",
        ARTIFACT / "boto3" / "session.py",
    ):
        (compiled,) = (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc")
        assert compiled.name.endswith(".cpython-313.pyc")
        assert compiled.read_bytes()[4:8] == (1).to_bytes(4, "little")  # PEP 552: hash-based, unchecked


def make(*arguments):
    command = ["make", "-s", "-f", "functions/aws/Makefile", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_build_fails_when_the_artifact_grows_beyond_its_size():
    artifact()
    only_the_check = ["small-enough", "-o", "compiled", f"ARTIFACTS_DIR={ARTIFACT}"]
    assert make(*only_the_check).returncode == 0
    refused = make(*only_the_check, "MAX_MIB=80")
    assert refused.returncode != 0
    assert "less than 80 was agreed" in refused.stderr


OTHERS = ["", "false", *([sys.executable] if sys.version_info[:2] != (3, 13) else [])]


@pytest.mark.parametrize("named", OTHERS)
def test_another_python_than_lambda_s_is_refused(named):
    refused = make("python3.13", f"PYTHON3_13={named}")
    assert refused.returncode != 0
    assert "make PYTHON3_13=/path/to/python3.13" in refused.stderr
