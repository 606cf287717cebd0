# 4 - What happens to an event, and when it fails: bucket -> topic -> push to the function; what fails too often is kept.
#
# Not an Eventarc trigger: that hears the whole bucket, so each of our own writes to state/ and rejected/ would start the
# function, and the subscription it makes has neither backoff nor dead letters that Terraform could set. A notification
# filters by prefix, and a bucket that has others keeps them.

resource "google_pubsub_topic" "drops" {
  #checkov:skip=CKV_GCP_83:A message holds an object's name and size, no row; the key of the buckets is not asked to cover it.
  name = "${local.name}-drops"

  depends_on = [google_project_service.main]
}

resource "google_pubsub_topic_iam_member" "storage" {
  topic  = google_pubsub_topic.drops.name
  role   = "roles/pubsub.publisher"
  member = data.google_storage_project_service_account.main.member
}

resource "google_storage_notification" "drops" {
  bucket             = local.staging_bucket
  topic              = google_pubsub_topic.drops.id
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = "${local.staging_folder}incoming/"
  payload_format     = "JSON_API_V1" # functions-framework refuses a message without data

  # Last of all: an event that finds no subscription is lost, and one that finds a function without its grants fails.
  depends_on = [
    google_pubsub_subscription.drops,
    google_pubsub_subscription_iam_member.dead_letters,
    google_pubsub_topic_iam_member.storage,
    google_storage_bucket_iam_member.list,
    google_storage_bucket_iam_member.run,
  ]
}

resource "google_pubsub_subscription" "drops" {
  name  = "${local.name}-drops"
  topic = google_pubsub_topic.drops.id

  # Waits for the function's whole time and a cold start before it delivers again; 600 is Pub/Sub's limit.
  ack_deadline_seconds = var.timeout_seconds + 60

  # What was handled stays for a week, too, so that `seek` can deliver a stretch of time again.
  retain_acked_messages      = true
  message_retention_duration = "604800s"

  # Its address at run.app: to another one a push would not count as internal.
  push_config {
    push_endpoint = google_cloudfunctions2_function.main.service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.main["push"].email
      audience              = google_cloudfunctions2_function.main.service_config[0].uri
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
    ttl = "" # never, however long nothing is dropped
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.push,
    google_pubsub_topic_iam_member.dead_letters,
    google_service_account_iam_member.push_token,
  ]
}

resource "google_pubsub_topic" "dead_letters" {
  #checkov:skip=CKV_GCP_83:As for the other topic.
  name = "${local.name}-dead-letters"

  depends_on = [google_project_service.main]
}

# Keeps dead letters until somebody has looked; 31 days is Pub/Sub's limit.
resource "google_pubsub_subscription" "dead_letters" {
  name                       = "${local.name}-dead-letters"
  topic                      = google_pubsub_topic.dead_letters.id
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

# Dead letters are carried by Pub/Sub's agent: it publishes them here, and takes them off there.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  topic  = google_pubsub_topic.dead_letters.name
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  subscription = google_pubsub_subscription.drops.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_service_account_iam_member" "push_token" {
  service_account_id = google_service_account.main["push"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent

  depends_on = [google_pubsub_topic.drops] # the agent is there once Pub/Sub has been used
}
