"""The bridge to Checkov, which never shares our environment: a folder of checks that it loads, and our side of the conversation."""
