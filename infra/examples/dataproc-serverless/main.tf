# A backlog by Spark on Dataproc Serverless: ../spark/hackle_spark.py with an image that holds the package (docs/scale.md).
# Beside the deployment, not part of it: terraform apply -var project=… -var job=gs://…/hackle_spark.py -var image=… …

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

variable "name" {
  description = "A batch runs once: another run needs another name."
  type        = string
}

variable "job" {
  description = "gs:// of hackle_spark.py."
  type        = string
}

variable "image" {
  description = "An image as Dataproc Serverless asks for it, whose Python is 3.11 or newer and has `hackle-import[gcp]`."
  type        = string
}

variable "service_account" {
  description = "The deployment's hackle-import-<environment>-run, which also needs roles/dataproc.worker."
  type        = string
}

variable "settings" {
  description = "Every HACKLE_ setting that the function has, HACKLE_STAGING and HACKLE_IMPORT among them."
  type        = map(string)
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_dataproc_batch" "backlog" {
  batch_id = var.name
  location = var.region

  pyspark_batch {
    main_python_file_uri = var.job
  }

  runtime_config {
    version         = "2.2"
    container_image = var.image
    properties = merge(
      { "spark.task.maxFailures" = "8" },
      { for name, text in var.settings : "spark.dataproc.driverEnv.${name}" => text },
    )
  }

  environment_config {
    execution_config {
      service_account = var.service_account
      ttl             = "86400s"
    }
  }
}
