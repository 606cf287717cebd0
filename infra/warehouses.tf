# 7 - Days of warehouses (docs/warehouses.md), where warehouses is on: a schedule, a topic, a function, and a bucket for parts.

locals {
  exports_days  = var.warehouses == "on"
  exports       = "${local.name}-exports"
  exports_place = local.exports_days ? "gs://${google_storage_bucket.exports[0].name}" : trimsuffix("gs://${local.staging_bucket}/${var.staging_prefix}", "/")

  # By buckets: BigQuery writes parts as the exporter's account, and replaces none.
  export_grants = !local.exports_days ? {} : {
    parts = {
      title       = "writes and reads exported parts"
      bucket      = google_storage_bucket.exports[0].name
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list"]
      expression  = ""
    }
    sources = {
      title       = "reads sources"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.get"]
      expression  = "resource.name.startsWith(\"${local.staging_objects}sources/\")"
    }
    offer = {
      title       = "offers days and keeps their state"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get"]
      expression  = "resource.name.startsWith(\"${local.staging_objects}incoming/\") || resource.name.startsWith(\"${local.staging_objects}state/exports/\")"
    }
    names = {
      title       = "lists sources and state"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.list"]
      expression  = ""
    }
  }

  exporter_log = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${local.name}-export\""
  tallied      = "${local.exporter_log} AND jsonPayload.message=\"exports\""

  # What each alarm asks every minute: each tick tells how many days stand so.
  export_alarms = !local.exports_days ? {} : {
    export_failed = {
      query  = "max(increase(${local.metric}_exports_failed_sum{${local.revision}}[30m])) > 0"
      remedy = "A day of a warehouse cannot be exported. `hackle-import status` has the warehouse's words, `hackle-import sources check` tells the grant that lacks."
    }
    export_late = {
      query  = "max(increase(${local.metric}_exports_late_sum{${local.revision}}[30m])) > 0"
      remedy = "A day's table is not there, for longer than its source waits. Ask who fills it."
    }
    export_withheld = {
      query  = "max(increase(${local.metric}_exports_withheld_sum{${local.revision}}[30m])) > 0"
      remedy = "A day of a warehouse has far fewer rows than before. Look at the table, then `hackle-import export --accept`."
    }
    export_no_tick = {
      query  = "(sum(increase(${local.metric}_exports_sources_count{${local.revision}}[1h])) or vector(0)) == 0"
      remedy = "The exporter did not come to an end for an hour. Look at its log and at the schedule."
    }
  }
}

# Without soft delete: BigQuery writes a file more than once, and each of them would be kept and paid for.
# https://cloud.google.com/bigquery/docs/exporting-data
resource "google_storage_bucket" "exports" {
  #checkov:skip=CKV_GCP_78:A part is never replaced, and is not needed once its drop is handled.
  #checkov:skip=CKV_GCP_62:Who read or wrote what is in Cloud Audit Logs, if the project switches on data access logs.
  count = local.exports_days ? 1 : 0

  name                        = "${var.project}-hackle-exports-${var.environment}"
  location                    = var.region # of the tables, too: a job of BigQuery has one location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # parts are exported again

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.export_retention_days
    }
  }

  lifecycle_rule {
    action {
      type = local.unfinished_uploads.action.type
    }
    condition {
      age = local.unfinished_uploads.condition.age
    }
  }

  dynamic "encryption" {
    for_each = google_kms_crypto_key_iam_member.storage
    content {
      default_kms_key_name = encryption.value.crypto_key_id
    }
  }

  depends_on = [google_project_service.main]
}

resource "google_service_account" "exporter" {
  count = local.exports_days ? 1 : 0

  account_id   = "${local.name}-export"
  display_name = "${local.name}: exports days of warehouses"

  depends_on = [google_project_service.main]
}

resource "google_project_iam_custom_role" "exporter" {
  for_each = local.export_grants

  role_id     = replace("${local.exports}-${each.key}", "-", "_")
  title       = "${local.name} ${each.value.title}"
  permissions = each.value.permissions

  depends_on = [google_project_service.main]
}

resource "google_storage_bucket_iam_member" "exporter" {
  for_each = local.export_grants

  bucket = each.value.bucket
  role   = google_project_iam_custom_role.exporter[each.key].name
  member = google_service_account.exporter[0].member

  dynamic "condition" {
    for_each = each.value.expression == "" ? [] : [each.value]
    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }
}

# The function of drops reads parts, and lists them where one is gone.
resource "google_project_iam_custom_role" "exported" {
  count = local.exports_days ? 1 : 0

  role_id     = replace("${local.exports}-read", "-", "_")
  title       = "${local.name} reads exported parts"
  permissions = ["storage.objects.get", "storage.objects.list"]

  depends_on = [google_project_service.main]
}

resource "google_storage_bucket_iam_member" "exported" {
  count = local.exports_days ? 1 : 0

  bucket = google_storage_bucket.exports[0].name
  role   = google_project_iam_custom_role.exported[0].name
  member = google_service_account.main["run"].member
}

# In this project; in another one its owner grants what the output warehouse_grants says.
resource "google_project_iam_member" "exporter_jobs" {
  count = local.exports_days && var.bigquery_project == "" ? 1 : 0

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.exporter[0].member
}

resource "google_bigquery_dataset_iam_member" "exporter" {
  for_each = local.exports_days && var.bigquery_project == "" ? toset(var.bigquery_datasets) : []

  project    = var.project
  dataset_id = each.key
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.exporter[0].member
}

resource "google_cloudfunctions2_function" "exporter" {
  count = local.exports_days ? 1 : 0

  name        = "${local.name}-export"
  location    = var.region
  description = "Exports days of warehouses into ${google_storage_bucket.exports[0].name}."

  build_config {
    runtime           = google_cloudfunctions2_function.main.build_config[0].runtime
    entry_point       = "main"
    service_account   = google_service_account.main["build"].id
    docker_repository = google_artifact_registry_repository.main.id
    environment_variables = {
      GOOGLE_FUNCTION_SOURCE = "exporting.py"
    }

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.archive.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.exporter[0].email
    ingress_settings                 = "ALLOW_INTERNAL_ONLY" # Pub/Sub of the same project counts as internal
    available_cpu                    = "1"
    available_memory                 = "256Mi"
    timeout_seconds                  = 300
    max_instance_count               = 2 # two ticks at once do no harm
    max_instance_request_concurrency = 1
    all_traffic_on_latest_revision   = true
    environment_variables = merge(local.library, {
      HACKLE_STAGING         = local.settings.HACKLE_STAGING
      HACKLE_IMPORT          = local.settings.HACKLE_IMPORT
      HACKLE_EXPORTS         = local.exports_place
      HACKLE_TIMEOUT_SECONDS = "300"
    })
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "exporter" {
  count = local.exports_days ? 1 : 0

  name     = google_cloudfunctions2_function.exporter[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.main["push"].member
}

resource "google_pubsub_topic" "exports" {
  #checkov:skip=CKV_GCP_83:A message is a hint that something is to be looked at.
  count = local.exports_days ? 1 : 0

  name = local.exports

  depends_on = [google_project_service.main]
}

resource "google_pubsub_subscription" "exports" {
  count = local.exports_days ? 1 : 0

  name                       = local.exports
  topic                      = google_pubsub_topic.exports[0].id
  ack_deadline_seconds       = 360
  message_retention_duration = "1800s" # an older hint is worth nothing

  push_config {
    push_endpoint = google_cloudfunctions2_function.exporter[0].service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.main["push"].email
      audience              = google_cloudfunctions2_function.exporter[0].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "60s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = "" # never
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.exporter,
    google_service_account_iam_member.push_token,
  ]
}

resource "google_cloud_scheduler_job" "exports" {
  count = local.exports_days ? 1 : 0

  name        = local.exports
  description = "Looks which days of warehouses are to be exported."
  region      = var.region
  schedule    = "*/15 * * * *"
  time_zone   = "UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.exports[0].id
    data       = base64encode("{}") # functions-framework takes no message without data
    attributes = {
      hackle-import = "export"
    }
  }

  depends_on = [google_project_service.main]
}

resource "google_pubsub_topic_iam_member" "export_scheduler" {
  count = local.exports_days ? 1 : 0

  topic  = google_pubsub_topic.exports[0].name
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:service-${data.google_project.main.number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"

  depends_on = [google_project_service.main]
}

# BigQuery's own word that a job of ours ended, out of the project's audit log: a hint, without which the schedule is enough.
resource "google_logging_project_sink" "export_ended" {
  count = local.exports_days ? 1 : 0

  name                   = "${local.exports}-ended"
  destination            = "pubsub.googleapis.com/${google_pubsub_topic.exports[0].id}"
  filter                 = "resource.type=\"bigquery_project\" AND protoPayload.metadata.jobChange.after=\"DONE\" AND protoPayload.metadata.jobChange.job.jobName:\"/hackle-import-\" AND protoPayload.metadata.jobChange.job.jobConfig.queryConfig.statementType=\"EXPORT_DATA\""
  unique_writer_identity = true
}

resource "google_pubsub_topic_iam_member" "export_ended" {
  count = local.exports_days ? 1 : 0

  topic  = google_pubsub_topic.exports[0].name
  role   = "roles/pubsub.publisher"
  member = google_logging_project_sink.export_ended[0].writer_identity
}

resource "google_logging_project_sink" "exporter" {
  count = local.exports_days ? 1 : 0

  name                   = local.exports
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.main.id}"
  filter                 = local.exporter_log
  unique_writer_identity = true
}

resource "google_logging_metric" "exports" {
  for_each = toset(local.exports_days ? ["failed", "late", "offered", "sources", "withheld"] : [])

  name            = "${replace(local.name, "-", "_")}_exports_${each.key}"
  description     = "`${each.key}` of the exporter's ticks."
  filter          = local.tallied
  value_extractor = "EXTRACT(jsonPayload.exports.${each.key})"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "1"
  }

  depends_on = [google_project_service.main]
}

resource "google_monitoring_alert_policy" "exports" {
  for_each = local.export_alarms

  display_name          = "${local.name} ${replace(each.key, "_", " ")}"
  combiner              = "OR"
  notification_channels = google_monitoring_notification_channel.email[*].name

  conditions {
    display_name = replace(each.key, "_", " ")

    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "0s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  documentation {
    content   = each.value.remedy
    mime_type = "text/markdown"
  }

  depends_on = [google_logging_metric.exports]
}

output "warehouse_grants" {
  description = "What the owner of the warehouse grants where it is of another project, once <project> and <dataset> are put in. Empty: days of warehouses are not exported."
  value = !local.exports_days ? "" : join("\n", [
    "gcloud projects add-iam-policy-binding ${var.bigquery_project == "" ? "<project>" : var.bigquery_project} --member=${google_service_account.exporter[0].member} --role=roles/bigquery.jobUser",
    "bq add-iam-policy-binding --member=${google_service_account.exporter[0].member} --role=roles/bigquery.dataViewer ${var.bigquery_project == "" ? "<project>" : var.bigquery_project}:<dataset>",
  ])
}
