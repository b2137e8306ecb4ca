# Arguments and defaults: terraform-google-modules/sql-db/google//modules/postgresql and //modules/mysql,
# variables.tf and main.tf, 12.0.0 to 28.1.1.
variable "project_id" { default = null }
variable "enable_default_user" { default = true }
variable "user_name" { default = "default" }
variable "user_password" { default = "" }
variable "root_password" { default = null }
variable "encryption_key_name" { default = null }

resource "google_sql_database_instance" "default" {
  project             = var.project_id
  encryption_key_name = var.encryption_key_name
  root_password       = var.root_password
}

resource "google_sql_user" "default" {
  count = var.enable_default_user ? 1 : 0

  name     = var.user_name
  project  = var.project_id
  instance = google_sql_database_instance.default.name
  password = var.user_password == "" ? null : var.user_password
}

output "instance_name" { value = google_sql_database_instance.default.name }
output "instance_connection_name" { value = google_sql_database_instance.default.connection_name }
