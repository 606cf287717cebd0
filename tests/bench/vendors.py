"""The bench's events as vendors would export them, and mappings to measure: presets, and one with JMESPath."""

import json
from pathlib import Path

PRESETS = ("amplitude", "mixpanel", "ga4", "segment", "posthog", "snowplow")
JMESPATH = """
where = "event_key != 'never'"
[fields]
insert_id = "insert_id"
event_key = "event_key || 'unknown'"
ts = "ts"
metric_value = "metric_value"
[fields.identifiers]
id = "identifiers.id || identifiers.device_id"
device_id = "identifiers.device_id"
[fields.event_properties]
spread = "event_properties"
label = "join('-', [event_key, ts])"
[fields.user_properties]
spread = "user_properties"
[fields.platform_properties]
osname = "platform_properties.osname"
appversion = "platform_properties.appversion"
"""


def write_export(events: Path, vendor: str, path: Path) -> None:
    """One line a line of `events`, with what the vendor's own exports hold beside."""
    shape = _SHAPES[vendor]
    with events.open(encoding="utf-8") as source, path.open("w", encoding="utf-8") as target:
        for line in source:
            target.write(json.dumps(shape(json.loads(line)), ensure_ascii=False, separators=(",", ":")) + "\n")


def _amplitude(e):
    platform = e["platform_properties"]
    return {
        "$insert_id": e["insert_id"], "adid": None, "amplitude_attribution_ids": None, "amplitude_event_type": None,
        "amplitude_id": 1084922772951, "app": 714982, "city": "Seoul", "client_event_time": e["ts"][:-1].replace("T", " ") + "000",
        "client_upload_time": "2025-01-02 03:04:10.000000", "country": "South Korea", "data": {"path": "/2/httpapi"},
        "device_carrier": "SK Telecom", "device_family": "Samsung", "device_id": e["identifiers"]["device_id"],
        "device_manufacturer": platform.get("devicevendor"), "device_model": platform.get("devicemodel"), "event_id": 597609329,
        "event_properties": e["event_properties"], "event_time": e["ts"][:-1].replace("T", " ") + "000", "event_type": e["event_key"],
        "group_properties": {}, "groups": {}, "ip_address": "203.0.113.9", "language": "Korean", "library": "amplitude-android/3.35.1",
        "os_name": platform["osname"].lower(), "os_version": platform.get("osversion"), "platform": platform["osname"],
        "processed_time": "2025-01-02 03:04:20.100000", "server_received_time": "2025-01-02 03:04:07.779000",
        "session_id": 1735786800000, "user_id": e["identifiers"].get("user_id"), "user_properties": e["user_properties"],
        "uuid": e["insert_id"], "version_name": platform["appversion"],
    }  # fmt: skip


def _mixpanel(e):
    platform, identifiers = e["platform_properties"], e["identifiers"]
    own = {
        "time": 1735787045, "distinct_id": identifiers["id"], "$app_version_string": platform["appversion"], "$city": "Seoul",
        "$device_id": identifiers["device_id"], "$insert_id": e["insert_id"], "$lib_version": "7.5.2", "$manufacturer": platform.get("devicevendor"),
        "$model": platform.get("devicemodel"), "$os": platform["osname"], "$os_version": platform.get("osversion"), "$region": "Seoul",
        "$user_id": identifiers.get("user_id"), "mp_country_code": "KR", "mp_lib": "iphone", "mp_processing_time_ms": 1735787046123,
    }  # fmt: skip
    return {"event": e["event_key"], "properties": own | e["event_properties"]}


def _ga4(e):
    platform = e["platform_properties"]

    def listed(entries):
        return [{"key": key, "value": _value(value)} for key, value in entries.items() if value is not None]

    return {
        "event_date": "20250102", "event_timestamp": "1735787045678901", "event_name": e["event_key"],
        "event_params": listed(e["event_properties"] | {"ga_session_id": 1735786800}), "event_bundle_sequence_id": "12",
        "user_id": e["identifiers"].get("user_id"), "user_pseudo_id": e["identifiers"]["device_id"], "privacy_info": {"ads_storage": "Yes"},
        "user_properties": listed(e["user_properties"]), "device": {"category": "mobile", "mobile_model_name": platform.get("devicemodel"), "language": "ko-kr"},
        "geo": {"city": "Seoul", "country": "South Korea", "continent": "Asia"}, "app_info": {"id": "com.acme", "version": platform["appversion"]},
        "traffic_source": {"name": "(direct)", "medium": "(none)"}, "stream_id": "2051", "platform": platform["osname"].upper(), "items": [],
    }  # fmt: skip


def _value(value):
    if isinstance(value, float):
        return {"double_value": value}
    if isinstance(value, int):
        return {"int_value": str(int(value))}
    return {"string_value": value if isinstance(value, str) else json.dumps(value)}


def _segment(e):
    platform, identifiers = e["platform_properties"], e["identifiers"]
    return {
        "anonymousId": identifiers["device_id"], "channel": "client", "context": {
            "app": {"name": "Shop", "version": platform["appversion"], "build": "690"}, "device": {"id": identifiers["device_id"], "model": platform.get("devicemodel")},
            "ip": "203.0.113.9", "library": {"name": "analytics-ios", "version": "4.1.6"}, "locale": "ko-KR",
            "os": {"name": platform["osname"], "version": platform.get("osversion")}, "traits": e["user_properties"],
        },
        "event": e["event_key"], "integrations": {}, "messageId": e["insert_id"], "originalTimestamp": e["ts"], "properties": e["event_properties"],
        "receivedAt": e["ts"], "sentAt": e["ts"], "timestamp": e["ts"], "type": "track", "userId": identifiers.get("user_id"), "version": 2,
    }  # fmt: skip


def _posthog(e):
    platform, identifiers = e["platform_properties"], e["identifiers"]
    own = {
        "$os": platform["osname"], "$os_version": platform.get("osversion"), "$app_version": platform["appversion"], "$device_id": identifiers["device_id"],
        "$device_model": platform.get("devicemodel"), "$lib": "posthog-android", "$session_id": "0190-ses", "$ip": "203.0.113.9", "token": "phc_x",
    }  # fmt: skip
    return {
        "uuid": e["insert_id"], "event": e["event_key"], "distinct_id": identifiers["id"], "person_id": "01800000-0000-0000-0000-000000000001",
        "team_id": 1, "timestamp": e["ts"], "created_at": e["ts"], "elements_chain": "", "properties": e["event_properties"] | own, "person_properties": e["user_properties"],
    }  # fmt: skip


def _snowplow(e):
    platform, identifiers = e["platform_properties"], e["identifiers"]
    prefix = "contexts_com_snowplowanalytics_"
    return {
        "app_id": "shop", "platform": "mob", "collector_tstamp": e["ts"], "dvce_created_tstamp": e["ts"], "event": "unstruct", "event_id": e["insert_id"],
        "v_tracker": "ios-6.0.0", "user_id": identifiers.get("user_id"), "network_userid": identifiers["device_id"], "derived_tstamp": e["ts"],
        f"{prefix}snowplow_client_session_1": [{"userId": identifiers["device_id"], "sessionId": "457b16f7-e509-4903-a135-fd8d96fe874c"}],
        f"{prefix}snowplow_mobile_context_1": [{"osType": platform["osname"].lower(), "osVersion": platform.get("osversion"), "deviceModel": platform.get("devicemodel")}],
        f"{prefix}mobile_application_1": [{"version": platform["appversion"], "build": "690"}], "geo_country": "KR",
        "unstruct_event_com_acme_event_1": e["event_properties"], "event_name": e["event_key"], "event_vendor": "com.acme", "event_version": "1-0-0",
    }  # fmt: skip


_SHAPES = {name: globals()[f"_{name}"] for name in PRESETS}
