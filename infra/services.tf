# 0 - What must be switched on: the project's services, and what Google calls the project and its agents.

locals {
  name = "hackle-import-${var.environment}"

  closes_days = var.publish == "closed-days"

  services = concat(
    [
      "artifactregistry", "cloudbuild", "cloudfunctions", "cloudresourcemanager", "iam", "logging", "monitoring",
      "pubsub", "run", "storage",
    ],
    local.closes_days || local.exports_days ? ["cloudscheduler"] : [],
    local.exports_days ? ["bigquery"] : [],
    var.hash_key_secret == "" ? [] : ["secretmanager"],
    var.kms_key == "" ? [] : ["cloudkms"],
  )

  # Pub/Sub's agent signs the tokens of a push and carries dead letters: https://cloud.google.com/pubsub/docs/access-control
  pubsub_agent = "serviceAccount:service-${data.google_project.main.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_project_service" "main" {
  for_each = toset(local.services)

  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false # others in the project may use it
}

data "google_project" "main" {
  depends_on = [google_project_service.main]
}

# The agent by which Cloud Storage encrypts and publishes.
data "google_storage_project_service_account" "main" {
  depends_on = [google_project_service.main]
}
