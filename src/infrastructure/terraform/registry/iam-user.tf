# Arguments and defaults: terraform-aws-modules/iam/aws//modules/iam-user, variables.tf and main.tf, 5.0.0
# to 6.5.0; `create_user`, `create_iam_access_key` and `create_iam_user_login_profile` until 5.
variable "create" { default = true }
variable "create_user" { default = true }
variable "name" { default = "" }
variable "create_access_key" { default = true }
variable "create_iam_access_key" { default = true }
variable "access_key_status" { default = null }
variable "iam_access_key_status" { default = null }
variable "create_login_profile" { default = true }
variable "create_iam_user_login_profile" { default = true }
variable "pgp_key" { default = null }
variable "policy_arns" { default = [] }
variable "policies" { default = {} }
variable "tags" { default = {} }

locals {
  makes = var.create && var.create_user
}

resource "aws_iam_user" "this" {
  count = local.makes ? 1 : 0

  name = var.name
  tags = var.tags
}

resource "aws_iam_user_login_profile" "this" {
  count = local.makes && var.create_login_profile && var.create_iam_user_login_profile ? 1 : 0

  user    = aws_iam_user.this[0].name
  pgp_key = var.pgp_key
}

resource "aws_iam_access_key" "this" {
  count = local.makes && var.create_access_key && var.create_iam_access_key ? 1 : 0

  user    = aws_iam_user.this[0].name
  pgp_key = var.pgp_key == "" ? null : var.pgp_key
  status  = try(coalesce(var.access_key_status, var.iam_access_key_status), null)
}

resource "aws_iam_user_policy_attachment" "this" {
  for_each = local.makes ? toset(var.policy_arns) : toset([])

  user       = aws_iam_user.this[0].name
  policy_arn = each.value
}

resource "aws_iam_user_policy_attachment" "additional" {
  for_each = { for k, v in var.policies : k => v if local.makes }

  user       = aws_iam_user.this[0].name
  policy_arn = each.value
}

output "name" { value = try(aws_iam_user.this[0].name, "") }
output "iam_user_name" { value = try(aws_iam_user.this[0].name, "") }
output "arn" { value = try(aws_iam_user.this[0].arn, "") }
output "iam_user_arn" { value = try(aws_iam_user.this[0].arn, "") }
