"""HACKLE_HASH_KEY on AWS: a key, or the ARN of the secret that holds it."""

import pytest

from support.lazily import lazily

boto3, hash_key = lazily("boto3"), lazily("hash_key")


def test_the_secret_s_text_takes_the_place_of_its_arn(aws):
    client = boto3.client("secretsmanager", region_name="eu-west-1")  # its region is in the ARN, not in ours
    arn = client.create_secret(Name="hash-key", SecretString="s3cret")["ARN"]
    assert hash_key.with_hash_key({"HACKLE_HASH_KEY": arn, "OTHER": "as it is"}) == {
        "HACKLE_HASH_KEY": "s3cret",
        "OTHER": "as it is",
    }


@pytest.mark.parametrize("env", [{}, {"HACKLE_HASH_KEY": ""}, {"HACKLE_HASH_KEY": "a key of one's own"}])
def test_anything_else_is_left_as_it_is_and_nobody_is_asked(env):
    assert hash_key.with_hash_key(env) is env


def test_a_secret_that_is_not_there_is_no_key(aws):
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError, match="ResourceNotFound"):
        hash_key.with_hash_key({"HACKLE_HASH_KEY": "arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf"})
