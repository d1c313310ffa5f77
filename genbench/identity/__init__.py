"""What decides a result besides names and numbers: the code that computes it, the files that it reads, its libraries."""
