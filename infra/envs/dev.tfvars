# Small, short-lived, and gone with `make destroy-gcp ENV=dev`.
environment           = "dev"
deletion_protection   = false
drop_retention_days   = 14
log_retention_days    = 14
maximum_concurrency   = 2
no_drop_hours         = 0
reject_retention_days = 14
