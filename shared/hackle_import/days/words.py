"""The words of a report's page, in English and in Korean: whoever reads it sees those of the browser's language."""

WARNINGS: dict[str, dict[str, tuple[str, str]]] = {
    "no_rows": {
        "en": ("The day has no row.", "Look at the sources: did any drop come? `hackle-import status` tells."),
        "ko": (
            "이 날에는 행이 하나도 없습니다.",
            "소스를 확인하세요. 드롭이 들어왔는지는 `hackle-import status`로 볼 수 있습니다.",
        ),
    },
    "volume": {
        "en": (
            "{rows} rows, where the same weekday usually has {usual}.",
            "A holiday or a campaign explains it, or a source lacks or came twice: compare the events below.",
        ),
        "ko": (
            "{rows}행입니다. 같은 요일에는 보통 {usual}행입니다.",
            "공휴일이나 캠페인 때문이 아니라면, 소스가 빠졌거나 두 번 들어왔는지 아래 이벤트를 비교하세요.",
        ),
    },
    "missing": {
        "en": ("Nothing came for {patterns}.", "Ask whoever exports it; what comes later is appended to the day."),
        "ko": (
            "{patterns}에 해당하는 파일이 오지 않았습니다.",
            "내보내는 쪽에 확인하세요. 나중에 오면 이 날에 추가됩니다.",
        ),
    },
    "hours": {
        "en": ("No row at {hours}, where the same weekday has many.", "Look at that hour's export, and drop it again."),
        "ko": ("{hours}에 행이 없습니다. 같은 요일에는 많았습니다.", "그 시간의 내보내기를 확인하고 다시 올리세요."),
    },
    "events": {
        "en": ("These events vanished: {events}.", "Was the app released, or the event renamed? Else a source lacks."),
        "ko": ("사라진 이벤트: {events}.", "앱이 배포되었거나 이벤트 이름이 바뀌었나요? 아니라면 소스가 빠졌습니다."),
    },
    "rejects": {
        "en": (
            "{rows} rows of this day's drops were rejected, most as `{code}`.",
            "`hackle-import explain {code}` says what to do; `hackle-import rejects` shows the rows.",
        ),
        "ko": (
            "이 날의 드롭에서 {rows}행이 거부되었고, 대부분 `{code}`입니다.",
            "`hackle-import explain {code}`가 해결 방법을, `hackle-import rejects`가 해당 행을 보여 줍니다.",
        ),
    },
    "repeats": {
        "en": (
            "{rows} rows repeat an insert_id; {differ} of them differ from the first.",
            "Does a source send twice? HACKLE_REPEATS = remove-equal leaves out what is equal.",
        ),
        "ko": (
            "{rows}행의 insert_id가 중복되며, 그중 {differ}행은 내용이 다릅니다.",
            "소스가 두 번 보내나요? HACKLE_REPEATS = remove-equal 은 같은 행을 제외합니다.",
        ),
    },
    "changed": {
        "en": (
            "{rows} rows ({percent} %) changed after the day was closed.",
            "Ask Hackle to import this day once more.",
        ),
        "ko": ("마감 후 {rows}행({percent} %)이 바뀌었습니다.", "핵클에 이 날을 다시 가져오도록 요청하세요."),
    },
    "held": {
        "en": (
            "Held drops: {drops}, with {rows} rows. The day does not show them as they are.",
            "`hackle-import day rewrite {day}` writes the day anew; then ask Hackle to import it once more.",
        ),
        "ko": (
            "{drops}개 드롭({rows}행)이 보류 중이며, 이 날에 반영되지 않았습니다.",
            "`hackle-import day rewrite {day}` 로 다시 쓴 뒤, 핵클에 이 날을 다시 가져오도록 요청하세요.",
        ),
    },
}
WORDS = {
    "Warnings": "주의",
    "Nothing to warn of.": "특이 사항이 없습니다.",
    "Rows by hour": "시간별 행",
    "Events": "이벤트",
    "Events by hour": "시간별 이벤트",
    "Properties that came or went": "새로 생기거나 사라진 속성",
    "Rejected rows, of the drops that hold rows of this day": "거부된 행 (이 날의 행이 있는 드롭 기준)",
    "Remarks, of the drops that hold rows of this day": "비고 (이 날의 행이 있는 드롭 기준)",
    "After the day was closed": "마감 이후",
    "Drops that the day does not show as they are": "이 날에 반영되지 않은 드롭",
    "How old rows were when their drop came": "드롭이 올라올 때 행의 나이",
    "Exports of warehouses": "웨어하우스 내보내기",
    "source": "소스",
    "attempt": "시도",
    "rows": "행",
    "files": "파일",
    "repeated rows": "중복된 행",
    "removed repeats": "제거된 중복",
    "late rows": "늦은 행",
    "held rows": "보류된 행",
    "rejected rows": "거부된 행",
    "event": "이벤트",
    "property": "속성",
    "share": "비율",
    "usual": "평소",
    "hour": "시",
    "code": "코드",
    "what to do": "해결 방법",
    "what": "내용",
    "generation": "세대",
    "when": "시각",
    "added": "추가",
    "removed": "제거",
    "drop": "드롭",
    "drops": "드롭",
    "Drops of this day": "이 날의 드롭",
    "did not come": "오지 않음",
    "new": "신규",
    "vanished": "사라짐",
    "day": "날짜",
    "state": "상태",
    "warnings": "주의",
    "at most": "최대",
    "Closed days": "마감된 날",
    "Rows by day": "날짜별 행",
    "Last row": "마지막 행",
    "Last drop": "마지막 드롭",
    "Cost of handling its drops": "드롭 처리 비용",
}
