# Sized as prod, kept for less long.
environment           = "staging"
deletion_protection   = false
drop_retention_days   = 30
log_retention_days    = 30
no_drop_hours         = 0
reject_retention_days = 30
