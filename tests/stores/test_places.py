import pytest

from hackle_import.stores import open_store
from hackle_import.stores.local import LocalStore


@pytest.mark.parametrize("place", ["s3://", "s3:///prefix", "gs://", "gcs://bucket", "S3://bucket", "file:///folder"])
def test_a_mistyped_place_is_refused_and_becomes_no_folder(place):
    with pytest.raises(ValueError, match=r"names no bucket|is neither"):
        open_store(place)


@pytest.mark.parametrize("place", ["s3://bucket", "s3://bucket/a/b", "gs://bucket", "gs://bucket/a"])
def test_a_store_tells_its_place_without_a_trailing_slash(place, aws, gcs_bucket):
    assert open_store(place).place == open_store(place + "/").place == place


def test_anything_else_is_a_folder(tmp_path):
    store = open_store(str(tmp_path / "a b"))
    assert isinstance(store, LocalStore)
    assert store.place == str(tmp_path / "a b")


@pytest.mark.parametrize("cloud", ["s3", "gs"])
def test_two_prefixes_of_one_bucket_do_not_see_each_other(cloud, request):
    bucket = request.getfixturevalue("s3_bucket" if cloud == "s3" else "gcs_bucket")
    one, other = (open_store(f"{cloud}://{bucket}/{prefix}") for prefix in ("in", "in-other"))
    one.put("a", b"1")
    other.put("b", b"2")
    assert (list(one.keys("")), list(other.keys(""))) == (["a"], ["b"])
    assert list(open_store(f"{cloud}://{bucket}").keys("")) == ["in-other/b", "in/a"]
