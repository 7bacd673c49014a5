"""What several tests need: a second reading of the signature, and servers on real sockets."""
