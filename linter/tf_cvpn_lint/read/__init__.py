"""Readers: from plans, states and Terraform sources to one `Configuration`. Everything that opens a file is here."""
