# Arguments and defaults: terraform-aws-modules/vpc/aws, variables.tf and main.tf, 3.0.0 to 6.6.0.
variable "create_vpc" { default = true }
variable "cidr" { default = "10.0.0.0/16" }
variable "public_subnets" { default = [] }
variable "private_subnets" { default = [] }
variable "database_subnets" { default = [] }
variable "intra_subnets" { default = [] }
variable "tags" { default = {} }

resource "aws_vpc" "this" {
  count = var.create_vpc ? 1 : 0

  cidr_block = var.cidr
  tags       = var.tags
}

resource "aws_subnet" "public" {
  count = var.create_vpc ? length(var.public_subnets) : 0

  vpc_id     = aws_vpc.this[0].id
  cidr_block = var.public_subnets[count.index]
  tags       = var.tags
}

resource "aws_subnet" "private" {
  count = var.create_vpc ? length(var.private_subnets) : 0

  vpc_id     = aws_vpc.this[0].id
  cidr_block = var.private_subnets[count.index]
  tags       = var.tags
}

resource "aws_subnet" "database" {
  count = var.create_vpc ? length(var.database_subnets) : 0

  vpc_id     = aws_vpc.this[0].id
  cidr_block = var.database_subnets[count.index]
  tags       = var.tags
}

resource "aws_subnet" "intra" {
  count = var.create_vpc ? length(var.intra_subnets) : 0

  vpc_id     = aws_vpc.this[0].id
  cidr_block = var.intra_subnets[count.index]
  tags       = var.tags
}

output "vpc_id" { value = try(aws_vpc.this[0].id, null) }
output "vpc_arn" { value = try(aws_vpc.this[0].arn, null) }
output "vpc_cidr_block" { value = try(aws_vpc.this[0].cidr_block, null) }
output "public_subnets" { value = aws_subnet.public[*].id }
output "private_subnets" { value = aws_subnet.private[*].id }
output "database_subnets" { value = aws_subnet.database[*].id }
output "intra_subnets" { value = aws_subnet.intra[*].id }
output "public_subnets_cidr_blocks" { value = aws_subnet.public[*].cidr_block }
output "private_subnets_cidr_blocks" { value = aws_subnet.private[*].cidr_block }
output "database_subnets_cidr_blocks" { value = aws_subnet.database[*].cidr_block }
