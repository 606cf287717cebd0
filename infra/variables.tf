# 1 - What differs between environments: `envs/<environment>.tfvars` says how; names are those of the SAM template.

variable "alarm_email" {
  description = "Who is told when something is wrong. Empty: alarms are raised, nobody is told."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([^@[:space:]]+@[^@[:space:]]+)?$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address or empty."
  }
}

variable "backfill_concurrency" {
  description = "How many drops of a backfill are handled at once, beside maximum_concurrency, by a function of their own. 0: none is made."
  type        = number
  default     = 0

  validation {
    condition     = var.backfill_concurrency >= 0 && var.backfill_concurrency <= 1000 && floor(var.backfill_concurrency) == var.backfill_concurrency
    error_message = "backfill_concurrency must be a whole number from 0 to 1000."
  }
}

variable "bigquery_datasets" {
  description = "With warehouses, datasets of this project that days are exported from; those of another are granted by their owner."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for one in var.bigquery_datasets : can(regex("^[A-Za-z0-9_]+$", one))])
    error_message = "bigquery_datasets must be names of datasets, without their project."
  }
}

variable "bigquery_project" {
  description = "With warehouses, the project that pays for BigQuery's jobs, where it is not this one: its owner grants what the output warehouse_grants says."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z][a-z0-9-]{4,28}[a-z0-9])?$", var.bigquery_project))
    error_message = "bigquery_project must be a project's id, or empty."
  }
}

variable "close_hour" {
  description = "HACKLE_CLOSE_HOUR: with closed-days, the hour of the next day at which a day is closed, by day_timezone."
  type        = number
  default     = 2

  validation {
    condition     = var.close_hour >= 0 && var.close_hour <= 23 && floor(var.close_hour) == var.close_hour
    error_message = "close_hour must be a whole number from 0 to 23."
  }
}

variable "compression" {
  description = "HACKLE_COMPRESSION: of the Parquet files, `snappy` or `zstd`, which makes them two fifths smaller. Confirm `zstd` with Hackle."
  type        = string
  default     = "snappy"

  validation {
    condition     = contains(["snappy", "zstd"], var.compression)
    error_message = "compression must be snappy or zstd."
  }
}

variable "day_folder" {
  description = "HACKLE_DAY_FOLDER: a day's folder below the import prefix. Confirm with Hackle."
  type        = string
  default     = "{day}"

  validation {
    condition     = can(regex("^[^/{}]*([^/{}]+/)*[^/{}]*\\{day\\}([^{}]*[^/{}])?$", var.day_folder)) && !strcontains(var.day_folder, "..")
    error_message = "day_folder must be a relative folder that holds {day} once, such as dt={day}."
  }
}

variable "day_order" {
  description = "HACKLE_DAY_ORDER: with closed-days, how a day's rows lie: by user and time, or by time."
  type        = string
  default     = "user"

  validation {
    condition     = contains(["user", "ts"], var.day_order)
    error_message = "day_order must be user or ts."
  }
}

variable "day_timezone" {
  description = "HACKLE_DAY_TIMEZONE: the IANA zone that days are cut in. Confirm with Hackle."
  type        = string
  default     = "UTC"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", var.day_timezone))
    error_message = "day_timezone must be an IANA time zone, such as Asia/Seoul."
  }
}

variable "decoder" {
  description = "HACKLE_DECODER: `native` (C) or `python`; they give the same."
  type        = string
  default     = "native"

  validation {
    condition     = contains(["native", "python"], var.decoder)
    error_message = "decoder must be native or python."
  }
}

variable "deletion_protection" {
  description = "Whether `terraform destroy` is refused and buckets that hold objects are kept."
  type        = bool
  default     = true
}

variable "drop_retention_days" {
  description = "Days after which a drop is deleted from incoming/; only in a staging bucket that is created here."
  type        = number
  default     = 90

  validation {
    condition     = var.drop_retention_days >= 8 && floor(var.drop_retention_days) == var.drop_retention_days
    error_message = "drop_retention_days must be a whole number of at least 8: for 7 days an event may still be delivered."
  }
}

variable "environment" {
  description = "Part of every name."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "export_retention_days" {
  description = "Days after which an exported part is deleted from exports/; only in a staging bucket that is created here."
  type        = number
  default     = 14

  validation {
    condition     = var.export_retention_days >= 1 && floor(var.export_retention_days) == var.export_retention_days
    error_message = "export_retention_days must be a whole number above 0."
  }
}

variable "hash_key_secret" {
  description = "Id of the secret in Secret Manager that holds HACKLE_HASH_KEY, the key of `[privacy] hash`. Empty: none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{0,255}$", var.hash_key_secret))
    error_message = "hash_key_secret must be the id of a secret in the same project, without its path, or empty."
  }
}

variable "import_bucket" {
  description = "An existing bucket for Hackle, with uniform bucket-level access; it may be the staging bucket. Empty: one is created."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])?$", var.import_bucket))
    error_message = "import_bucket must be the name of a bucket, without gs://, or empty."
  }
}

variable "import_prefix" {
  description = "Hackle's prefix in the import bucket, without slashes at its ends. Empty: the whole bucket."
  type        = string
  default     = "hackle"

  validation {
    condition     = can(regex("^([A-Za-z0-9._=-]+(/[A-Za-z0-9._=-]+)*)?$", var.import_prefix))
    error_message = "import_prefix must be a folder of letters, digits and ._=- without slashes at its ends, or empty."
  }

  validation {
    condition = var.staging_bucket == "" || var.staging_bucket != var.import_bucket || !anytrue([
      for folder in ["backfills", "days", "exports", "incoming", "mappings", "open", "rejected", "state"] :
      startswith("${trimprefix("${var.staging_prefix}/", "/")}${folder}/", trimprefix("${var.import_prefix}/", "/"))
      || startswith("${var.import_prefix}/", "${trimprefix("${var.staging_prefix}/", "/")}${folder}/")
    ])
    error_message = "import_prefix must hold none of the staging folders, and lie in none: Hackle may delete what is below it."
  }
}

variable "kms_key" {
  description = "A Cloud KMS key for the buckets that are created: projects/P/locations/L/keyRings/R/cryptoKeys/K. Empty: Google's own."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+)?$", var.kms_key))
    error_message = "kms_key must be projects/P/locations/L/keyRings/R/cryptoKeys/K or empty."
  }
}

variable "late" {
  description = "HACKLE_LATE: with closed-days, what becomes of drops that come for a closed day."
  type        = string
  default     = "append"

  validation {
    condition     = contains(["append", "hold", "rewrite"], var.late)
    error_message = "late must be append, hold or rewrite."
  }
}

variable "log_retention_days" {
  description = "Days for which the function's log is kept."
  type        = number
  default     = 90

  validation {
    condition     = var.log_retention_days >= 1 && var.log_retention_days <= 3650 && floor(var.log_retention_days) == var.log_retention_days
    error_message = "log_retention_days must be a whole number from 1 to 3650."
  }
}

variable "look_back_days" {
  description = "HACKLE_LOOK_BACK_DAYS: with closed-days, how many closed days are looked at for changes, each hour."
  type        = number
  default     = 35

  validation {
    condition     = var.look_back_days >= 1 && var.look_back_days <= 365 && floor(var.look_back_days) == var.look_back_days
    error_message = "look_back_days must be a whole number from 1 to 365."
  }
}

variable "max_bytes" {
  description = "HACKLE_MAX_BYTES: decompressed size of a drop."
  type        = number
  default     = 68719476736

  validation {
    condition     = var.max_bytes >= 1 && floor(var.max_bytes) == var.max_bytes
    error_message = "max_bytes must be a whole number above 0."
  }
}

variable "max_line_bytes" {
  description = "HACKLE_MAX_LINE_BYTES: longest record."
  type        = number
  default     = 8388608

  validation {
    condition     = var.max_line_bytes >= 1 && floor(var.max_line_bytes) == var.max_line_bytes
    error_message = "max_line_bytes must be a whole number above 0."
  }
}

variable "max_ratio" {
  description = "HACKLE_MAX_RATIO: decompressed to stored size, beyond the first 16 MiB."
  type        = number
  default     = 250

  validation {
    condition     = var.max_ratio >= 1 && floor(var.max_ratio) == var.max_ratio
    error_message = "max_ratio must be a whole number above 0."
  }
}

variable "maximum_concurrency" {
  description = "Most drops handled at once, each by an instance of its own: the bound on cost."
  type        = number
  default     = 10

  validation {
    condition     = var.maximum_concurrency >= 1 && var.maximum_concurrency <= 1000 && floor(var.maximum_concurrency) == var.maximum_concurrency
    error_message = "maximum_concurrency must be a whole number from 1 to 1000."
  }
}

variable "maximum_tries" {
  description = "Deliveries of an event before it becomes a dead letter."
  type        = number
  # More than it takes to see that a drop can't be handled: Pub/Sub also counts a delivery that found no free instance.
  default = 20

  validation {
    condition     = var.maximum_tries >= 5 && var.maximum_tries <= 100 && floor(var.maximum_tries) == var.maximum_tries
    error_message = "maximum_tries must be a whole number from 5 to 100, the bounds of Pub/Sub."
  }
}

variable "memory_mib" {
  description = "Memory of an instance in MiB. Its temporary files are in memory, too."
  type        = number
  default     = 2048

  validation {
    condition     = var.memory_mib >= 1024 && var.memory_mib <= 32768 && floor(var.memory_mib) == var.memory_mib
    error_message = "memory_mib must be a whole number from 1024 to 32768."
  }
}

variable "no_drop_hours" {
  description = "Hours without a drop after which somebody is told. 0: never."
  type        = number
  default     = 26 # a daily drop may be two hours late

  validation {
    condition     = var.no_drop_hours >= 0 && var.no_drop_hours <= 744 && floor(var.no_drop_hours) == var.no_drop_hours
    error_message = "no_drop_hours must be a whole number from 0 to 744."
  }
}

variable "oldest_message_minutes" {
  description = "Minutes that an event may wait before somebody is told."
  type        = number
  default     = 60

  validation {
    condition     = var.oldest_message_minutes >= 1 && floor(var.oldest_message_minutes) == var.oldest_message_minutes
    error_message = "oldest_message_minutes must be a whole number above 0."
  }
}

variable "open_retention_days" {
  description = "With closed-days, days for which drops' files are kept below open/, so that their day can be written anew."
  type        = number
  default     = 35

  validation {
    condition     = var.open_retention_days >= 2 && floor(var.open_retention_days) == var.open_retention_days
    error_message = "open_retention_days must be a whole number of at least 2."
  }
}

variable "osnames" {
  description = "HACKLE_OSNAMES: allowed `osname`, divided by commas; `*` for any. Confirm others than these with Hackle."
  type        = string
  default     = "Android,iOS"

  validation {
    condition     = alltrue([for name in split(",", var.osnames) : trimspace(name) != ""])
    error_message = "osnames must be names divided by commas, or *."
  }
}

variable "project" {
  description = "The Google Cloud project. Only on this cloud."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project's id, not its name or number."
  }
}

variable "publish" {
  description = "HACKLE_PUBLISH: what appears below the import prefix: drops, as they are handled, or closed-days, once they are over."
  type        = string
  default     = "drops"

  validation {
    condition     = contains(["drops", "closed-days"], var.publish)
    error_message = "publish must be drops or closed-days."
  }
}

variable "region" {
  description = "Where buckets and function are. Only on this cloud."
  type        = string
  default     = "asia-northeast3" # Seoul

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region, such as asia-northeast3; a function can't be in a multi-region."
  }
}

variable "reject_ratio" {
  description = "Share of rejected rows within an hour above which somebody is told, from 0 to 1."
  type        = number
  default     = 0.05

  validation {
    condition     = var.reject_ratio >= 0 && var.reject_ratio <= 1
    error_message = "reject_ratio must be from 0 to 1."
  }
}

variable "reject_retention_days" {
  description = "Days after which a file of rejected rows is deleted; only in a staging bucket that is created here."
  type        = number
  default     = 90

  validation {
    condition     = var.reject_retention_days >= 1 && floor(var.reject_retention_days) == var.reject_retention_days
    error_message = "reject_retention_days must be a whole number above 0."
  }
}

variable "repeats" {
  description = "HACKLE_REPEATS: with closed-days, what becomes of rows of a day that repeat an insert_id."
  type        = string
  default     = "report"

  validation {
    condition     = contains(["report", "remove-equal", "remove"], var.repeats)
    error_message = "repeats must be report, remove-equal or remove."
  }
}

variable "spool_bytes" {
  description = "HACKLE_SPOOL_BYTES: rows that wait in temporary files, which are in memory here."
  type        = number
  default     = 335544320

  validation {
    condition     = var.spool_bytes >= 1 && floor(var.spool_bytes) == var.spool_bytes
    error_message = "spool_bytes must be a whole number above 0."
  }

  validation {
    # 512 MiB is the process at its peak (`make bench`); the rejects of a drop may take as much again as its spool.
    condition     = var.memory_mib >= 512 + 2 * var.spool_bytes / 1048576
    error_message = "spool_bytes is too much for memory_mib, which must hold 512 MiB, the spool, and as much again for rejects."
  }
}

variable "staging_bucket" {
  description = "An existing bucket for drops, with uniform bucket-level access. Empty: one is created."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9][a-z0-9._-]{1,61}[a-z0-9])?$", var.staging_bucket))
    error_message = "staging_bucket must be the name of a bucket, without gs://, or empty."
  }
}

variable "staging_prefix" {
  description = "Folder in the staging bucket that holds incoming/ and its like, without slashes at its ends. Empty: the bucket itself."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([A-Za-z0-9._=-]+(/[A-Za-z0-9._=-]+)*)?$", var.staging_prefix))
    error_message = "staging_prefix must be a folder of letters, digits and ._=- without slashes at its ends, or empty."
  }
}

variable "timeout_seconds" {
  description = "HACKLE_TIMEOUT_SECONDS: how long a drop may take. Pub/Sub waits 600 seconds at most; a cold start needs some of them."
  type        = number
  default     = 540

  validation {
    condition     = var.timeout_seconds >= 60 && var.timeout_seconds <= 540 && floor(var.timeout_seconds) == var.timeout_seconds
    error_message = "timeout_seconds must be a whole number from 60 to 540."
  }
}

variable "warehouses" {
  description = "Whether days of warehouses are exported, as sources/ says. on makes a schedule, a function and a bucket for parts."
  type        = string
  default     = "off"

  validation {
    condition     = contains(["off", "on"], var.warehouses)
    error_message = "warehouses must be off or on."
  }
}
