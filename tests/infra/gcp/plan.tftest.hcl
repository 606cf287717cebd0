# Every environment's plan: what would hurt if somebody changed it.

run "an_event_reaches_the_function_and_is_never_lost" {
  command = apply

  assert {
    condition     = google_storage_notification.drops.object_name_prefix == "incoming/" && google_storage_notification.drops.event_types == toset(["OBJECT_FINALIZE"])
    error_message = "Our own writes must not start the function."
  }
  assert {
    condition     = google_storage_notification.drops.payload_format == "JSON_API_V1"
    error_message = "functions-framework refuses a message without data."
  }
  assert {
    condition     = google_pubsub_subscription.drops.ack_deadline_seconds > google_cloudfunctions2_function.main.service_config[0].timeout_seconds && google_pubsub_subscription.drops.ack_deadline_seconds <= 600
    error_message = "Pub/Sub must wait for longer than the function may take, and waits 600 seconds at most."
  }
  assert {
    condition     = local.settings.HACKLE_TIMEOUT_SECONDS == tostring(google_cloudfunctions2_function.main.service_config[0].timeout_seconds)
    error_message = "The function must know when it will be stopped."
  }
  assert {
    condition     = google_pubsub_subscription.drops.retry_policy[0].minimum_backoff == "10s" && google_pubsub_subscription.drops.retry_policy[0].maximum_backoff == "600s"
    error_message = "Without backoff a busy function turns events into dead letters."
  }
  assert {
    condition     = google_pubsub_subscription.drops.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead_letters.id && google_pubsub_subscription.dead_letters.topic == google_pubsub_topic.dead_letters.id
    error_message = "A dead letter that no subscription keeps is lost."
  }
  assert {
    condition     = alltrue([for one in [google_pubsub_subscription.drops, google_pubsub_subscription.dead_letters] : one.expiration_policy[0].ttl == ""])
    error_message = "A subscription that expires loses the next event."
  }
  assert {
    condition     = google_pubsub_subscription.drops.push_config[0].push_endpoint == google_cloudfunctions2_function.main.service_config[0].uri && google_pubsub_subscription.drops.push_config[0].oidc_token[0].service_account_email == google_service_account.main["push"].email && google_cloud_run_v2_service_iam_member.push.member == google_service_account.main["push"].member
    error_message = "The push must come as the account that may call the function."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.storage.member == data.google_storage_project_service_account.main.member && google_pubsub_topic_iam_member.dead_letters.member == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com" && google_pubsub_subscription_iam_member.dead_letters.member == google_pubsub_topic_iam_member.dead_letters.member && google_service_account_iam_member.push_token.member == google_pubsub_topic_iam_member.dead_letters.member
    error_message = "Google's agents publish, carry dead letters and sign tokens only where they are granted to."
  }
  assert {
    condition     = google_cloudfunctions2_function.main.service_config[0].max_instance_request_concurrency == 1 && google_cloudfunctions2_function.main.service_config[0].max_instance_count == var.maximum_concurrency
    error_message = "An instance's memory is one drop's, and the number of instances bounds the cost."
  }
  assert {
    condition     = google_cloudfunctions2_function.main.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY" && length(google_cloudfunctions2_function.main.event_trigger) == 0
    error_message = "Only Pub/Sub of this project calls the function."
  }
  assert {
    condition     = google_storage_bucket_object.archive.name == "gcp-function-${filesha256("../build/gcp-function.zip")}.zip"
    error_message = "The archive's name must change with its content."
  }
}

run "buckets_are_private_and_forget_what_they_should" {
  command = apply

  assert {
    condition     = alltrue([for bucket in [google_storage_bucket.staging[0], google_storage_bucket.import[0], google_storage_bucket.source] : bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced"])
    error_message = "No bucket may become public."
  }
  assert {
    condition     = [for rule in google_storage_bucket.staging[0].lifecycle_rule : one(one(rule.condition).matches_prefix) if one(rule.action).type == "Delete"] == ["incoming/", "exports/", "rejected/"]
    error_message = "Drops, exported parts and rejects expire; state/ and mappings/ never do."
  }
  assert {
    condition     = [for rule in google_storage_bucket.import[0].lifecycle_rule : one(rule.action).type] == ["AbortIncompleteMultipartUpload"]
    error_message = "What Hackle reads does not expire."
  }
  assert {
    condition     = google_storage_bucket.staging[0].soft_delete_policy[0].retention_duration_seconds == 604800
    error_message = "What was deleted by mistake must be restorable."
  }
}

run "one_existing_bucket_holds_both" {
  command = apply
  variables {
    staging_bucket = "lake"
    import_bucket  = "lake"
    staging_prefix = "hackle/drops"
    import_prefix  = "hackle/import"
  }

  assert {
    condition     = length(google_storage_bucket.staging) + length(google_storage_bucket.import) == 0
    error_message = "An existing bucket is not made again."
  }
  assert {
    condition     = google_storage_notification.drops.bucket == "lake" && google_storage_notification.drops.object_name_prefix == "hackle/drops/incoming/"
    error_message = "Only drops below the staging prefix count."
  }
  assert {
    condition     = local.settings.HACKLE_STAGING == "gs://lake/hackle/drops" && local.settings.HACKLE_IMPORT == "gs://lake/hackle/import"
    error_message = "The function must work in that bucket."
  }
  assert {
    condition     = length(google_storage_bucket_iam_member.list) == 1
    error_message = "One bucket, one grant to list it."
  }
}

run "a_key_and_a_secret_are_granted_to_who_needs_them" {
  command = apply
  variables {
    kms_key         = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
    hash_key_secret = "hackle-hash-key"
    alarm_email     = "somebody@example.com"
  }

  assert {
    condition     = alltrue([for bucket in [google_storage_bucket.staging[0], google_storage_bucket.import[0]] : bucket.encryption[0].default_kms_key_name == var.kms_key])
    error_message = "Both buckets are encrypted by the key."
  }
  assert {
    condition     = google_kms_crypto_key_iam_member.storage[0].member == data.google_storage_project_service_account.main.member
    error_message = "Without the grant no object can be written."
  }
  assert {
    condition     = [for secret in google_cloudfunctions2_function.main.service_config[0].secret_environment_variables : "${secret.key}=${secret.secret}"] == ["HACKLE_HASH_KEY=hackle-hash-key"]
    error_message = "The key of [privacy] hash comes out of Secret Manager."
  }
  assert {
    condition     = google_secret_manager_secret_iam_member.hash_key[0].secret_id == "projects/my-project/secrets/hackle-hash-key" && google_secret_manager_secret_iam_member.hash_key[0].member == google_service_account.main["run"].member
    error_message = "The function reads that secret and no other."
  }
  assert {
    condition     = alltrue([for alarm in google_monitoring_alert_policy.main : one(alarm.notification_channels) == google_monitoring_notification_channel.email[0].name])
    error_message = "Every alarm is told."
  }
}
