"""The key of `[privacy] hash`: where HACKLE_HASH_KEY is the ARN of a secret, the secret's text takes its place.

Asked for once per cold start, and never logged; a new key is taken by the next one.
"""

import re
from collections.abc import Mapping

import boto3

_SECRET = re.compile(r"arn:[a-z-]+:secretsmanager:([a-z0-9-]+):")


def with_hash_key(env: Mapping[str, str]) -> Mapping[str, str]:
    """Raises botocore's ClientError where the secret is missing or may not be read."""
    secret = _SECRET.match(env.get("HACKLE_HASH_KEY", ""))
    if not secret:
        return env
    client = boto3.client("secretsmanager", region_name=secret[1])
    return {**env, "HACKLE_HASH_KEY": client.get_secret_value(SecretId=env["HACKLE_HASH_KEY"])["SecretString"]}
