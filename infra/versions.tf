# 0 - What this needs: Terraform, Google's provider, and a bucket for the state, which `init -backend-config` names.

terraform {
  required_version = ">= 1.9" # a variable's validation may look at another one

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.7"
    }
  }

  backend "gcs" {}
}

provider "google" {
  project = var.project
  region  = var.region

  default_labels = {
    app         = "hackle-import"
    environment = var.environment
  }
}
