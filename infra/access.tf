# 3 - The little it may touch: an account a role, and permissions one by one, each on the folders that need it.

locals {
  accounts = merge(local.closes_days ? { close = "closes days" } : {}, {
    run   = "runs the function"
    push  = "calls the function for Pub/Sub"
    build = "builds the function's image"
  })

  # A grant on a folder is a condition on the object's name: https://cloud.google.com/iam/docs/conditions-resource-attributes
  staging_objects = "projects/_/buckets/${local.staging_bucket}/objects/${local.staging_folder}"
  import_objects  = "projects/_/buckets/${local.import_bucket}/objects/${local.import_folder}"

  kept = concat(["rejected", "state"], local.closes_days ? ["backfills"] : []) # days wait for a job's parts, too

  # Replacing an object needs `delete`, too: https://cloud.google.com/storage/docs/access-control/iam-json
  grants = merge(local.closes_days ? local.day_grants : local.drop_grants, {
    read = {
      account     = "run"
      title       = "reads drops, exported parts and mappings"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.get"]
      folders     = [for folder in ["exports", "incoming", "mappings"] : "${local.staging_objects}${folder}/"]
    }
    keep = {
      account     = "run"
      title       = "keeps state and rejects"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get"]
      folders     = [for name in local.kept : "${local.staging_objects}${name}/"]
    }
  })

  drop_grants = {
    write = {
      account     = "run"
      title       = "writes and deletes Parquet"
      bucket      = local.import_bucket
      permissions = ["storage.objects.create", "storage.objects.delete"]
      folders     = [local.import_objects]
    }
  }

  # With closed days drops' files wait below open/, and the account that closes days is the only one that writes what Hackle
  # reads: it looks at what is published before it replaces it.
  day_grants = {
    open = {
      account     = "run"
      title       = "writes and deletes drops' files"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.create", "storage.objects.delete"]
      folders     = ["${local.staging_objects}open/"]
    }
    look = {
      account     = "close"
      title       = "reads drops' files and ledgers, and what is expected of a day"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.get"]
      folders     = [for name in ["days.toml", "open/", "state/"] : "${local.staging_objects}${name}"]
    }
    days = {
      account     = "close"
      title       = "keeps days, and whether a backfill is done"
      bucket      = local.staging_bucket
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get"]
      folders     = ["${local.staging_objects}backfills/", "${local.staging_objects}days/"]
    }
    publish = {
      account     = "close"
      title       = "writes days"
      bucket      = local.import_bucket
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get"]
      folders     = [local.import_objects]
    }
  }

  # Who lists names of which bucket.
  both_buckets = local.one_bucket ? { staging = local.staging_bucket } : { staging = local.staging_bucket, import = local.import_bucket }
  listings = merge(
    { for name, bucket in local.both_buckets : name => { bucket = bucket, account = "run" } if name == "staging" || !local.closes_days },
    { for name, bucket in local.both_buckets : "close-${name}" => { bucket = bucket, account = "close" } if local.closes_days },
  )

  # Cloud Functions copies the archive into a bucket of its own, under this name, before the build reads it.
  build_source = "projects/_/buckets/gcf-v2-sources-${data.google_project.main.number}-${var.region}"
}

resource "google_service_account" "main" {
  for_each = local.accounts

  account_id   = "${local.name}-${each.key}"
  display_name = "${local.name}: ${each.value}"

  depends_on = [google_project_service.main]
}

resource "google_project_iam_custom_role" "run" {
  for_each = local.grants

  role_id     = replace("${local.name}-${each.key}", "-", "_")
  title       = "${local.name} ${each.value.title}"
  permissions = each.value.permissions

  depends_on = [google_project_service.main]
}

resource "google_storage_bucket_iam_member" "run" {
  for_each = local.grants

  bucket = each.value.bucket
  role   = google_project_iam_custom_role.run[each.key].name
  member = google_service_account.main[each.value.account].member

  condition {
    title      = each.value.title
    expression = join(" || ", [for folder in each.value.folders : "resource.name.startsWith(\"${folder}\")"])
  }
}

# Listing is checked on the bucket, which no condition on an object's name can match, and Cloud Storage answers "forbidden"
# instead of "not found" to who may not list: names, not contents, of the whole bucket.
resource "google_project_iam_custom_role" "list" {
  role_id     = replace("${local.name}-list", "-", "_")
  title       = "${local.name} lists names"
  permissions = ["storage.objects.list"]

  depends_on = [google_project_service.main]
}

resource "google_storage_bucket_iam_member" "list" {
  for_each = local.listings

  bucket = each.value.bucket
  role   = google_project_iam_custom_role.list.name
  member = google_service_account.main[each.value.account].member
}

resource "google_secret_manager_secret_iam_member" "hash_key" {
  count = var.hash_key_secret == "" ? 0 : 1

  secret_id = "projects/${var.project}/secrets/${var.hash_key_secret}"
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.main["run"].member
}

resource "google_cloud_run_v2_service_iam_member" "push" {
  name     = google_cloudfunctions2_function.main.name # the service under a function has its name
  location = var.region
  role     = "roles/run.invoker"
  member   = google_service_account.main["push"].member
}

resource "google_artifact_registry_repository_iam_member" "build" {
  repository = google_artifact_registry_repository.main.name
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.main["build"].member
}

# Of the project, because neither a log nor the bucket that Cloud Functions makes is there to be granted.
resource "google_project_iam_member" "build_log" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.main["build"].member
}

resource "google_project_iam_member" "build_source" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.main["build"].member

  condition {
    title      = "the archives of functions"
    expression = "resource.name.startsWith(\"${local.build_source}\")"
  }
}
