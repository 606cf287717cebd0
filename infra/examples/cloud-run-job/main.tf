# A backlog by a Cloud Run job: N tasks, each takes its part of the drops (docs/scale.md). Beside the deployment, not part of it:
#   terraform apply -var project=… -var image=… -var staging=gs://… -var import=gs://… -var service_account=…
#   gcloud run jobs execute hackle-import-backlog --region asia-northeast3

terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }
}

variable "project" {
  description = "The Google Cloud project."
  type        = string
}

variable "region" {
  description = "Where the buckets are."
  type        = string
  default     = "asia-northeast3"
}

variable "image" {
  description = "An image that holds the command: `pip install 'hackle-import[gcp]'`, of the function's release."
  type        = string
}

variable "staging" {
  description = "The deployment's staging place: gs://bucket or gs://bucket/prefix."
  type        = string
}

variable "import" {
  description = "The deployment's import place."
  type        = string
}

variable "service_account" {
  description = "The deployment's hackle-import-<environment>-run: it may read, keep and write just what the job has to."
  type        = string
}

variable "settings" {
  description = "Every HACKLE_ setting that the function has, as it has it: another one would make drops anew."
  type        = map(string)
  default     = {}
}

variable "tasks" {
  description = "Parts, all at once."
  type        = number
  default     = 10

  validation {
    condition     = var.tasks >= 1 && var.tasks <= 1000 && floor(var.tasks) == var.tasks
    error_message = "tasks must be a whole number from 1 to 1000."
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_cloud_run_v2_job" "backlog" {
  name                = "hackle-import-backlog"
  location            = var.region
  deletion_protection = false # it holds nothing

  template {
    task_count  = var.tasks
    parallelism = var.tasks

    template {
      service_account = var.service_account
      timeout         = "86400s"
      max_retries     = 3 # a task that is begun again passes over what is done

      containers {
        image   = var.image
        command = ["hackle-import"]
        args    = ["run", "--staging", var.staging, "--import", var.import, "--shard", "auto", "--json"]

        resources {
          limits = {
            cpu    = "1"
            memory = "2Gi" # temporary files are in memory
          }
        }

        dynamic "env" {
          for_each = var.settings
          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }
}
