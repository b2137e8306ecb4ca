provider "aws" {
  region = "eu-west-1"
}

variable "wrapping" {
  type = map(bool)
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

module "signer" {
  source   = "../../modules/signer"
  vpc_id   = aws_vpc.main.id
  wrapping = var.wrapping
}
