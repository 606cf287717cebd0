# 6 - What Hackle gets: an account with the five permissions that its documentation names, on its prefix. The key is made
# by hand and handed over, because whatever Terraform makes can be read in its state.

locals {
  import_bucket_name = "projects/_/buckets/${local.import_bucket}"
}

resource "google_service_account" "hackle" {
  account_id   = "${local.name}-hackle"
  display_name = "${local.name}: Hackle's Data Import"

  depends_on = [google_project_service.main]
}

resource "google_project_iam_custom_role" "hackle" {
  role_id = replace("${local.name}-hackle", "-", "_")
  title   = "${local.name} Hackle's Data Import"
  permissions = [
    "storage.buckets.get",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
  ]

  depends_on = [google_project_service.main]
}

# On the bucket itself for `buckets.get` and `objects.list`, and on the objects below the prefix; on no other object.
resource "google_storage_bucket_iam_member" "hackle" {
  bucket = local.import_bucket
  role   = google_project_iam_custom_role.hackle.name
  member = google_service_account.hackle.member

  condition {
    title      = "the import prefix"
    expression = "resource.name == \"${local.import_bucket_name}\" || resource.name.startsWith(\"${local.import_objects}\")"
  }
}
