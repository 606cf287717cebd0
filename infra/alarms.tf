# 5 - Who gets told: one policy an alarm, by e-mail.

locals {
  drops_queue  = "monitored_resource=\"pubsub_subscription\",subscription_id=\"${google_pubsub_subscription.drops.name}\""
  dead_letters = "monitored_resource=\"pubsub_subscription\",subscription_id=\"${google_pubsub_subscription.dead_letters.name}\""
  # of a name, since there may be none
  backfill_queue = "monitored_resource=\"pubsub_subscription\",subscription_id=\"${local.backfill}\""
  requests       = "run_googleapis_com:request_count{${local.revision},service_name=~\"${local.name}(-backfill|-close)?\",response_code_class=\"5xx\"}"
  events         = "pubsub_googleapis_com:topic_send_message_operation_count{monitored_resource=\"pubsub_topic\",topic_id=\"${google_pubsub_topic.drops.name}\"}"

  # By what reached the topic, so that a function that fails is not taken for a source that is silent.
  no_drop = "(sum(increase(${local.events}[${max(var.no_drop_hours, 1)}h])) or vector(0)) == 0"

  # What each alarm asks every minute, and what to do when it comes. PromQL, because it alone has ratios, and windows
  # longer than a day.
  alarms = merge(
    {
      dead_letters = {
        query  = "max(pubsub_googleapis_com:subscription_num_undelivered_messages{${local.dead_letters}}) > 0"
        remedy = "Events failed ${var.maximum_tries} times. Read the function's errors, mend the cause, redrive (docs/google-cloud.md, Redrive)."
      }
      drops_failed = {
        query  = "sum(increase(${local.metric}_drops{${local.revision},outcome=~\"failed|withheld|rejected\"}[10m])) > 0"
        remedy = "A drop could not be read, had too many rejects, or no good row; nothing of it was written. Its receipt says why; a corrected file under the same name heals it."
      }
      field_new = {
        query  = "sum(increase(${local.metric}_field_new_sum{${local.revision}}[10m])) > 0"
        remedy = "A drop has fields that the last one of its folder lacked, and nothing uses them. `unused` of its receipt names them; a mapping may take them."
      }
      function_errors = {
        query  = "sum(increase(${local.requests}[10m])) > 0"
        remedy = "The function failed; Pub/Sub delivers again. Look for severity ERROR in its log: settings, permissions, memory or time."
      }
      oldest_message = {
        query  = "max(pubsub_googleapis_com:subscription_oldest_unacked_message_age{${local.drops_queue}}) > ${var.oldest_message_minutes * 60}"
        remedy = "An event waits for more than ${var.oldest_message_minutes} minutes: the function fails, or more is dropped than maximum_concurrency allows."
      }
      reject_ratio = {
        query  = "sum(increase(${local.metric}_rows_rejected_sum{${local.revision}}[1h])) / sum(increase(${local.metric}_rows_in_sum{${local.revision}}[1h])) > ${var.reject_ratio}"
        remedy = "More than ${var.reject_ratio * 100} % of an hour's rows were rejected. The files in rejected/ say why, row by row."
      }
      source_absent = {
        query  = "sum(increase(${local.metric}_source_absent_sum{${local.revision}}[10m])) > 0"
        remedy = "A source that a mapping names is in no row of a drop any more. The receipt names it; correct the mapping, then replay the drop."
      }
    },
    local.has_backfill ? {
      backfill_stalled = {
        query  = "min_over_time(pubsub_googleapis_com:subscription_num_undelivered_messages{${local.backfill_queue}}[1h]) > 0 and on() (sum(increase(pubsub_googleapis_com:subscription_ack_message_count{${local.backfill_queue}}[1h])) or vector(0)) == 0"
        remedy = "Drops of a backfill wait, and none was done for an hour. Look for severity ERROR in the function's log, and whether the subscription pushes."
      }
    } : {},
    local.closes_days ? {
      day_changed = {
        query  = "sum(increase(${local.metric}_days{${local.revision},outcome=~\"appended|rewritten|held\"}[1h])) > 0"
        remedy = "A day changed after it was closed, or holds drops back. `hackle-import day status` tells which; ask Hackle to import it once more."
      }
      day_incomplete = {
        query  = "sum(increase(${local.metric}_days{${local.revision},missing!=\"\",outcome=\"closed\"}[1h])) > 0"
        remedy = "A day was closed without what days.toml expects. Its report tells what lacks."
      }
      day_late = {
        query  = "sum(increase(${local.metric}_days{${local.revision},is_late=\"true\"}[2h])) > 0 or (sum(increase(${local.metric}_looks{${local.revision}}[3h])) or vector(0)) == 0"
        remedy = "A day that is due is not closed, or nobody looked for three hours (on a new deployment: not yet). The log of the function that closes days tells why; `hackle-import day close` closes it."
      }
    } : {},
    var.no_drop_hours == 0 ? {} : {
      no_drop = {
        query  = local.no_drop
        remedy = "Nothing was dropped for ${var.no_drop_hours} hours. Ask who drops; if files are in incoming/, look at the bucket's notification."
      }
    },
  )
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alarm_email == "" ? 0 : 1

  display_name = "${local.name} alarms"
  type         = "email"
  labels = {
    email_address = var.alarm_email
  }

  depends_on = [google_project_service.main]
}

resource "google_monitoring_alert_policy" "main" {
  for_each = local.alarms

  display_name          = "${local.name} ${replace(each.key, "_", " ")}"
  combiner              = "OR"
  notification_channels = google_monitoring_notification_channel.email[*].name

  conditions {
    display_name = replace(each.key, "_", " ")

    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "0s"
      evaluation_interval       = "60s"
      disable_metric_validation = true # a metric out of logs is there from its first entry on
    }
  }

  documentation {
    content   = each.value.remedy
    mime_type = "text/markdown"
  }

  depends_on = [google_logging_metric.days, google_logging_metric.drops, google_logging_metric.looks, google_logging_metric.remarks, google_logging_metric.sums]
}
