# Core dumps, and their way to those who look into faults.

terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.debugging]
    }
  }
}

variable "readers" {
  description = "Who may read dumps in the debugging account"
  type        = list(string)
}

resource "aws_s3_bucket" "dumps" {
  bucket = "token-signer-dumps"
}

resource "aws_s3_bucket" "triage" {
  provider = aws.debugging
  bucket   = "token-signer-triage"
}

resource "aws_s3_bucket_replication_configuration" "triage" {
  bucket = aws_s3_bucket.dumps.id
  role   = "arn:aws:iam::111111111111:role/replication"

  rule {
    status = "Enabled"
    destination {
      bucket = aws_s3_bucket.triage.arn
    }
  }
}

resource "aws_s3_bucket_policy" "triage" {
  provider = aws.debugging
  bucket   = aws_s3_bucket.triage.id
  policy   = data.aws_iam_policy_document.triage.json
}

data "aws_iam_policy_document" "triage" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.triage.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = var.readers
    }
  }
}

output "bucket" {
  value = aws_s3_bucket.dumps.bucket
}
