# Arguments and defaults: terraform-aws-modules/ec2-instance/aws, variables.tf and main.tf, 5.0.0 to 6.4.0.
variable "create" { default = true }
variable "ignore_ami_changes" { default = false }
variable "create_spot_instance" { default = false }
variable "hibernation" { default = null }
variable "user_data" { default = null }
variable "user_data_base64" { default = null }
variable "iam_instance_profile" { default = null }
variable "vpc_security_group_ids" { default = [] }
variable "subnet_id" { default = null }
variable "tags" { default = {} }

resource "aws_instance" "this" {
  count = var.create && !var.ignore_ami_changes && !var.create_spot_instance ? 1 : 0

  hibernation            = var.hibernation
  user_data              = var.user_data
  user_data_base64       = var.user_data_base64
  iam_instance_profile   = var.iam_instance_profile
  vpc_security_group_ids = var.vpc_security_group_ids
  subnet_id              = var.subnet_id
  tags                   = var.tags
}

resource "aws_instance" "ignore_ami" {
  count = var.create && var.ignore_ami_changes && !var.create_spot_instance ? 1 : 0

  hibernation            = var.hibernation
  user_data              = var.user_data
  user_data_base64       = var.user_data_base64
  iam_instance_profile   = var.iam_instance_profile
  vpc_security_group_ids = var.vpc_security_group_ids
  subnet_id              = var.subnet_id
  tags                   = var.tags
}

output "id" { value = try(aws_instance.this[0].id, aws_instance.ignore_ami[0].id, null) }
output "arn" { value = try(aws_instance.this[0].arn, aws_instance.ignore_ami[0].arn, null) }
