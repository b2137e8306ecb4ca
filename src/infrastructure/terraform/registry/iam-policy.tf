# Arguments and defaults: terraform-aws-modules/iam/aws//modules/iam-policy, variables.tf and main.tf,
# 5.0.0 to 6.5.0; `create_policy` until 5.
variable "create" { default = true }
variable "create_policy" { default = true }
variable "name" { default = null }
variable "policy" { default = "" }

resource "aws_iam_policy" "policy" {
  count = var.create && var.create_policy ? 1 : 0

  name   = var.name
  policy = var.policy
}

output "arn" { value = try(aws_iam_policy.policy[0].arn, "") }
output "id" { value = try(aws_iam_policy.policy[0].id, "") }
output "name" { value = try(aws_iam_policy.policy[0].name, "") }
