# 6 - Years at once (docs/scale.md), where backfill_concurrency is not 0: a topic and a function of their own, so that a live
# drop never waits behind years of others. A push can't be limited, but by the instances of whom it reaches.

locals {
  has_backfill = var.backfill_concurrency > 0
  backfill     = "${local.name}-backfill"
}

resource "google_pubsub_topic" "backfill" {
  #checkov:skip=CKV_GCP_83:A message holds an object's name, no row; the key of the buckets is not asked to cover it.
  count = local.has_backfill ? 1 : 0

  name = local.backfill

  depends_on = [google_project_service.main]
}

resource "google_pubsub_subscription" "backfill" {
  count = local.has_backfill ? 1 : 0

  name                       = local.backfill
  topic                      = google_pubsub_topic.backfill[0].id
  ack_deadline_seconds       = var.timeout_seconds + 60
  message_retention_duration = "2678400s" # 31 days, Pub/Sub's limit

  push_config {
    push_endpoint = google_cloudfunctions2_function.backfill[0].service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.main["push"].email
      audience              = google_cloudfunctions2_function.backfill[0].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters.id
    max_delivery_attempts = var.maximum_tries
  }

  expiration_policy {
    ttl = "" # never
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.backfill,
    google_pubsub_topic_iam_member.dead_letters,
    google_service_account_iam_member.push_token,
  ]
}

resource "google_pubsub_subscription_iam_member" "backfill" {
  count = local.has_backfill ? 1 : 0

  subscription = google_pubsub_subscription.backfill[0].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# As the function of live drops, but for its instances.
resource "google_cloudfunctions2_function" "backfill" {
  count = local.has_backfill ? 1 : 0

  name        = local.backfill
  location    = var.region
  description = "Turns drops of a backfill in ${local.staging_bucket} into Parquet for Hackle."

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
    service_account_email            = google_service_account.main["run"].email
    ingress_settings                 = google_cloudfunctions2_function.main.service_config[0].ingress_settings
    available_cpu                    = google_cloudfunctions2_function.main.service_config[0].available_cpu
    available_memory                 = google_cloudfunctions2_function.main.service_config[0].available_memory
    timeout_seconds                  = var.timeout_seconds
    max_instance_count               = var.backfill_concurrency
    max_instance_request_concurrency = 1
    all_traffic_on_latest_revision   = true
    environment_variables            = merge(local.settings, local.library)

    dynamic "secret_environment_variables" {
      for_each = google_secret_manager_secret_iam_member.hash_key
      content {
        key        = "HACKLE_HASH_KEY"
        project_id = var.project
        secret     = var.hash_key_secret
        version    = "latest"
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "backfill" {
  count = local.has_backfill ? 1 : 0

  name     = google_cloudfunctions2_function.backfill[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.main["push"].member
}
