# Arguments and defaults: terraform-aws-modules/rds-aurora/aws, variables.tf and main.tf, 6.0.0 to 10.2.0;
# `master_password` until 9, `master_password_wo` since 10.
variable "create" { default = true }
variable "create_cluster" { default = true }
variable "storage_encrypted" { default = true }
variable "kms_key_id" { default = null }
variable "manage_master_user_password" { default = null }
variable "master_password" { default = null }
variable "master_password_wo" { default = null }
variable "vpc_security_group_ids" { default = [] }
variable "tags" { default = {} }

resource "aws_rds_cluster" "this" {
  count = var.create && var.create_cluster ? 1 : 0

  storage_encrypted      = var.storage_encrypted
  kms_key_id             = var.kms_key_id
  master_password        = try(var.manage_master_user_password == true, false) ? null : try(coalesce(var.master_password, var.master_password_wo), null)
  vpc_security_group_ids = var.vpc_security_group_ids
  tags                   = var.tags
}

output "cluster_arn" { value = try(aws_rds_cluster.this[0].arn, null) }
output "cluster_id" { value = try(aws_rds_cluster.this[0].id, null) }
