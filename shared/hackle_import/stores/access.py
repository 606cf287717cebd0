"""What a cloud's library says where it finds no credentials or no region -> one line of what to do about it.

Failures are known by the names of their classes, so that neither library is loaded for the other's sake.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hackle_import.errors import Misconfigured

_LIBRARIES = ("botocore.", "google.auth.")
_GCLOUD = "run `gcloud auth application-default login`, or let GOOGLE_APPLICATION_CREDENTIALS name a key's file"
_AWS = "run `aws configure` or `aws sso login`, or set AWS_PROFILE"
_EXPIRED = f"credentials of AWS have expired: {_AWS}"
_REFUSED = f"AWS does not know the credentials: {_AWS}"
_BY_CLASS = {
    "NoRegionError": "no region of AWS: set AWS_DEFAULT_REGION, such as ap-northeast-2, or run `aws configure`",
    "NoCredentialsError": f"no credentials of AWS: {_AWS}",
    "PartialCredentialsError": "half of AWS's credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither",
    "ProfileNotFound": "no such profile of AWS: let AWS_PROFILE name one of ~/.aws/config, or unset it",
    "SSOError": _EXPIRED,
    "TokenRetrievalError": _EXPIRED,
    "DefaultCredentialsError": f"no credentials of Google Cloud: {_GCLOUD}",
    "RefreshError": f"credentials of Google Cloud are refused or have expired: {_GCLOUD}",
}
_BY_CODE = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "InvalidAccessKeyId": _REFUSED,
    "InvalidClientTokenId": _REFUSED,
    "UnrecognizedClientException": _REFUSED,
}


@contextmanager
def access_told() -> Iterator[None]:
    """Raises Misconfigured in the place of what the library would."""
    try:
        yield
    except Exception as failure:
        if told := _told(failure):
            raise Misconfigured(told) from failure
        raise


def _told(failure: Exception) -> str | None:
    classes = [one.__name__ for one in type(failure).__mro__ if one.__module__.startswith(_LIBRARIES)]
    answer: Any = getattr(failure, "response", None) if "ClientError" in classes else None
    if answer:
        return _BY_CODE.get(answer.get("Error", {}).get("Code", ""))
    if "RefreshError" in classes and getattr(failure, "retryable", False):  # the server that gives them did not answer
        return None
    return next((_BY_CLASS[name] for name in classes if name in _BY_CLASS), None)
