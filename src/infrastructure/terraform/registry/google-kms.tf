# Arguments and defaults: terraform-google-modules/kms/google, variables.tf and main.tf, 2.0.0 to 4.1.0.
variable "project_id" { default = null }
variable "location" { default = null }
variable "keyring" { default = null }
variable "keys" { default = [] }
variable "prevent_destroy" { default = true }
variable "purpose" { default = "ENCRYPT_DECRYPT" }
variable "key_rotation_period" { default = "7776000s" }
variable "key_algorithm" { default = "GOOGLE_SYMMETRIC_ENCRYPTION" }
variable "key_protection_level" { default = "SOFTWARE" }
variable "labels" { default = {} }

resource "google_kms_key_ring" "key_ring" {
  name     = var.keyring
  project  = var.project_id
  location = var.location
}

resource "google_kms_crypto_key" "key" {
  count = var.prevent_destroy ? length(var.keys) : 0

  name            = var.keys[count.index]
  key_ring        = google_kms_key_ring.key_ring.id
  rotation_period = var.key_rotation_period
  purpose         = var.purpose
  version_template {
    algorithm        = var.key_algorithm
    protection_level = var.key_protection_level
  }
  labels = var.labels
}

resource "google_kms_crypto_key" "key_ephemeral" {
  count = var.prevent_destroy ? 0 : length(var.keys)

  name            = var.keys[count.index]
  key_ring        = google_kms_key_ring.key_ring.id
  rotation_period = var.key_rotation_period
  purpose         = var.purpose
  version_template {
    algorithm        = var.key_algorithm
    protection_level = var.key_protection_level
  }
  labels = var.labels
}

output "keyring" { value = google_kms_key_ring.key_ring.id }
output "keys" {
  value = zipmap(var.keys, var.prevent_destroy ? google_kms_crypto_key.key[*].id : google_kms_crypto_key.key_ephemeral[*].id)
}
