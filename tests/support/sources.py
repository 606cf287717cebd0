"""Files of sources."""

REDSHIFT = """\
kind = "redshift"
mapping = "shop"
table = "analytics.events"
day = { column = "event_time", timezone = "Asia/Seoul" }
lookback_days = 3

[redshift]
workgroup = "shop"
database = "dev"
unload_role = "arn:aws:iam::123456789012:role/unload"
"""
BIGQUERY = """\
kind = "bigquery"
mapping = "shop"
table = "my-project.shop.events"
day = { column = "event_time", timezone = "Asia/Seoul" }
lookback_days = 3

[bigquery]
project = "my-project"
location = "asia-northeast3"
"""
GA4 = """\
kind = "bigquery"
mapping = "ga4"
table = "my-project.analytics_123.events_{yyyymmdd}"
day = { timezone = "Asia/Seoul" }
lookback_days = 4
not_before = "13:00"

[bigquery]
project = "my-project"
location = "US"
"""
