"""S3 to a role that may list below prefixes only, at its strictest: what is not there is forbidden."""

from urllib.parse import unquote, urlsplit

from support.faulty_proxy import Faults
from support.lazily import lazily

boto3, botocore = lazily("boto3"), lazily("botocore.exceptions")


class Strict(Faults):
    """`s3` is the address of the storage itself."""

    def __init__(self, s3):
        super().__init__(seed=0)
        self._s3 = boto3.client("s3", endpoint_url=s3)

    def next(self, method, path, _body):
        bucket, _, key = unquote(urlsplit(path).path).lstrip("/").partition("/")
        return "403" if method in ("GET", "HEAD") and key and not self._is_there(bucket, key) else None

    def _is_there(self, bucket, key):
        try:
            self._s3.head_object(Bucket=bucket, Key=key)
        except botocore.ClientError:
            return False
        return True
