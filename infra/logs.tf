# 5 - What is known of it: the function's log, kept for as long as asked, and metrics out of the receipts in it.

locals {
  functions    = concat([local.name], local.has_backfill ? [local.backfill] : [], local.closes_days ? [local.closer] : [])
  named        = join(" OR ", [for name in local.functions : "\"${name}\""])
  handlers     = length(local.functions) > 1 ? "(${local.named})" : local.named
  function_log = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=${local.handlers}"
  receipts     = "${local.function_log} AND jsonPayload.message=\"receipt\""

  closed_days = "${local.function_log} AND jsonPayload.message=\"day\""
  looks       = "${local.function_log} AND jsonPayload.message=\"days looked at\""

  # What is looked for again and again.
  searches = {
    "drops that need attention" = "${local.receipts} AND jsonPayload.receipt.outcome=(\"failed\" OR \"withheld\" OR \"rejected\")"
    "sources and fields"        = "${local.receipts} AND (jsonPayload.receipt.notes.source_absent>0 OR jsonPayload.receipt.notes.field_new>0)"
    "failures"                  = "${local.function_log} AND severity>=ERROR"
    "slow drops"                = "${local.receipts} AND jsonPayload.receipt.seconds>60"
  }

  # Sums over receipts, named as their fields.
  sums = {
    rows_in       = "1"
    rows_written  = "1"
    rows_rejected = "1"
    rows_filtered = "1"
    bytes_in      = "By"
    seconds       = "s"
  }

  # And sums over what was remarked on a drop.
  remarks = ["source_absent", "field_new", "insert_id_repeated"]

  # In PromQL a log-based metric carries its name behind this: https://cloud.google.com/monitoring/promql/promql-mapping
  metric   = "logging_googleapis_com:user_${replace(local.name, "-", "_")}"
  revision = "monitored_resource=\"cloud_run_revision\""
}

# A bucket of its own, because the retention of _Default is the whole project's. Entries are in both: to exclude them from
# _Default would save next to nothing, a receipt a drop.
resource "google_logging_project_bucket_config" "main" {
  project        = var.project
  location       = var.region
  bucket_id      = local.name
  retention_days = var.log_retention_days

  depends_on = [google_project_service.main]
}

resource "google_logging_project_sink" "main" {
  name                   = local.name
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.main.id}"
  filter                 = local.function_log
  unique_writer_identity = true
}

resource "google_logging_metric" "drops" {
  name        = "${replace(local.name, "-", "_")}_drops"
  description = "Handled drops by outcome."
  filter      = local.receipts

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    labels {
      key         = "outcome"
      description = "written, rejected, empty, skipped, superseded, withheld, failed or gone"
    }
  }

  label_extractors = {
    outcome = "EXTRACT(jsonPayload.receipt.outcome)"
  }

  depends_on = [google_project_service.main]
}

resource "google_logging_metric" "sums" {
  for_each = local.sums

  name            = "${replace(local.name, "-", "_")}_${each.key}"
  description     = "`${each.key}` of the receipts."
  filter          = local.receipts
  value_extractor = "EXTRACT(jsonPayload.receipt.${each.key})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value
  }

  depends_on = [google_project_service.main]
}

resource "google_logging_metric" "remarks" {
  for_each = toset(local.remarks)

  name            = "${replace(local.name, "-", "_")}_${each.key}"
  description     = "The note `${each.key}` of the receipts."
  filter          = "${local.receipts} AND jsonPayload.receipt.notes.${each.key}>0"
  value_extractor = "EXTRACT(jsonPayload.receipt.notes.${each.key})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"
  }

  depends_on = [google_project_service.main]
}

resource "google_logging_metric" "days" {
  count = local.closes_days ? 1 : 0

  name        = "${replace(local.name, "-", "_")}_days"
  description = "Closed days by outcome, whether they are late, and what lacks."
  filter      = local.closed_days

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    labels {
      key         = "outcome"
      description = "closed, adopted, appended, rewritten, held, waiting or failed"
    }

    labels {
      key         = "is_late"
      description = "true or false"
    }

    labels {
      key         = "missing"
      description = "The first pattern of days.toml that nothing matched; empty for none."
    }
  }

  label_extractors = {
    outcome = "EXTRACT(jsonPayload.day.outcome)"
    is_late = "EXTRACT(jsonPayload.day.is_late)"
    missing = "EXTRACT(jsonPayload.day.missing[0])"
  }

  depends_on = [google_project_service.main]
}

# A schedule that is silent tells nothing of any day.
resource "google_logging_metric" "looks" {
  count = local.closes_days ? 1 : 0

  name        = "${replace(local.name, "-", "_")}_looks"
  description = "How often all days that are due were looked at."
  filter      = local.looks

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }

  depends_on = [google_project_service.main]
}

resource "google_logging_saved_query" "main" {
  for_each = local.searches

  name         = "${local.name}-${replace(each.key, " ", "-")}"
  display_name = "${local.name}: ${each.key}"
  parent       = "projects/${var.project}"
  location     = "global"
  visibility   = "SHARED"

  logging_query {
    filter = each.value
  }

  depends_on = [google_project_service.main]
}
