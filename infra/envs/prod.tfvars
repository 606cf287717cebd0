# Kept, protected, watched. Give `alarm_email`, too.
environment         = "prod"
deletion_protection = true
log_retention_days  = 365
maximum_concurrency = 20
