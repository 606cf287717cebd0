# 6 - What others need to know.

output "dead_letters" {
  description = "The subscription that keeps events which failed too often."
  value       = google_pubsub_subscription.dead_letters.name
}

output "events" {
  description = "The subscription whose events can be delivered again: gcloud pubsub subscriptions seek."
  value       = google_pubsub_subscription.drops.name
}

output "function" {
  description = "The function's name, by which its log is found."
  value       = google_cloudfunctions2_function.main.name
}

output "hackle_account" {
  description = "The account whose key Hackle gets; docs/google-cloud.md says how it is made."
  value       = google_service_account.hackle.email
}

output "hackle_place" {
  description = "What Hackle is told to import."
  value       = local.settings.HACKLE_IMPORT
}

output "partner_policy" {
  description = "What a partner who drops files may be granted, once <mapping> and <partner> are put in: gcloud storage buckets add-iam-policy-binding."
  value       = replace(replace(jsonencode(local.partner), "\\u003c", "<"), "\\u003e", ">")
}

output "staging_place" {
  description = "Where to drop: below incoming/<mapping>/."
  value       = local.settings.HACKLE_STAGING
}

output "unfinished_uploads_rule" {
  description = "The lifecycle rule that an existing bucket needs, where others upload in parts, too: add it to those that the bucket has."
  value       = jsonencode(local.unfinished_uploads)
}
