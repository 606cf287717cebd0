"""Keys with a line feed on S3, which moto does not hold: what is asked for and how a listing is understood, against answers
as S3 documents them (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, EncodingType)."""

from http.server import BaseHTTPRequestHandler

from hackle_import.stores import open_store
from support.faulty_proxy import serving

KEY = "in/a\nb\r c+d%0A.ndjson"
LISTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><EncodingType>url</EncodingType>
<KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>
<Contents><Key>in/a%0Ab%0D+c%2Bd%250A.ndjson</Key><Size>1</Size><LastModified>2025-01-01T00:00:00.000Z</LastModified>
</Contents></ListBucketResult>"""


def test_a_key_with_line_breaks_is_asked_for_and_listed_as_it_is(aws, monkeypatch):
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(LISTED)))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
            self.end_headers()
            self.wfile.write(LISTED)

        def log_message(self, *arguments):
            pass

    with serving(Answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        store = open_store("s3://bucket")
        assert list(store.keys("in/")) == [KEY]
        store.get(KEY)
    listed, got = asked
    assert "encoding-type=url" in listed
    assert got == "/bucket/in/a%0Ab%0D%20c%2Bd%250A.ndjson"
