provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { Environment = "production" }
  }
}

provider "aws" {
  alias  = "debugging"
  region = "eu-west-1"
  default_tags {
    tags = { Environment = "debug" }
  }
}

variable "dumps" {
  type = object({
    readers = list(string)
  })
}

variable "wrapping" {
  type = map(bool)
}

resource "aws_vpc" "main" {
  cidr_block = "10.20.0.0/16"
}

module "dumps" {
  source    = "../../modules/dumps"
  readers   = var.dumps.readers
  providers = { aws = aws, aws.debugging = aws.debugging }
}

module "signer" {
  source      = "../../modules/signer"
  dump_bucket = module.dumps.bucket
  vpc_id      = aws_vpc.main.id
  wrapping    = var.wrapping
}
