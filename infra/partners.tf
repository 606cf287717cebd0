# 6 - What a partner gets who drops files: leave to write in one folder of one mapping, granted by hand to an account of
# theirs. A folder each, since who may write in one may replace what is there; never mappings/, which decide what every
# drop becomes.

locals {
  partner = {
    role = "projects/${var.project}/roles/${google_project_iam_custom_role.partner.role_id}"
    condition = {
      title      = "drops of <partner>"
      expression = "resource.name.startsWith(\"${local.staging_objects}incoming/<mapping>/<partner>/\")"
    }
  }
}

# `delete`, because a corrected file under the same name replaces the former one.
resource "google_project_iam_custom_role" "partner" {
  role_id     = replace("${local.name}-partner", "-", "_")
  title       = "${local.name} drops files"
  permissions = ["storage.objects.create", "storage.objects.delete"]

  depends_on = [google_project_service.main]
}
