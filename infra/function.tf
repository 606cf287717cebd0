# 3 - What runs: the Cloud Run function, from the archive that `make gcp-archive` lays out.

locals {
  archive      = "${path.module}/../build/gcp-function.zip"
  archive_hash = fileexists(local.archive) ? filesha256(local.archive) : "missing"

  # Cloud Run's bounds of memory by CPU; the conversion itself uses one.
  # https://cloud.google.com/run/docs/configuring/services/memory-limits
  cpu = var.memory_mib <= 4096 ? 1 : var.memory_mib <= 8192 ? 2 : var.memory_mib <= 16384 ? 4 : 8

  settings = {
    HACKLE_STAGING         = trimsuffix("gs://${local.staging_bucket}/${var.staging_prefix}", "/")
    HACKLE_IMPORT          = trimsuffix("gs://${local.import_bucket}/${var.import_prefix}", "/")
    HACKLE_EXPORTS         = local.exports_place
    HACKLE_DAY_FOLDER      = var.day_folder
    HACKLE_DAY_TIMEZONE    = var.day_timezone
    HACKLE_OSNAMES         = var.osnames
    HACKLE_MAX_LINE_BYTES  = tostring(var.max_line_bytes)
    HACKLE_MAX_RATIO       = tostring(var.max_ratio)
    HACKLE_MAX_BYTES       = tostring(var.max_bytes)
    HACKLE_SPOOL_BYTES     = tostring(var.spool_bytes)
    HACKLE_TIMEOUT_SECONDS = tostring(var.timeout_seconds)
    HACKLE_COMPRESSION     = var.compression
    HACKLE_DECODER         = var.decoder
    HACKLE_PUBLISH         = var.publish
    HACKLE_CLOSE_HOUR      = tostring(var.close_hour)
    HACKLE_LATE            = var.late
    HACKLE_LOOK_BACK_DAYS  = tostring(var.look_back_days)
    HACKLE_REPEATS         = var.repeats
    HACKLE_DAY_ORDER       = var.day_order
  }

  # google-cloud-storage would ask for each bucket's description, for traces that nobody switched on, and be refused.
  library = {
    ARROW_DEFAULT_MEMORY_POOL                      = "system" # hackle_import/writing/arrow_pool.py
    DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA = "true"
  }
}

# No event trigger: events come by the push of events.tf, so for the platform it is a function that answers HTTP.
resource "google_cloudfunctions2_function" "main" {
  name        = local.name
  location    = var.region
  description = "Turns drops in ${local.staging_bucket} into Parquet for Hackle."

  build_config {
    runtime           = "python313"
    entry_point       = "main"
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
    ingress_settings                 = "ALLOW_INTERNAL_ONLY" # Pub/Sub of the same project counts as internal
    available_cpu                    = tostring(local.cpu)
    available_memory                 = "${var.memory_mib}Mi"
    timeout_seconds                  = var.timeout_seconds
    max_instance_count               = var.maximum_concurrency
    max_instance_request_concurrency = 1 # memory and spool are one drop's
    all_traffic_on_latest_revision   = true
    environment_variables            = merge(local.settings, local.library)

    dynamic "secret_environment_variables" {
      for_each = google_secret_manager_secret_iam_member.hash_key
      content {
        key        = "HACKLE_HASH_KEY"
        project_id = var.project
        secret     = var.hash_key_secret
        version    = "latest" # a new version changes what new rows are hashed to
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
  ]
}

# A new archive is a new object, so a change of the code, and only that, is a new revision of the function.
resource "google_storage_bucket_object" "archive" {
  name   = "gcp-function-${local.archive_hash}.zip"
  bucket = google_storage_bucket.source.name
  source = local.archive

  lifecycle {
    precondition {
      condition     = local.archive_hash != "missing"
      error_message = "There is no build/gcp-function.zip: run `make gcp-archive` first."
    }
  }
}

resource "google_storage_bucket" "source" {
  #checkov:skip=CKV_GCP_78:An archive is never changed; its name is its content.
  #checkov:skip=CKV_GCP_62:Only Terraform and the build read it.
  name                        = "${var.project}-hackle-source-${var.environment}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # archives are built again from the commit

  depends_on = [google_project_service.main]
}

resource "google_artifact_registry_repository" "main" {
  #checkov:skip=CKV_GCP_84:The image holds the code of this repository, no data.
  repository_id = local.name
  location      = var.region
  format        = "DOCKER"
  description   = "The function's images."

  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "delete-the-others"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.main]
}
