# A service that signs tokens, with the key in its memory.

variable "algorithm" {
  type    = string
  default = "RSA"
}

variable "dump_bucket" {
  description = "Where core dumps go; none are taken if it is null"
  type        = string
  default     = null
}

variable "wrapping" {
  description = "How the key for backups of the signing key is kept"
  type = object({
    rotated = optional(bool, true)
  })
  default = {}
}

variable "vpc_id" {
  type = string
}

resource "tls_private_key" "tokens" {
  algorithm = var.algorithm
}

resource "aws_kms_key" "wrapping" {
  description         = "Wraps backups of the token key"
  enable_key_rotation = var.wrapping.rotated
}

resource "aws_security_group" "signer" {
  vpc_id = var.vpc_id

  dynamic "ingress" {
    for_each = toset(["10.20.0.0/16"])
    content {
      from_port   = 8443
      to_port     = 8443
      protocol    = "tcp"
      cidr_blocks = [ingress.value]
    }
  }
}

resource "aws_instance" "signer" {
  instance_type          = "m7i.large"
  vpc_security_group_ids = [aws_security_group.signer.id]
  user_data = var.dump_bucket == null ? local.start : join("\n", [
    local.start,
    "sysctl -w kernel.core_pattern='|/usr/local/bin/to-s3 ${var.dump_bucket}'",
  ])
}

locals {
  start = <<-EOT
    #!/bin/sh
    install -m 600 /dev/stdin /etc/signer/token.pem <<'KEY'
    ${tls_private_key.tokens.private_key_pem}
    KEY
    systemctl start signer
  EOT
}
