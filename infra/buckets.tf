# 2 - Where data lives: drops, rejects and state in the staging bucket, Parquet in the import bucket.

locals {
  bucket_defaults = {
    # What was deleted or overwritten can be restored for a week, Hackle's and our own mistakes included.
    soft_delete_seconds = 604800
    abort_upload_days   = 1
  }

  # A bucket that is there already has to be given it: what an upload in parts left is paid for, and no listing shows it.
  unfinished_uploads = {
    action    = { type = "AbortIncompleteMultipartUpload" }
    condition = { age = local.bucket_defaults.abort_upload_days }
  }

  creates_staging = var.staging_bucket == ""
  creates_import  = var.import_bucket == ""
  existing        = toset(compact([var.staging_bucket, var.import_bucket]))
  one_bucket      = !local.creates_staging && var.staging_bucket == var.import_bucket

  staging_bucket = local.creates_staging ? google_storage_bucket.staging[0].name : data.google_storage_bucket.existing[var.staging_bucket].name
  import_bucket  = local.creates_import ? google_storage_bucket.import[0].name : data.google_storage_bucket.existing[var.import_bucket].name

  # Prefixes as they stand in object names: empty, or with a slash at the end.
  staging_folder = var.staging_prefix == "" ? "" : "${var.staging_prefix}/"
  import_folder  = var.import_prefix == "" ? "" : "${var.import_prefix}/"
}

# Not versioned: a generation pins what is read, the ledger replaces its documents by generation, and soft delete
# restores what is gone; former generations would only be paid for.
resource "google_storage_bucket" "staging" {
  #checkov:skip=CKV_GCP_78:Generations and soft delete do what versions would; see above.
  #checkov:skip=CKV_GCP_62:Who read or wrote what is in Cloud Audit Logs, if the project switches on data access logs.
  count = local.creates_staging ? 1 : 0

  name                        = "${var.project}-hackle-staging-${var.environment}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection
  deletion_policy             = var.deletion_protection ? "PREVENT" : "DELETE"

  soft_delete_policy {
    retention_duration_seconds = local.bucket_defaults.soft_delete_seconds
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = var.drop_retention_days
      matches_prefix = ["${local.staging_folder}incoming/"]
    }
  }

  # Once its drop is handled, a part is not needed.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = var.export_retention_days
      matches_prefix = ["${local.staging_folder}exports/"]
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = var.reject_retention_days
      matches_prefix = ["${local.staging_folder}rejected/"]
    }
  }

  dynamic "lifecycle_rule" {
    for_each = local.closes_days ? ["${local.staging_folder}open/"] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        age            = var.open_retention_days
        matches_prefix = [lifecycle_rule.value]
      }
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

# Nothing in it expires: how long Hackle looks back is not known, and Hackle deletes what it likes.
resource "google_storage_bucket" "import" {
  #checkov:skip=CKV_GCP_78:The converter never reads it, and soft delete restores what is gone.
  #checkov:skip=CKV_GCP_62:Who read or wrote what is in Cloud Audit Logs, if the project switches on data access logs.
  count = local.creates_import ? 1 : 0

  name                        = "${var.project}-hackle-import-${var.environment}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection
  deletion_policy             = var.deletion_protection ? "PREVENT" : "DELETE"

  soft_delete_policy {
    retention_duration_seconds = local.bucket_defaults.soft_delete_seconds
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

# A bucket that is there already keeps its own lifecycle, key and protection; only the grants need something of it. The
# output `unfinished_uploads_rule` is what its lifecycle should hold.
data "google_storage_bucket" "existing" {
  for_each = local.existing

  name = each.key

  lifecycle {
    postcondition {
      condition     = self.uniform_bucket_level_access
      error_message = "The bucket ${each.key} needs uniform bucket-level access: grants on a prefix depend on it."
    }
  }
}

resource "google_kms_crypto_key_iam_member" "storage" {
  count = var.kms_key == "" ? 0 : 1

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = data.google_storage_project_service_account.main.member
}

# `terraform destroy` stops here, before anything is destroyed. To remove a protected deployment on purpose, take this out
# of the state first.
resource "terraform_data" "deletion_protection" {
  count = var.deletion_protection ? 1 : 0

  lifecycle {
    prevent_destroy = true
  }
}
