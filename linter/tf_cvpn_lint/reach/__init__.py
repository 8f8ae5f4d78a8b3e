"""Where packets go: every DNS query of every client, there and back, through the network that the model describes."""
