# What only Google could answer, made up.
mock_provider "google" {
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
  mock_data "google_storage_project_service_account" {
    defaults = {
      member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
    }
  }
  mock_data "google_storage_bucket" {
    defaults = {
      uniform_bucket_level_access = true
    }
  }
}

variables {
  project = "my-project"
}
