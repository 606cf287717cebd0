"""What a report's page says in Korean of codes and of single words; what they say in English is in `codes`."""

CODES: dict[str, tuple[str, str]] = {
    "not_json": ("레코드가 올바른 JSON이 아닙니다.", "`raw`를 보고, 레코드마다 완전한 객체 하나를 쓰세요."),
    "not_an_object": ("레코드가 JSON이지만 객체가 아닙니다.", "이벤트마다 JSON 객체로 쓰세요."),
    "not_utf8": (
        "레코드에 UTF-8이 아닌 바이트가 있습니다.",
        "UTF-8로 내보내세요. 엑셀에서는 `CSV UTF-8`(또는 BOM이 있는 UTF-16)입니다.",
    ),
    "too_deep": ("레코드가 64단계보다 깊게 중첩되어 있습니다.", "소스에서 중첩된 값을 펼치세요."),
    "line_too_long": (
        "레코드가 `HACKLE_MAX_LINE_BYTES`보다 깁니다.",
        "빠진 줄바꿈이 있는지 확인하거나 설정값을 올리세요.",
    ),
    "csv_quotes": ("닫는 따옴표 뒤에 글자가 있습니다.", "값 안의 따옴표는 두 번 쓰세요."),
    "csv_cells": ("레코드의 칸 수가 헤더와 다릅니다.", "구분자가 들어 있는 칸은 따옴표로 감싸세요."),
    "nul_byte": ("CSV 레코드에 NUL 바이트가 있습니다.", "UTF-8 또는 BOM이 있는 UTF-16으로 내보내세요."),
    "wrong_type": ("필드의 JSON 타입을 이 컬럼에 쓸 수 없습니다.", "docs/formats.md의 컬럼 설명을 보세요."),
    "insert_id_missing": (
        "`insert_id`가 없고, 매핑은 이를 요구합니다.",
        '값을 채우거나 `insert_id.when_missing = "content"`로 정하세요.',
    ),
    "event_key_missing": (
        "`event_key`가 없거나 null이거나 비어 있습니다.",
        "모든 이벤트에 이름을 붙이세요. 모든 행에 없다면 매핑이 필요한 드롭입니다.",
    ),
    "event_key_too_long": ("`event_key`가 128자를 넘습니다.", "이름을 줄이세요."),
    "ts_missing": ("`ts`가 없거나 null이거나 비어 있습니다.", "이벤트가 일어난 클라이언트 시각을 보내세요."),
    "ts_unreadable": ("`ts`가 ISO 8601도 epoch 숫자도 아닙니다.", "둘 중 하나를 쓰거나 매핑의 `ts.format`을 쓰세요."),
    "ts_out_of_range": (
        "`ts`가 2000-01-01 이전이거나 드롭을 올린 시각보다 하루 넘게 뒤입니다.",
        "숫자라면 `ts.unit`을, 날짜라면 `ts.format`을 적으세요. 아니라면 시계가 틀렸는지 확인하세요.",
    ),
    "metric_unreadable": ("`metric_value`가 숫자가 아닙니다.", "숫자만 보내거나 비워 두세요."),
    "metric_too_large": ("`metric_value`의 정수 부분이 18자리를 넘습니다.", "더 작은 단위로 보내세요."),
    "required_key_missing": (
        "`id`, `device_id`, `osname`, `appversion` 중 하나가 없거나 비어 있습니다.",
        "`field`가 어떤 키인지 알려 줍니다. 소스에서 채우세요.",
    ),
    "osname_not_allowed": (
        "`osname`이 설정에서 허용한 값(Android, iOS)이 아닙니다.",
        "표기가 다르면 매핑의 `values`로 바꾸고, 핵클이 받는 이름이면 `HACKLE_OSNAMES`에 추가하세요.",
    ),
    "too_many_entries": ("맵의 키가 4,096개를 넘습니다.", "ID가 키로 들어가지 않았는지 확인하세요."),
    "too_many_values": (
        "레코드의 값이 250,000개를 넘어 JMESPath와 `[privacy]`로 볼 수 없습니다.",
        "소스에서 나누거나 단순한 경로로 지정하세요.",
    ),
    "over_limit": ("핵클의 제한을 넘었고, 매핑이 거부하도록 정했습니다.", "docs/mapping.md의 `limits`를 보세요."),
    "insert_id_hashed": ("`insert_id`가 UUID가 아니어서 그 글자로 만든 UUIDv5를 썼습니다.", "할 일이 없습니다."),
    "insert_id_made": (
        "`insert_id`가 없어 행의 내용으로 만들었습니다.",
        "값을 채우세요. 내용이 같은 행은 핵클에서 이벤트 하나가 됩니다.",
    ),
    "metric_zero": (
        "`metric_value`가 숫자가 아니거나 너무 커서, 매핑에 따라 0을 썼습니다.",
        "docs/mapping.md의 `on_bad_metric`을 보세요.",
    ),
    "no_object": (
        "펼칠 값이 객체가 아니어서, 매핑에 따라 항목 하나로 썼습니다.",
        "docs/mapping.md의 `on_bad_map`을 보세요.",
    ),
    "filler": (
        "식별자나 필수 필드에 `NULL`, `undefined`, `(not set)` 같은 글자가 있습니다.",
        "없는 값으로 처리하려면 docs/mapping.md의 `[fillers]`를 보세요.",
    ),
    "metric_rounded": ("소수 6자리를 넘어 반올림했습니다(짝수 쪽으로).", "그 정도 차이가 괜찮다면 할 일이 없습니다."),
    "key_repeated": (
        "한 객체의 두 키가 소문자로 같아서 뒤의 것을 썼습니다.",
        "소스에서 하나의 이름을 바꾸세요.",
    ),
    "key_too_long": ("맵의 키가 128자를 넘습니다.", "핵클이 자를 수 있습니다. 줄이세요."),
    "value_too_long": ("맵의 값이 1,024자(식별자는 512자)를 넘습니다.", "핵클이 자를 수 있습니다. 줄이세요."),
    "too_many_keys": (
        "이벤트 속성이 64개 또는 사용자 속성이 128개를 넘습니다.",
        "핵클이 일부를 버릴 수 있습니다. 줄여서 보내세요.",
    ),
    "metric_over_limit": ("정수 부분이 15자리를 넘습니다.", "더 작은 단위로 보내세요."),
    "insert_id_repeated": (
        "드롭 안의 앞선 행과 `insert_id`가 같은 행이 있습니다.",
        "핵클은 ID마다 한 행만 남깁니다. 이벤트마다 다른 ID를 쓰세요.",
    ),
    "source_absent": (
        "매핑에 적힌 소스가 어느 행에도 없습니다(소스마다 한 번 셉니다).",
        "이름이 바뀌었거나 잘못 적힌 필드를 찾아 매핑을 고친 뒤 `replay`하세요.",
    ),
    "field_new": (
        "아무 데도 쓰이지 않고, 폴더의 지난 드롭에는 없던 필드입니다(필드마다 한 번 셉니다).",
        "매핑에 넣거나 그대로 두세요.",
    ),
    "delimiter_guessed": (
        "매핑에도 드롭 이름에도 구분자가 없어 헤더를 보고 정했습니다.",
        "그대로 두거나 매핑의 `[csv]`에 적으세요.",
    ),
    "event_key_reserved": ("`event_key`가 핵클의 것처럼 `$`로 시작합니다.", "이벤트 이름을 바꾸세요."),
}
STATES = {
    "closed": "마감됨",
    "held": "보류 있음",
    "appended": "추가됨",
    "rewritten": "다시 씀",
    "late": "늦음",
    "corrected": "바뀜",
    "written": "기록됨",
    "rejected": "거부됨",
    "empty": "비어 있음",
    "skipped": "이미 처리됨",
    "superseded": "새 버전으로 대체됨",
    "withheld": "보류됨",
    "failed": "실패",
    "gone": "삭제됨",
    "forgotten": "회수됨",
    "new": "시작 전",
    "asked": "요청함",
    "running": "실행 중",
    "exported": "내보냄",
    "offered": "드롭으로 전달됨",
}
