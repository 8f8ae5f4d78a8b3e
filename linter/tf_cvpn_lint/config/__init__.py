"""What Terraform says, evaluated as far as it goes. Both readers make this and nothing else."""
