# Arguments and defaults: terraform-google-modules/service-accounts/google, variables.tf and main.tf, 4.0.0
# to 4.7.0.
variable "project_id" { default = null }
variable "prefix" { default = "" }
variable "names" { default = [] }
variable "project_roles" { default = [] }
variable "generate_keys" { default = false }

locals {
  prefix = var.prefix != "" ? "${var.prefix}-" : ""
  names  = toset(var.names)
  pairs = {
    for pair in setproduct(local.names, toset(var.project_roles)) :
    "${pair[0]}-${pair[1]}" => { name = pair[0], role = pair[1] }
  }
}

resource "google_service_account" "service_accounts" {
  for_each = local.names

  account_id = "${local.prefix}${lower(each.value)}"
  project    = var.project_id
}

resource "google_project_iam_member" "project-roles" {
  for_each = local.pairs

  project = element(split("=>", each.value.role), 0)
  role    = element(split("=>", each.value.role), 1)
  member  = "serviceAccount:${google_service_account.service_accounts[each.value.name].email}"
}

resource "google_service_account_key" "keys" {
  for_each = var.generate_keys ? local.names : toset([])

  service_account_id = google_service_account.service_accounts[each.value].email
}

output "email" { value = try(values(google_service_account.service_accounts)[0].email, null) }
output "emails" { value = { for name, account in google_service_account.service_accounts : name => account.email } }
output "emails_list" { value = [for account in google_service_account.service_accounts : account.email] }
output "iam_email" { value = try("serviceAccount:${values(google_service_account.service_accounts)[0].email}", null) }
