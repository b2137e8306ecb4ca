# Arguments and defaults: terraform-aws-modules/rds/aws, variables.tf and modules/db_instance/main.tf,
# 5.0.0 to 7.2.0; `password` until 6, `password_wo` since 7.
variable "create_db_instance" { default = true }
variable "storage_encrypted" { default = true }
variable "kms_key_id" { default = null }
variable "publicly_accessible" { default = false }
variable "manage_master_user_password" { default = null }
variable "password" { default = null }
variable "password_wo" { default = null }
variable "vpc_security_group_ids" { default = [] }
variable "tags" { default = {} }

resource "aws_db_instance" "this" {
  count = var.create_db_instance ? 1 : 0

  storage_encrypted      = var.storage_encrypted
  kms_key_id             = var.kms_key_id
  publicly_accessible    = var.publicly_accessible
  password               = try(var.manage_master_user_password == true, false) ? null : try(coalesce(var.password, var.password_wo), null)
  vpc_security_group_ids = var.vpc_security_group_ids
  tags                   = var.tags
}

output "db_instance_arn" { value = try(aws_db_instance.this[0].arn, null) }
output "db_instance_identifier" { value = try(aws_db_instance.this[0].identifier, null) }
