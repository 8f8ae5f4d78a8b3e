# Broken on purpose: nobody is let in to the DNS server, and the endpoint's security group lets no DNS out.

provider "aws" {
  region = "eu-west-1"
}

resource "aws_vpc" "this" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "this" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.1.0/24"
  availability_zone = "eu-west-1a"
}

resource "aws_security_group" "this" {
  name   = "vpn"
  vpc_id = aws_vpc.this.id

  egress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_ec2_client_vpn_endpoint" "this" {
  server_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  client_cidr_block      = "10.96.0.0/20"
  split_tunnel           = true
  vpc_id                 = aws_vpc.this.id
  security_group_ids     = [aws_security_group.this.id]
  dns_servers            = ["10.0.1.53"]

  authentication_options {
    type                       = "certificate-authentication"
    root_certificate_chain_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f6f2c9e-3a1b-4d57-9c55-6b7f0d1e2a34"
  }

  connection_log_options {
    enabled = false
  }
}

resource "aws_ec2_client_vpn_network_association" "this" {
  client_vpn_endpoint_id = aws_ec2_client_vpn_endpoint.this.id
  subnet_id              = aws_subnet.this.id
}
