# 7 - Days that are over (docs/days.md), where publish is closed-days: a schedule, its topic, and the function that alone
# writes below Hackle's prefix. It is called as the function of the drops is, and what fails is delivered again.

locals {
  closer = "${local.name}-close"
}

# Hourly, because days that changed are looked at, too; the hour at which one is due is a setting.
resource "google_cloud_scheduler_job" "close_days" {
  count = local.closes_days ? 1 : 0

  name        = "${local.name}-close-days"
  description = "Closes days that are over."
  region      = var.region
  schedule    = "0 * * * *"
  time_zone   = var.day_timezone

  pubsub_target {
    topic_name = google_pubsub_topic.close[0].id
    data       = base64encode("{}") # functions-framework takes no message without data
    attributes = {
      hackle-import = "close-days"
    }
  }

  depends_on = [google_project_service.main, google_pubsub_topic_iam_member.scheduler]
}

resource "google_pubsub_topic" "close" {
  #checkov:skip=CKV_GCP_83:A message says that days are to be closed, and nothing else.
  count = local.closes_days ? 1 : 0

  name = local.closer

  depends_on = [google_project_service.main]
}

resource "google_pubsub_topic_iam_member" "scheduler" {
  count = local.closes_days ? 1 : 0

  topic  = google_pubsub_topic.close[0].name
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:service-${data.google_project.main.number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"

  depends_on = [google_project_service.main]
}

resource "google_pubsub_subscription" "close" {
  count = local.closes_days ? 1 : 0

  name                       = local.closer
  topic                      = google_pubsub_topic.close[0].id
  ack_deadline_seconds       = var.timeout_seconds + 60
  message_retention_duration = "3600s" # the schedule comes again

  push_config {
    push_endpoint = google_cloudfunctions2_function.close[0].service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.main["push"].email
      audience              = google_cloudfunctions2_function.close[0].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  expiration_policy {
    ttl = "" # never
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.close,
    google_service_account_iam_member.push_token,
    google_storage_bucket_iam_member.list,
    google_storage_bucket_iam_member.run,
  ]
}

# As the function of the drops, but for its account; one at a time is enough.
resource "google_cloudfunctions2_function" "close" {
  count = local.closes_days ? 1 : 0

  name        = local.closer
  location    = var.region
  description = "Closes days of drops in ${local.staging_bucket} for Hackle."

  build_config {
    runtime           = google_cloudfunctions2_function.main.build_config[0].runtime
    entry_point       = google_cloudfunctions2_function.main.build_config[0].entry_point
    service_account   = google_service_account.main["build"].id
    docker_repository = google_artifact_registry_repository.main.id

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.archive.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.main["close"].email
    ingress_settings                 = google_cloudfunctions2_function.main.service_config[0].ingress_settings
    available_cpu                    = google_cloudfunctions2_function.main.service_config[0].available_cpu
    available_memory                 = google_cloudfunctions2_function.main.service_config[0].available_memory
    timeout_seconds                  = var.timeout_seconds
    max_instance_count               = 1
    max_instance_request_concurrency = 1
    all_traffic_on_latest_revision   = true
    environment_variables            = merge(local.settings, local.library)
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "close" {
  count = local.closes_days ? 1 : 0

  name     = google_cloudfunctions2_function.close[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.main["push"].member
}
