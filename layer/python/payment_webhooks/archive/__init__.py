"""The archive: what is done with moves from the tables to a bucket, proven before anything is taken away."""
